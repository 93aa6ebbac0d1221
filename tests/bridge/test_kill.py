"""kill -9 of bridge, gateway and broker at random: what the broker acknowledged to its publishers
is stored, and is one reading each, even where a message has no time of its own."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tests.gateway.support.house import FixedLedger, lines_in
from tests.gateway.support.people import GATEWAY, SECRET
from tests.gateway.support.process import gateway
from tests.support.nats import Cluster
from tests.support.ports import free_ports
from tests.support.waiting import eventually
from xiuhua.bridge import status
from xiuhua.log.database import open_reader
from xiuhua.log.jetstream import address
from xiuhua.log.jetstream.wire import NoAnswer, Out, Wire

from .broker import PASSWORD, Broker

KILLS = int(os.environ.get("XIUHUA_KILLS", "2"))

long = pytest.mark.skipif(
    "XIUHUA_KILLS" not in os.environ, reason="takes long: `make chaos-brokers` runs it"
)


class Beside:
    """The gateway and the bridge, each a process that is killed and started again."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.log = folder / "log.db"
        self.home = folder / "home"
        self.mqtt, self.http = free_ports(2)
        self._file = file
        self._bridge: subprocess.Popen[bytes] | None = None
        self._gateway: asyncio.subprocess.Process | None = None
        self._stop: AsyncIterator[object] | None = None

    async def start_gateway(self) -> None:
        self._context = gateway(self.log, FixedLedger(), mqtt=self.mqtt, http=self.http)
        self._gateway, _ = await self._context.__aenter__()

    async def kill_gateway(self) -> None:
        assert self._gateway is not None
        self._gateway.kill()
        await self._context.__aexit__(None, None, None)

    def start_bridge(self) -> None:
        self._bridge = subprocess.Popen(
            [sys.executable, "-m", "xiuhua", "bridge", str(self._file)],
            env={**os.environ, "XIUHUA_HOME": str(self.home), "BROKER": PASSWORD, "DOOR": SECRET},
            stdout=subprocess.DEVNULL,
        )

    def kill_bridge(self) -> None:
        assert self._bridge is not None
        self._bridge.kill()
        self._bridge.wait(30)

    def stored(self) -> Counter[tuple[float, int]]:
        """How often each reading (value and time) stands in the log."""
        with open_reader(self.log) as reader:
            lines = [json.loads(line) for line in lines_in(reader)]
        return Counter((line["obscuration"], line["time"]) for line in lines)

    async def until(self, true: Callable[[], bool], what: str) -> None:
        await asyncio.to_thread(eventually, true, 60, every=0.05, saying=what)


@asynccontextmanager
async def house(folder: Path, source: str, pattern: str) -> AsyncIterator[Beside]:
    file = folder / "bridge.toml"
    beside = Beside(folder, file)
    file.write_text(
        f'name = "estate"\n[door]\nport = {beside.mqtt}\nuser = "{GATEWAY}"\n'
        f'password_env = "DOOR"\n[source]\n{source}\n'
        f'[[topic]]\npattern = "{pattern}"\ndevice = "{{compound}}-{{kind}}-{{number}}"\n'
    )
    await beside.start_gateway()
    beside.start_bridge()
    try:
        yield beside
    finally:
        beside.kill_bridge()
        await beside.kill_gateway()


def value(number: int) -> float:
    return number / 100_000


def body(number: int) -> bytes:
    """Every other message has no time of its own."""
    timed = {"time": 1_780_000_000_000 + number} if number % 2 else {}
    return json.dumps({"obscuration": value(number), **timed}).encode()


class Publisher:
    """Publishes to a broker, twenty at a time, in a thread; counts what is acknowledged."""

    def __init__(self, publish: Callable[[Iterator[bytes]], None]) -> None:
        self.acknowledged = 0
        self._publish = publish
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        yield
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            numbers = range(self.acknowledged, self.acknowledged + 20)
            self._publish(map(body, numbers))
            self.acknowledged += 20


async def go(
    beside: Beside,
    publisher: Publisher,
    restart_broker: Callable[[], None],
    victims: Sequence[str] = ("bridge", "gateway", "bridge", "broker"),
) -> None:
    """Kill and start again while messages come; then see what is stored."""
    chance = random.Random(11)
    home = beside.home / "bridge"
    await beside.until(lambda: any(not each.source for each in status.read_all(home)), "it listens")
    with publisher.running():
        for number in range(KILLS):
            goal = publisher.acknowledged + chance.randint(50, 400)
            await beside.until(lambda goal=goal: publisher.acknowledged >= goal, "more comes")
            match victims[number % len(victims)]:
                case "bridge":
                    beside.kill_bridge()
                    beside.start_bridge()
                case "gateway":
                    await beside.kill_gateway()
                    await beside.start_gateway()
                case _:
                    await asyncio.to_thread(restart_broker)
    wanted = {value(number) for number in range(publisher.acknowledged)}
    await beside.until(lambda: {each for each, _ in beside.stored()} >= wanted, "all is there")
    stored = beside.stored()
    assert {each for each, _ in stored} == wanted
    times = Counter(each for each, _ in stored)
    assert [each for each, n in times.items() if n > 1] == [], "with two times it were two readings"
    copies = sum(stored.values()) - len(stored)
    print(  # noqa: T201
        f"\n{KILLS} kills: {len(wanted)} acknowledged, lost 0, doubled 0"
        f" ({copies} copies with the same time, which count once)"
    )


@pytest.mark.slow
async def test_what_a_broker_acknowledged_is_stored_once(tmp_path: Path, broker: Broker) -> None:
    source = (
        f'type = "mqtt"\nhost = "127.0.0.1"\nport = {broker.port}\nuser = "estate"\n'
        'password_env = "BROKER"'
    )
    client = broker.client("publisher")
    client.loop_start()

    # Two things are the broker's own and no bridge can mend them, so they are kept out: mosquitto
    # acknowledges before it saves, and a publisher that got no answer publishes a second message.
    turn = threading.Lock()

    def publish(bodies: Iterator[bytes]) -> None:
        with turn:
            _publish(bodies)

    def _publish(bodies: Iterator[bytes]) -> None:
        for sent in [client.publish("estates/tl04/smoke/0001", each, qos=1) for each in bodies]:
            sent.wait_for_publish(60)

    def restart() -> None:
        with turn:
            broker.save(client)
            broker.stop(kill=True)
            eventually(lambda: not client.is_connected(), saying="the publisher sees it")
            broker.start()
            eventually(client.is_connected, saying="the publisher is back")

    async with house(tmp_path, source, "estates/{compound}/{kind}/{number}") as beside:
        await go(beside, Publisher(publish), restart)
    client.disconnect()
    client.loop_stop()


@long
@pytest.mark.slow
async def test_what_a_stream_acknowledged_is_stored_once(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, 1)
    cluster.start()
    try:
        wire = Wire(address.parse(cluster.url("unused")))
        wire.ask("STREAM.CREATE.ESTATE", {"name": "ESTATE", "subjects": ["estates.>"]})

        def publish(bodies: Iterator[bytes]) -> None:
            for number, each in enumerate(bodies):
                once = f"{each!r}"  # published again where the answer was lost, stored once

                def stored(each: bytes = each, once: str = once) -> bool:
                    out = Out("estates.tl04.smoke.0001", each, {})
                    return wire.publish([out], once=once) > 0

                eventually(stored, forgiving=NoAnswer, saying=f"{number} is stored")

        def restart() -> None:
            cluster.kill()
            cluster.start()

        source = (
            f'type = "nats"\nservers = ["nats://127.0.0.1:{cluster.nodes[0].port}"]\n'
            'stream = "ESTATE"\nack_wait = 3'
        )
        async with house(tmp_path, source, "estates.{compound}.{kind}.{number}") as beside:
            await go(beside, Publisher(publish), restart)
        wire.close()
    finally:
        cluster.kill()
