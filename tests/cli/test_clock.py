"""The clock process: each duty in its time, and a database that is away stops none of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from tests.support.waiting import PATIENCE
from xiuhua import clock
from xiuhua.city import feed, outbox
from xiuhua.city.archive import terms
from xiuhua.city.manifest import Manifest
from xiuhua.clock import Duty, Kept, duties, run
from xiuhua.engine.control import ListSet
from xiuhua.engine.records import Data
from xiuhua.history.layout import Home
from xiuhua.history.writer import Writer
from xiuhua.kinds import all_kinds
from xiuhua.log.base import Entry, Rejected
from xiuhua.log.database import Log, open_log

NEVER = timedelta(days=1)
KEPT = Kept(log=timedelta(days=1), log_bytes=1 << 30)


def test_every_duty_is_done_at_once_and_again_when_due() -> None:
    stop, done = threading.Event(), []

    def often(now: datetime) -> None:
        done.append("often")
        if len(done) >= 4:
            stop.set()

    rare = Duty("rare", NEVER, lambda _: done.append("rare"))
    run([Duty("often", timedelta(0), often), rare], stop)
    assert done.count("rare") == 1
    assert done.count("often") >= 3


@pytest.mark.parametrize("aside", [True, False])
def test_a_database_that_is_away_is_tried_again(aside: bool) -> None:
    stop, tries = threading.Event(), []

    def fails(now: datetime) -> None:
        tries.append(now)
        if len(tries) == 3:
            stop.set()
        raise OperationalError("server closed the connection")

    run([Duty("tell", timedelta(0), fails, aside=aside)], stop)
    assert len(tries) == 3


@pytest.mark.parametrize("aside", [True, False])
def test_what_nobody_expects_ends_the_whole_process(aside: bool) -> None:
    def breaks(now: datetime) -> None:
        raise ZeroDivisionError

    other = Duty("other", NEVER, lambda _: None, aside=not aside)
    with pytest.raises(ZeroDivisionError):
        run([other, Duty("breaks", timedelta(0), breaks, aside=aside)], threading.Event())


def test_a_call_does_not_wait_for_what_takes_long() -> None:
    stop, told = threading.Event(), threading.Event()
    upkeep = Duty("history", NEVER, lambda _: told.wait(PATIENCE) and stop.set())
    run([upkeep, Duty("tell", timedelta(0), lambda _: told.set(), aside=False)], stop)
    assert told.is_set()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """A log with a record of three days ago, one of two days ago, and one of now."""
    now = time.time_ns() // 1_000_000
    with open_log(tmp_path / "log.db") as own:
        for days in (3, 2, 0):
            own.append(Entry(), now - days * 86_400_000)
        yield own


def duty(name: str, log: Log, history: Path = Path("nowhere")) -> Duty:
    """One of the real duties, by name."""
    work = duties(notify="", log=log, history=history, kept=KEPT)
    return next(each for each in work if each.name == name)


@pytest.mark.django_db
def test_feed_and_copied_changes_go_in_their_time(log: Log) -> None:
    feed.tell("alert", "a", {})
    waiting = outbox.put(ListSet("a@b", add=("x",)))
    copied = outbox.put(ListSet("a@b", add=("y",)))
    outbox.copied([copied])
    now = datetime.now(UTC)
    trim = duty("trim", log)
    trim.work(now)
    assert len(feed.after(0)) == 1
    trim.work(now + clock.OUTBOX_KEPT + timedelta(minutes=1))
    assert feed.after(0) == []
    assert [each.id for each in outbox.pending(10)] == [waiting]


def test_the_log_is_trimmed_only_behind_the_worker(log: Log) -> None:
    trim = duty("trim-log", log)
    trim.work(datetime.now(UTC))
    assert [record.position for record in log.read(0)] == [1, 2, 3]
    log.retention.register("worker", 1, 0)
    trim.work(datetime.now(UTC))
    assert [record.position for record in log.read(1)] == [2, 3]
    log.retention.register("worker", 3, 0)
    trim.work(datetime.now(UTC))
    assert [record.position for record in log.read(2)] == [3]


def test_a_log_that_is_too_large_is_trimmed_but_not_past_a_reader(tmp_path: Path) -> None:
    kept = replace(KEPT, log_bytes=250)
    now = time.time_ns() // 1_000_000
    with open_log(tmp_path / "log.db") as log:
        for _ in range(5):
            log.append(Entry(count=1, body=b"x" * 100), now)
        work = duties(notify="", log=log, history=tmp_path, kept=kept)
        trim = next(each for each in work if each.name == "trim-log")
        log.retention.register("worker", 5, now)
        log.retention.register("slow", 1, now)
        trim.work(datetime.now(UTC))
        assert [record.position for record in log.read(1)] == [2, 3, 4, 5]
        log.retention.forget("slow")
        trim.work(datetime.now(UTC))
        assert [record.position for record in log.read(3)] == [4, 5]


def test_what_was_rejected_goes_when_its_time_is_over(log: Log) -> None:
    refused = Rejected(at=0, door="http", speaker="d", device="d", reason="unreadable", detail="")
    log.append(Entry(rejected=[refused]), 0)
    assert len(log.rejected.find()) == 1
    duty("trim-log", log).work(datetime.now(UTC))
    assert log.rejected.find() == []


@pytest.mark.django_db
def test_readings_about_people_leave_history_sooner() -> None:
    days = terms.days_by_kind(0)
    assert {kind for kind, kept in days.items() if kept == 30} == {
        kind.code for kind in all_kinds() if kind.personal
    }
    assert days["smoke"] == 365


@pytest.mark.django_db(transaction=True)
def test_history_ends_on_time(log: Log, tmp_path: Path) -> None:
    """A door's reading of long ago goes, file and all; a smoke detector's of the same day stays."""
    now = datetime.now(UTC)
    long_ago = int((now - timedelta(days=40)).timestamp() * 1000)
    homes = {"tl01-door-0001": Home("door", "tl01"), "tl01-smoke-0001": Home("smoke", "tl01")}
    writer = Writer(tmp_path, homes.get)
    for position, device in enumerate(homes, 1):
        line = f'{{"device":"{device}","time":{long_ago}}}\n'.encode()
        writer.add(Data(position, long_ago, 1, line))
    parts = writer.flush()
    Manifest().replace(parts, ())
    duty("history", log, tmp_path).work(now)
    [left] = Manifest().parts()
    assert left.kind == "smoke"
    assert [path.suffix for path in tmp_path.rglob("kind=door/**/*") if path.is_file()] == []
    assert (tmp_path / left.path).is_file()
