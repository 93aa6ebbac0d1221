"""The clock process: what falls due by the machine's time, and nothing that the engine decides.

Calls are told every half second; what was held back comes back, and what nobody answers is called
further, every second; feed and outbox are trimmed every minute; the log's oldest records
leave it every ten minutes, once their time is over and the worker has them safe; history is kept up
every hour, and what somebody asked to be erased goes within minutes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from django.db import DatabaseError

from xiuhua.city import feed, outbox
from xiuhua.city.alerts import channels, escalating, ringing, telling
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.archive import proofs, terms
from xiuhua.city.archive import queries as archive
from xiuhua.city.cases import commands as cases
from xiuhua.city.dispatch import commands as dispatch
from xiuhua.city.evaluation import commands as evaluation
from xiuhua.city.exchange import changes
from xiuhua.city.public import limits
from xiuhua.city.road.lasting import fresh_after_failure
from xiuhua.epoch import millis
from xiuhua.gateway.http.keys import KEPT
from xiuhua.log.base import LogUnavailable
from xiuhua.log.database import LogReader

FEED_KEPT = timedelta(days=2)
"""A page that was away for longer starts afresh."""

OUTBOX_KEPT = timedelta(days=7)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Duty:
    """Something to do every so often, with the time it is done at. What may take seconds is done
    `aside`, so that a call never waits for it."""

    name: str
    every: timedelta
    work: Callable[[datetime], object]
    aside: bool = True


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How long records are kept in the log, and how many bytes of them."""

    log: timedelta
    log_bytes: int


def duties(*, notify: str, log: LogReader, history: Path, kept: Kept) -> list[Duty]:
    """What the clock does. `notify` is Apprise URLs by comma, `history` the root of its files."""
    house = channels.house(notify)
    tell = partial(telling.tell_pending, house=house)

    def trim_log(now: datetime) -> None:
        _trim_log(log, now - kept.log, kept.log_bytes)

    return [
        Duty("tell", timedelta(seconds=0.5), tell, aside=False),
        Duty("ring", timedelta(seconds=0.5), ringing.ring, aside=False),
        Duty("release", timedelta(seconds=1), alerts.release_due, aside=False),
        Duty("open-released", timedelta(seconds=1), cases.open_released, aside=False),
        Duty("escalate", timedelta(seconds=1), escalating.escalate, aside=False),
        Duty("dispatch", timedelta(seconds=10), dispatch.send_by_itself),
        Duty("evaluate", timedelta(seconds=5), lambda _: evaluation.follow()),
        Duty("keep-month", timedelta(hours=1), evaluation.keep_month),
        Duty("trim", timedelta(minutes=1), _trim),
        Duty("exchange", timedelta(seconds=5), changes.deliver),
        Duty("trim-knocks", timedelta(hours=1), limits.trim),
        Duty("trim-log", timedelta(minutes=10), trim_log),
        Duty("trim-answers", timedelta(hours=1), lambda now: _trim_answers(log, now)),
        Duty("history", timedelta(hours=1), lambda now: _keep_history_up(history, now)),
        Duty("erase", timedelta(minutes=1), lambda now: _erase(history, now)),
    ]


def run(work: Sequence[Duty], stop: threading.Event) -> None:
    """Do each duty when it is due, until `stop`. A database that does not answer is tried again
    at the duty's next turn; nothing is lost by that, only late."""
    with ThreadPoolExecutor(1, "aside") as aside:
        rest = aside.submit(_turn, [duty for duty in work if duty.aside], stop)
        _turn([duty for duty in work if not duty.aside], stop)
    rest.result()


def _turn(work: Sequence[Duty], stop: threading.Event) -> None:
    due = dict.fromkeys(work, datetime.min.replace(tzinfo=UTC))
    try:
        while not stop.is_set():
            now = datetime.now(UTC)
            for duty in work:
                if due[duty] <= now:
                    _do(duty, now)
                    due[duty] = now + duty.every
            next_ = min(due.values(), default=now + timedelta(days=1))
            stop.wait(max(0.0, (next_ - datetime.now(UTC)).total_seconds()))
    finally:
        stop.set()  # one half does not go on without the other


def _do(duty: Duty, now: datetime) -> None:
    try:
        with fresh_after_failure():
            duty.work(now)
    except (DatabaseError, LogUnavailable) as error:
        _log.warning("clock.later", duty=duty.name, why=str(error))


def _trim(now: datetime) -> None:
    feed.trim(millis(now - FEED_KEPT))
    outbox.trim(millis(now - OUTBOX_KEPT))


def _trim_log(log: LogReader, before: datetime, most: int) -> None:
    too_old = log.retention.older_than(millis(before))
    gone = log.retention.trim(max(too_old, log.retention.beyond_size(most)))
    rejected = log.rejected.trim(millis(before))
    if gone or rejected:
        _log.info("log.trimmed", records=gone, rejected=rejected)


def _trim_answers(log: LogReader, now: datetime) -> None:
    log.answers.trim(millis(now) - KEPT)


def _keep_history_up(root: Path, now: datetime) -> None:
    from xiuhua.history.upkeep import keep_up  # Parquet's libraries: loaded when they are needed

    at = millis(now)
    done = keep_up(root, proofs.Keeper(), at, terms.days_by_kind(at), archive.held)
    for error in done.unreadable:
        _log.error("history.unreadable", why=str(error))
    if done.swept or done.expired or done.compacted:
        _log.info("history.kept_up", **done._replace(unreadable=[])._asdict())


def _erase(root: Path, now: datetime) -> None:
    for order in archive.erasures_due(millis(now)):
        from xiuhua.city.archive.erasing import erase  # Parquet's libraries, once there is work

        erase(root, order, millis(now))
        _log.info("history.erased", rows=order.rows, order=order.pk)
