"""`xiuhua trial`: the process that a page starts to try a rule on the house's own past."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from xiuhua.city.rules import queries
from xiuhua.city.rules.models import Trial
from xiuhua.city.rules.trials import LIMIT, conclude, fail
from xiuhua.engine.errors import RuleError, SnapshotRefused
from xiuhua.engine.rules import parse
from xiuhua.epoch import millis
from xiuhua.history.errors import HistoryUnreadable
from xiuhua.log.base import LogUnavailable
from xiuhua.pasts import WARM_UP, Asked, House, opening
from xiuhua.rehearsal import Rehearsal, rehearse
from xiuhua.runners.replay import Episode
from xiuhua.runners.report import counts
from xiuhua.runners.report.samples import SORTS
from xiuhua.runners.sources import NothingToReplay, Span

MOST = 50
"""Alerts of each sort of change that the page lists."""


class TimeUp(Exception):
    """The trial has taken too long."""


def run(row: int, house: House, *, limit: float = LIMIT.total_seconds()) -> None:
    """Try what the row asks for, and write there what came of it."""
    trial = queries.trial(row)
    if trial is None or trial.state != Trial.State.RUNNING:
        return
    try:
        with _within(limit):
            result = _tried(trial, house)
    except NothingToReplay as error:
        _failed(row, Trial.Failure.NOTHING, error)
    except TimeUp as error:
        _failed(row, Trial.Failure.SLOW, error)
    except (RuleError, SnapshotRefused, HistoryUnreadable, LogUnavailable, OSError) as error:
        _failed(row, Trial.Failure.REFUSED, error)
    else:
        conclude(row, result, now=datetime.now(UTC))


def _failed(row: int, failure: Trial.Failure, error: Exception) -> None:
    fail(row, failure, now=datetime.now(UTC), detail=str(error))


def _tried(trial: Trial, house: House) -> dict[str, Any]:
    """From history, which is quick; from the log where history has nothing of that time yet."""
    (rule,) = parse(trial.text)
    learns = max(getattr(level.operator, "learn", 0) for level in rule.levels)
    period = Span(millis(trial.since), millis(trial.until))
    asked = Asked(
        source=["history"], texts=[trial.text], only=rule.id, period=period,
        warm_up=max(WARM_UP, learns),
    )  # fmt: skip
    try:
        return _found_in(asked, house)
    except NothingToReplay:
        return _found_in(replace(asked, source=["log"]), house)


def _found_in(asked: Asked, house: House) -> dict[str, Any]:
    with opening(asked, house) as opened:
        found = rehearse(opened, asked, told=lambda _: None)
    return as_result(found, asked)


def as_result(found: Rehearsal, asked: Asked) -> dict[str, Any]:
    """What the page shows of a rehearsal, ready for JSON. No token stands in it: sentences and
    names of devices never hold one."""
    return {
        "source": asked.source[0],
        "readings": found.readings,
        "proposed": len(found.proposed),
        "live": len(found.live),
        "counts": {sort: len(getattr(found.difference, sort)) for sort in SORTS},
        "days": counts.per_day(found.proposed, found.live),
        "alerts": {sort: _shown(getattr(found.difference, sort)) for sort in SORTS},
        "notes": list(found.notes),
    }


def _shown(alerts: Sequence[Episode]) -> list[dict[str, Any]]:
    names = ("subject", "place", "level", "start", "end", "zh", "en")
    return [{name: getattr(alert, name) for name in names} for alert in alerts[:MOST]]


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def up(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TimeUp(f"The trial has taken longer than {seconds:g} s.")

    before = signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
