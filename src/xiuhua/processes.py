"""The four processes of a house: where the ports of the lower floors are joined to the rooms.

Django is set up before any of these runs. Each returns when it is told to end (Ctrl-C, SIGTERM).
"""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from pathlib import Path


def gateway(
    *, log: str, home: Path, host: str, mqtt_port: int, http_port: int, mqtts_port: int,
    https_port: int, tls_files: tuple[Path, Path, Path | None] | None, disk_stop: int,
    device_rate: float, speaker_rate: float,
) -> None:  # fmt: skip
    """Run the front doors. `log` is a path or postgresql://…; raises what `service.serve` does.

    They stop while the disk of a log in a file has less than `disk_stop` bytes of room. `tls_files`
    are the doors' certificate, its key and the devices' authority; the rates are readings a
    second of a device and of a log-in, 0 for no limit."""
    import uvloop

    from xiuhua.city.road.ports import Commands, Enrolment, Ledger, Outbox, Replays
    from xiuhua.gateway.disk import Disk
    from xiuhua.gateway.rates import Rates
    from xiuhua.gateway.service import Parts, serve
    from xiuhua.gateway.tls import Tls
    from xiuhua.log.database import open_log
    from xiuhua.tokens import master_key

    with open_log(log) as own:
        uvloop.run(
            serve(
                Parts(
                    ledger=Ledger(),
                    outbox=Outbox(),
                    commands=Commands(),
                    enrolment=Enrolment(),
                    appender=own,
                    reader=own,
                    master_key=master_key(home),
                    notes=own.notes,
                    disk=None if "://" in log else Disk(Path(log).parent, disk_stop),
                    book=own.answers,
                    replays=(Replays(), own.rejected),
                    rates=Rates(device=device_rate, speaker=speaker_rate),
                ),
                host=host,
                mqtt_port=mqtt_port,
                http_port=http_port,
                mqtts_port=mqtts_port,
                https_port=https_port,
                tls=Tls(*tls_files) if tls_files else None,
            )
        )


def worker(*, log: str, history: Path) -> None:
    """Run the engine over the log as it grows. Raises Fenced when another worker takes over, and
    SnapshotRefused where the saved state is not of this engine and this log."""
    from xiuhua.city.road.sink import Sink
    from xiuhua.engine.step import State
    from xiuhua.epoch import now_ms
    from xiuhua.history.layout import Home
    from xiuhua.history.writer import Writer
    from xiuhua.log.database import open_reader
    from xiuhua.runners.local import Worker

    def archive_of(state: State) -> Writer:
        def home_of(device: str) -> Home | None:
            known = state.ledger.last_known(device)
            return Home(known.kind, known.site) if known else None

        return Writer(history, home_of)

    with open_reader(log) as reader:

        def safe(position: int) -> None:
            reader.retention.register("worker", position, now_ms())

        Worker(reader, Sink(), archive_of, safe).run(stop_on_signals())


def web(*, host: str, port: int) -> None:
    """Run the pages."""
    import uvicorn

    uvicorn.run(
        "xiuhua.city.asgi:application",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=3,  # an open live page never ends by itself
    )


def clock(*, log: str, notify: str, history: Path, log_days: int, log_bytes: int) -> None:
    """Run what falls due by the machine's clock."""
    from xiuhua import clock as tower
    from xiuhua.log.database import open_reader

    kept = tower.Kept(log=timedelta(days=log_days), log_bytes=log_bytes)
    with open_reader(log) as reader:
        work = tower.duties(notify=notify, log=reader, history=history, kept=kept)
        tower.run(work, stop_on_signals())


def stop_on_signals() -> threading.Event:
    """Set by Ctrl-C and SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
