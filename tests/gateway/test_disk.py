"""A full disk or a database that is down: the doors refuse, confirm nothing that is not stored, and
open again by themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tests.support.waiting import PATIENCE
from xiuhua.engine.control import DoorUp
from xiuhua.gateway import door as door_module
from xiuhua.gateway import service
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.disk import Disk, NearlyFull
from xiuhua.gateway.door import Door
from xiuhua.log.base import LogUnavailable

from .support.house import MemoryLog, changes_in, lines_in, running, soon
from .support.people import SECRET, SMOKE
from .test_door import Listener, one

GOOD = b'{"battery":3}'


class Room(Disk):
    """A disk with as much room as the test says."""

    left = 10_000

    def free(self) -> int:
        return self.left


def test_a_low_disk_opens_again_only_with_some_room_to_spare() -> None:
    room = Room(Path("/data"), stop=800)
    room.check()
    room.left = 799
    with pytest.raises(NearlyFull, match=r"/data has 0 MiB left.*open by themselves"):
        room.check()
    room.left = 899
    with pytest.raises(NearlyFull):
        room.check()
    room.left = 900
    room.check()


def test_the_disk_under_a_folder_is_asked(tmp_path: Path) -> None:
    assert 0 < Disk(tmp_path, 1).free() < 1 << 60


async def test_below_the_mark_the_doors_refuse_and_with_room_they_open() -> None:
    room = Room(Path("/data"), stop=800)
    async with (
        running(disk=room) as house,
        httpx.AsyncClient(base_url=house.url, auth=(SMOKE, SECRET), timeout=PATIENCE) as client,
    ):
        headers = {"content-type": "application/json"}
        assert (await client.post("/intake", content=GOOD, headers=headers)).status_code == 202
        room.left = 700
        written = len(house.log.records)

        async def shut() -> bool:
            return (await client.get("/health")).status_code == 503

        while not await shut():
            assert not house.task.done()
        answer = await client.post("/intake", content=GOOD, headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        text = (await client.get("/metrics")).text
        assert "xiuhua_log_stuck 1.0" in text and "xiuhua_disk_free_bytes 700.0" in text
        assert len(house.log.records) - written <= 1, "at most a commit that was under way"
        room.left = 10_000
        while await shut():
            assert not house.task.done()
        assert (await client.post("/intake", content=GOOD, headers=headers)).status_code == 202
        assert len(lines_in(house.log)) == 2


async def test_doors_that_start_on_a_full_disk_answer_and_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "START_SECONDS", 0.05)
    room = Room(Path("/data"), stop=800)
    room.left = 700
    with capture_logs() as logged:
        async with (
            running(disk=room) as house,
            httpx.AsyncClient(base_url=house.url, auth=(SMOKE, SECRET), timeout=PATIENCE) as client,
        ):
            headers = {"content-type": "application/json"}
            assert (await client.get("/health")).status_code == 503
            answer = await client.post("/intake", content=GOOD, headers=headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            tries = "xiuhua_commit_failures_total"
            while float((await client.get("/metrics")).text.split(f"\n{tries} ")[1].split()[0]) < 3:
                assert not house.task.done()
            room.left = 10_000
            while (await client.get("/health")).status_code == 503:
                assert not house.task.done()
            assert (await client.post("/intake", content=GOOD, headers=headers)).status_code == 202
            assert isinstance(changes_in(house.log)[0], DoorUp), "readings before the door was open"
    said = [line["event"] for line in logged if line["event"].startswith("log.")]
    assert said == ["log.unavailable", "log.available"], "a line for every try"


async def test_time_for_which_the_log_took_nothing_counts_for_nobodys_silence() -> None:
    """What waited keeps the time of its arrival; before time leaps on, the log says so."""
    log, listener, now = MemoryLog(), Listener(), [1_000_000]
    log.failing = LogUnavailable("the server is away")
    door = Door(log, lambda: now[0], Counters())
    door.offer(one(), listener, b"a")
    task = asyncio.create_task(door.run())
    await soon(lambda: log.tried >= 2)
    now[0] += door_module.EXCUSED + 60_000
    log.failing = None
    await soon(lambda: len(changes_in(log)) == 1)
    door.close()
    await task
    assert listener.told == [b"a"]
    assert [record.at for record in log.records[:2]] == [1_000_000, now[0]]
    assert changes_in(log) == [DoorUp(at=now[0], since=1_000_000)]
    assert Counter(lines_in(log)) == {one().body.strip(): 1}
