"""A bridge as a process: one broker, our door, and a word on how it goes."""

from __future__ import annotations

import threading
from pathlib import Path

import structlog

from xiuhua.epoch import now_ms

from . import status
from .arrived import Source
from .config import Bridge, MqttPart
from .courier import Courier
from .mqtt import MqttSource
from .nats import NatsSource

_log = structlog.get_logger(__name__)


def run(bridge: Bridge, home: Path, stop: threading.Event) -> None:
    """Carry until `stop`. `home` is the folder of all bridges' journals and status."""
    home.mkdir(parents=True, exist_ok=True)
    courier = Courier(bridge, source := source_of(bridge, home))
    over = threading.Event()

    def tell() -> None:
        said = ("", "")
        while not stop.wait(status.EVERY) and not over.is_set():
            now = _status(bridge, courier, source)
            status.write(home, now)
            if (now.source, now.door) != said:
                said = now.source, now.door
                _log.info("bridge.state", name=bridge.name, source=now.source, door=now.door)
        courier.stop()

    telling = threading.Thread(target=tell, name="status", daemon=True)
    telling.start()
    try:
        courier.run()
    finally:
        over.set()
        telling.join()
    ended = _status(bridge, courier, source, ended=True)
    status.write(home, ended)
    _log.info(
        "bridge.ended", name=bridge.name,
        taken=ended.taken, refused=ended.refused, copies=ended.copies,
    )  # fmt: skip


def source_of(bridge: Bridge, home: Path) -> Source:
    """The broker that the file names."""
    if isinstance(bridge.source, MqttPart):
        return MqttSource(bridge, bridge.source, home)
    return NatsSource(bridge, bridge.source)


def described(bridge: Bridge) -> list[str]:
    """What a bridge would do, a line each; for `--check`."""
    part = bridge.source
    broker = f"{part.host}:{part.port}" if isinstance(part, MqttPart) else ", ".join(part.servers)
    lines = [
        f"{bridge.name}: {broker} → {bridge.door.host}:{bridge.door.port}, as {bridge.door.user}"
    ]
    lines += [f"  {route.filter} → {route.template}" for route in bridge.routes]
    return lines


def _status(
    bridge: Bridge, courier: Courier, source: Source, *, ended: bool = False
) -> status.Status:
    figures = courier.figures
    return status.Status(
        name=bridge.name, at=now_ms(), source=source.trouble, door=courier.trouble,
        taken=figures.taken, refused=figures.refused,
        copies=figures.copies, waiting=courier.waiting, ended=ended,
    )  # fmt: skip
