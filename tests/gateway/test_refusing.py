"""The disk is full, the database is down: fill, refuse, free, accept again. Whatever was
acknowledged is stored, and what was not is not there twice when it comes again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.support.postgres import Server
from xiuhua.engine.control import DoorUp
from xiuhua.gateway import door as door_module
from xiuhua.gateway.http import app
from xiuhua.gateway.mqtt.packets import Publish
from xiuhua.log.database import DatabaseLog, Log, open_log, prepare
from xiuhua.log.sql import Session
from xiuhua.log.sqlite import Sqlite

from .support import mqtt
from .support.house import House, changes_in, lines_in, running, soon
from .support.mqtt import RawClient, client
from .support.people import NOW, SECRET, SMOKE


class Sender:
    """Sends one reading after the other by both doors, and notes what was acknowledged."""

    def __init__(self, house: House, web: httpx.AsyncClient, wire: RawClient) -> None:
        self.house = house
        self._web, self._wire = web, wire
        self.sent = 0
        self.acknowledged: set[int] = set()
        self._under_way: dict[int, int] = {}
        self.listening = asyncio.create_task(self._listen())

    async def by_http(self) -> int:
        """The status of the answer."""
        self.sent += 1
        time = NOW + self.sent
        answer = await self._web.post("/intake", json={"time": time, "battery": 3.0})
        if answer.status_code == 202:
            self.acknowledged.add(time)
        else:
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        return answer.status_code

    def by_mqtt(self) -> int:
        """The reading's time; whether a PUBACK comes is another matter."""
        self.sent += 1
        time = NOW + self.sent
        self._under_way[self.sent] = time
        body = b'{"time":%d,"battery":3.0}' % time
        self._wire.send(mqtt.publish(Publish(f"up/{SMOKE}", body, 1, self.sent)))
        return time

    async def _listen(self) -> None:
        while True:
            first, body = await self._wire.packet()
            assert first == 0x40
            self.acknowledged.add(self._under_way[int.from_bytes(body)])


@asynccontextmanager
async def sending(log: Log) -> AsyncIterator[Sender]:
    async with (
        running(log) as house,
        httpx.AsyncClient(base_url=house.url, auth=(SMOKE, SECRET), timeout=30) as web,
        client(house.mqtt) as wire,
    ):
        sender = Sender(house, web, wire)
        try:
            yield sender
        finally:
            sender.listening.cancel()


async def fill_refuse_free_accept(
    log: Log, sender: Sender, stop: Callable[[], None], go: Callable[[], None]
) -> None:
    """The story, the same for whatever fails."""
    assert await sender.by_http() == 202
    first = sender.by_mqtt()
    await soon(lambda: first in sender.acknowledged)
    stop()
    for _ in range(1000):
        if await sender.by_http() == 503:
            break
    waiting = sender.by_mqtt()
    assert await sender.by_http() == 503, "at once, now that the door knows"
    assert waiting not in sender.acknowledged
    before = set(sender.acknowledged)
    go()
    await soon(lambda: waiting in sender.acknowledged)
    assert await sender.by_http() == 202
    assert len(sender.acknowledged) == len(before) + 2
    stored = Counter(msgspec.json.decode(line)["time"] for line in lines_in(log))
    assert stored.keys() >= sender.acknowledged, "acknowledged and lost"
    assert set(stored.values()) == {1}, "stored twice"
    assert len(stored) <= sender.sent


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender is told soon, and a second of trying again is long."""
    monkeypatch.setattr(app, "COMMIT_SECONDS", 1)
    monkeypatch.setattr(door_module, "EXCUSED", 0)


class SmallDisk(Sqlite):
    """A log's file that may grow no further while the disk is full: SQLITE_FULL, as ENOSPC is."""

    most = 1 << 30

    def connect(self) -> Session:
        session = super().connect()
        session.run(f"PRAGMA max_page_count = {self.most}")
        return session

    def fill(self) -> None:
        self.most = 1  # SQLite takes it for the size that the file has
        self.close()

    def free(self) -> None:
        self.most = 1 << 30
        self.close()


async def test_a_full_disk(tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path / "log.db")
    with DatabaseLog(prepare(disk)) as log:
        async with sending(log) as sender:
            await fill_refuse_free_accept(log, sender, disk.fill, disk.free)
            ups = [change for change in changes_in(log) if isinstance(change, DoorUp)]
            assert len(ups) == 2, "the log says that its door was shut"
        assert log.aside.stretches() == []


@pytest.mark.slow
async def test_a_database_that_crashes_and_comes_back(postgres_to_break: Server) -> None:
    with open_log(postgres_to_break.url()) as log:
        async with sending(log) as sender:
            await fill_refuse_free_accept(
                log, sender, lambda: postgres_to_break.stop(crash=True), postgres_to_break.start
            )
