"""Log time: the wall clock as long as it can be believed, the passing of time otherwise."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiuhua.engine.control import DoorUp
from xiuhua.engine.records import Data, Tick
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.intake import Message
from xiuhua.gateway.timekeeper import (
    BELIEVED,
    BOUND,
    MARK,
    OFF_MOST,
    Clocks,
    Mark,
    Timekeeper,
    mark_in,
)
from xiuhua.gateway.watch import ClockWatch
from xiuhua.log.database import Log, open_log

from .support.house import MemoryLog, changes_in, running, soon
from .support.people import NOW, SPEAKERS, intake

DAY = 86_400_000
SMOKE = next(speaker for speaker in SPEAKERS if speaker.kind == "smoke")


class Machine:
    """A machine whose clocks the test moves."""

    def __init__(self, wall: int = NOW, boot: str = "first") -> None:
        self.wall, self.passed, self.boot = wall, 1_000_000, boot

    def pass_(self, ms: int) -> None:
        self.wall += ms
        self.passed += ms

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.wall, lambda: self.passed, self.boot)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> Timekeeper:
    clock = Timekeeper(machine.clocks)
    assert clock() == NOW
    return clock


def test_small_steps_are_taken_as_they_come(machine: Machine, clock: Timekeeper) -> None:
    machine.wall += BOUND
    assert clock() == NOW + BOUND
    machine.wall -= BOUND
    assert clock() == NOW + BOUND, "never back"
    machine.pass_(BOUND + 5)
    assert clock() == NOW + BOUND + 5
    assert clock.held == 0


def test_a_day_forward_is_held_while_time_goes_on(machine: Machine, clock: Timekeeper) -> None:
    machine.wall += DAY
    machine.pass_(7_000)
    assert (clock(), clock.leap) == (NOW + 7_000, DAY)
    machine.wall -= DAY
    machine.pass_(1_000)
    assert (clock(), clock.leap) == (NOW + 8_000, 0), "the clock was put right: nothing is held"


def test_a_day_back_does_not_stop_time(machine: Machine, clock: Timekeeper) -> None:
    machine.wall -= DAY
    machine.pass_(7_000)
    assert clock() == NOW + 7_000
    assert (clock.held, clock.leap, clock.believe()) == (-DAY, 0, 0)
    assert clock() == NOW + 7_000


def test_a_person_may_say_that_the_leap_is_right(machine: Machine, clock: Timekeeper) -> None:
    machine.wall += DAY
    clock()
    assert clock.believe() == DAY
    assert (clock(), clock.held) == (NOW + DAY, 0)


@given(st.lists(st.tuples(st.integers(-3 * DAY, 3 * DAY), st.integers(0, DAY)), max_size=20))
def test_time_never_runs_back_nor_faster_than_it_passed_and_the_bound(moves) -> None:
    machine = Machine()
    clock = Timekeeper(machine.clocks)
    before = clock()
    for step, passing in moves:
        machine.wall += step
        machine.pass_(passing)
        now = clock()
        assert before <= now <= before + passing + BOUND
        before = now


@pytest.mark.parametrize(
    ("boot", "gap", "mark", "held"),
    [
        ("first", DAY, "same", True),
        ("first", -DAY, "same", True),
        ("first", 0, "same", False),
        ("second", DAY, "same", False),
        ("second", OFF_MOST + 1, "same", True),
        ("second", DAY, "held", True),
        ("first", DAY, "none", False),
        ("first", OFF_MOST + 1, "none", True),
    ],
)
def test_the_next_gateway_judges_by_the_mark(boot: str, gap: int, mark: str, held: bool) -> None:
    """On the same boot the boot clock tells a leap from an hour of rest; after a new one the
    machine may have been off."""
    left = Mark(NOW, NOW, 1_000_000, "first", DAY if mark == "held" else 0)
    machine = Machine(NOW, boot)
    machine.pass_(10_000)
    machine.wall += gap
    clock = Timekeeper(machine.clocks)
    clock.resume(NOW, None if mark == "none" else left)
    now = clock()
    assert bool(clock.held) == held
    assert now >= NOW
    if not held:
        assert now == machine.wall


def test_hours_of_rest_on_the_same_boot_are_no_leap() -> None:
    machine = Machine()
    left = Mark(NOW, NOW, machine.passed, "first")
    machine.pass_(DAY)
    clock = Timekeeper(machine.clocks)
    clock.resume(NOW, left)
    assert (clock(), clock.held) == (NOW + DAY, 0)


@pytest.mark.parametrize("form", ["quick", "slow"])
def test_while_the_clock_is_held_a_reading_that_agrees_with_it_is_heard_at_once(form: str) -> None:
    """Whoever is right, a fire is heard: it gets the time of its arrival and is counted."""
    table = intake()
    table.leap = lambda: DAY
    more = b',"foreign":1' if form == "slow" else b""
    body = b'[{"time":%d,"obscuration":0.5%s},{"time":%d,"obscuration":0.4%s}]'
    message = Message(body % (NOW + DAY, more, NOW - 5, more), "mqtt", SMOKE, SMOKE.id, NOW)
    taken = table.take(message)
    assert taken.refused == []
    assert taken.retimed == 1
    times = [line.split(b'"time":')[1].split(b",")[0] for line in taken.body.splitlines()]
    assert times == [b"%d" % NOW, b"%d" % (NOW - 5)]
    table.leap = lambda: 0
    assert [refusal.why.reason for refusal in table.take(message).refused] == ["from_the_future"]


@pytest.fixture
def log(tmp_path: Path):
    with open_log(tmp_path / "log.db") as log:
        yield log


async def test_the_watch_leaves_a_mark_and_obeys_the_person(
    machine: Machine, clock: Timekeeper, log: Log
) -> None:
    leapt: list[int] = []
    counters = Counters()
    with ThreadPoolExecutor(1) as threads:
        watch = ClockWatch(clock, log.notes, threads, counters, leapt.append)
        await watch.look()
        machine.wall += DAY
        machine.pass_(1_000)
        await watch.look()
        mark = mark_in(log.notes.get(MARK))
        assert mark == Mark(NOW + 1_000, machine.wall, machine.passed, "first", DAY)
        assert b"xiuhua_clock_held_seconds 86400.0" in counters.text()
        log.notes.put(BELIEVED, "", machine.wall)
        await watch.look()
        assert leapt == [NOW + 1_000]
        assert log.notes.get(BELIEVED) is None
        mark = mark_in(log.notes.get(MARK))
        assert mark is not None and (mark.held, mark.log) == (0, machine.wall)


async def test_a_leap_is_held_in_the_log_until_a_person_believes_it(
    tmp_path: Path, machine: Machine
) -> None:
    with open_log(tmp_path / "log.db") as notes:
        log = MemoryLog()
        async with running(log, clocks=machine.clocks, notes=notes.notes):
            machine.wall += DAY
            await soon(lambda: any(isinstance(record, Tick) for record in log.records))
            assert {record.at for record in log.records} == {NOW}
            notes.notes.put(BELIEVED, "", machine.wall)
            await soon(lambda: log.records[-1].at == machine.wall)
        leap = next(n for n, record in enumerate(log.records) if record.at > NOW)
        up = changes_in(log)[1]
        assert log.records[leap].at == machine.wall
        assert up == DoorUp(at=machine.wall, since=NOW), "it counts for nobody's silence"
        assert not isinstance(log.records[leap], Tick | Data), "said before anything else is"
