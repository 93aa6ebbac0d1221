"""The clock process: each duty in its time, and a database that is away stops none of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError

from xiuhua import clock
from xiuhua.city import feed, outbox
from xiuhua.clock import Duty, duties, run
from xiuhua.engine.control import ListSet
from xiuhua.log.base import Entry
from xiuhua.log.database import Log, open_log

NEVER = timedelta(days=1)


def test_every_duty_is_done_at_once_and_again_when_due() -> None:
    stop, done = threading.Event(), []

    def often(now: datetime) -> None:
        done.append("often")
        if len(done) >= 4:
            stop.set()

    run(
        [Duty("often", timedelta(0), often), Duty("rare", NEVER, lambda _: done.append("rare"))],
        stop,
    )
    assert done.count("rare") == 1
    assert done.count("often") >= 3


def test_a_database_that_is_away_is_tried_again() -> None:
    stop, tries = threading.Event(), []

    def fails(now: datetime) -> None:
        tries.append(now)
        if len(tries) == 3:
            stop.set()
        raise OperationalError("server closed the connection")

    run([Duty("tell", timedelta(0), fails)], stop)
    assert len(tries) == 3


def test_what_nobody_expects_is_not_hidden() -> None:
    def breaks(now: datetime) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run([Duty("tell", timedelta(0), breaks)], threading.Event())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """A log with a record of three days ago, one of two days ago, and one of now."""
    now = time.time_ns() // 1_000_000
    with open_log(tmp_path / "log.db") as own:
        for days in (3, 2, 0):
            own.append(Entry(), now - days * 86_400_000)
        yield own


def duty(name: str, log: Log) -> Duty:
    """One of the real duties, by name."""
    work = duties(notify="", log=log, log_kept=timedelta(days=1))
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
