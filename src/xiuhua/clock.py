"""The clock process: what falls due by the machine's time, and nothing that the engine decides.

Calls are told every half second; feed and outbox are trimmed every minute; the log's oldest records
leave it every ten minutes, once their time is over and the worker has them safe.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from django.db import DatabaseError

from xiuhua.city import feed, outbox
from xiuhua.city.alerts import telling
from xiuhua.city.road.lasting import fresh_after_failure
from xiuhua.log.base import LogUnavailable
from xiuhua.log.database import LogReader

FEED_KEPT = timedelta(days=2)
"""A page that was away for longer starts afresh."""

OUTBOX_KEPT = timedelta(days=7)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Duty:
    """Something to do every so often, with the time it is done at."""

    name: str
    every: timedelta
    work: Callable[[datetime], object]


def duties(*, notify: str, log: LogReader, log_kept: timedelta) -> list[Duty]:
    """What the clock does. `notify` is Apprise URLs by comma; the log keeps `log_kept`."""
    send = telling.channels(notify)
    return [
        Duty("tell", timedelta(seconds=0.5), lambda now: telling.tell_pending(now, send)),
        Duty("trim", timedelta(minutes=1), _trim),
        Duty("trim-log", timedelta(minutes=10), lambda now: _trim_log(log, now - log_kept)),
    ]


def run(work: Sequence[Duty], stop: threading.Event) -> None:
    """Do each duty when it is due, until `stop`. A database that does not answer is tried again
    at the duty's next turn; nothing is lost by that, only late."""
    due = {duty.name: datetime.min.replace(tzinfo=UTC) for duty in work}
    while True:
        now = datetime.now(UTC)
        for duty in work:
            if due[duty.name] <= now:
                _do(duty, now)
                due[duty.name] = now + duty.every
        if stop.wait(max(0.0, (min(due.values()) - datetime.now(UTC)).total_seconds())):
            return


def _do(duty: Duty, now: datetime) -> None:
    try:
        with fresh_after_failure():
            duty.work(now)
    except (DatabaseError, LogUnavailable) as error:
        _log.warning("clock.later", duty=duty.name, why=str(error))


def _trim(now: datetime) -> None:
    feed.trim(_millis(now - FEED_KEPT))
    outbox.trim(_millis(now - OUTBOX_KEPT))


def _trim_log(log: LogReader, before: datetime) -> None:
    gone = log.retention.trim(log.retention.older_than(_millis(before)))
    if gone:
        _log.info("log.trimmed", records=gone)


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
