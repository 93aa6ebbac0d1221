"""Group commit: nobody is told before it is on disk, and everybody is told after."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import asynccontextmanager

import pytest

from tests.support.waiting import PATIENCE
from xiuhua.engine.records import Control, Data, Tick
from xiuhua.gateway import door as door_module
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.door import Door
from xiuhua.gateway.intake import Taken
from xiuhua.log.base import LogUnavailable

from .support.house import MemoryLog, lines_in, soon
from .support.people import NOW, take

LINE = b'{"device":"tl04-smoke-0001","time":1,"battery":3.0}\n'


def one() -> Taken:
    return Taken(body=LINE, accepted=Counter({"smoke": 1}))


class Listener:
    """Notes what it was told."""

    def __init__(self) -> None:
        self.told: list[bytes] = []

    def committed(self, acknowledgements: Sequence[bytes], /) -> None:
        self.told.extend(acknowledgements)


@asynccontextmanager
async def opened(log: MemoryLog, **more: int):
    door = Door(log, lambda: NOW, Counters(), **more)
    task = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        log.release()
        door.close()
        await asyncio.gather(task, return_exceptions=True)


async def test_nobody_is_told_before_the_commit():
    log, listener = MemoryLog(), Listener()
    log.hold()
    async with opened(log) as door:
        door.offer(one(), listener, b"first")
        await soon(lambda: log.tried == 1)
        assert listener.told == []
        log.release()
        await soon(lambda: listener.told == [b"first"])
        assert lines_in(log) == [LINE.strip()]


async def test_what_comes_during_a_commit_goes_together_into_the_next():
    log, first, second = MemoryLog(), Listener(), Listener()
    log.hold()
    async with opened(log) as door:
        door.offer(one(), first, b"a")
        await soon(lambda: log.tried == 1)
        for name in (b"b", b"c"):
            door.offer(one(), first, name)
            door.offer(one(), second, name)
        log.release()
        await soon(lambda: len(second.told) == 2)
        assert first.told == [b"a", b"b", b"c"]
        packs = [record for record in log.records if isinstance(record, Data)]
        assert [pack.count for pack in packs] == [1, 4]


async def test_a_log_that_cannot_take_it_is_tried_again_and_nobody_is_told_meanwhile():
    log, listener = MemoryLog(), Listener()
    log.failing = LogUnavailable("the disk is full")
    async with opened(log) as door:
        door.offer(one(), listener, b"a")
        await soon(lambda: log.tried >= 3)
        assert door.stuck
        assert listener.told == []
        log.failing = None
        await soon(lambda: listener.told == [b"a"])
        assert not door.stuck
        assert len(lines_in(log)) == 1


async def test_a_commit_that_takes_long_counts_as_stuck_until_it_is_done(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(door_module, "LONG", 0.01)
    log, listener = MemoryLog(), Listener()
    log.hold()
    async with opened(log) as door:
        door.offer(one(), listener, b"a")
        await soon(lambda: door.stuck)
        assert listener.told == []
        log.release()
        await soon(lambda: listener.told == [b"a"])
        assert not door.stuck


async def test_a_log_that_is_gone_for_good_ends_the_door():
    log, listener = MemoryLog(), Listener()
    log.failing = LogUnavailable("another gateway writes it", permanent=True)
    door = Door(log, lambda: NOW, Counters())
    door.offer(one(), listener, b"a")
    with pytest.raises(LogUnavailable, match="another gateway"):
        await door.run()
    assert listener.told == []


async def test_a_full_door_says_so_and_calls_when_there_is_room():
    log, called = MemoryLog(), asyncio.Event()
    log.hold()
    async with opened(log, room=3 * len(LINE)) as door:
        door.offer(one(), Listener())
        await soon(lambda: log.tried == 1)
        assert not door.full
        door.offer(one(), Listener())
        door.offer(one(), Listener())
        assert door.full  # what is being committed counts too
        door.when_room(called.set)
        assert not called.is_set()
        log.release()
        await asyncio.wait_for(called.wait(), PATIENCE)
        assert not door.full


async def test_a_second_of_quiet_is_a_tick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(door_module, "TICK", 0.01)
    log = MemoryLog()
    async with opened(log):
        await soon(lambda: len(log.records) >= 2)
    assert all(isinstance(record, Tick) for record in log.records)


async def test_closing_commits_what_is_in_hand():
    log, listener = MemoryLog(), Listener()
    door = Door(log, lambda: NOW, Counters())
    door.offer(one(), listener, b"a")
    door.close()
    await door.run()
    assert listener.told == [b"a"]


async def test_readings_controls_and_refusals_share_a_commit():
    log, listener = MemoryLog(), Listener()
    door = Door(log, lambda: NOW, Counters())
    door.offer(take(b'[{"battery":3},{"battery":"x"}]'), listener, b"a")
    control = asyncio.create_task(door.commit_controls([("id-1", b"{}")]))
    await asyncio.wait({control}, timeout=0)  # lets it begin
    door.close()
    await door.run()
    await control
    assert [type(record) for record in log.records] == [Control, Data]
    assert [refused.reason for refused in log.rejected] == ["wrong_type"]
    assert log.tried == 1


async def test_whoever_gave_up_waiting_does_not_stop_the_others():
    log, listener = MemoryLog(), Listener()
    log.hold()
    async with opened(log) as door:
        impatient = asyncio.create_task(door.commit(one()))
        await soon(lambda: log.tried == 1)
        impatient.cancel()
        door.offer(one(), listener, b"a")
        log.release()
        await soon(lambda: listener.told == [b"a"])
        assert len(lines_in(log)) == 2
