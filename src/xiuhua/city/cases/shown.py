"""A case for the eye: its clocks, its promises, what its steps brought along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise as Words
from django.utils.translation import gettext as _

from xiuhua.city.almanac.queries import BeyondCalendar
from xiuhua.epoch import moment

from .clocks import Clock, Limit
from .models import Case, CaseStep
from .models import Clock as ClockWords
from .queries import stage_label
from .reckoning import book, limit_of, marks
from .standards import told_amount
from .timing import handling_run, spent
from .ways import OPEN, WITH_TEAM, Promise, Stage
from .words import PROMISES


@dataclass(frozen=True)
class ShownClock:
    """One clock of a case: what it is for, how long it may run, how long it has, until when.
    `part` is how much of it is gone, 0 to 100; `still` that it stands still now; `unknown` that the
    calendar ends before it could be reckoned."""

    name: str | Words
    limit: str
    spent: str
    part: int
    due: datetime | None
    still: bool = False
    unknown: bool = False


def limit_words(limit: Limit) -> str:
    """A limit in words: "4 work hours"."""
    clock = ClockWords(limit.clock).label
    if limit.clock in {Clock.URGENT, Clock.HOURS} and limit.amount % 60:
        return _("%(n)s min (%(clock)s)") % {"n": limit.amount, "clock": clock}
    return _("%(n)s %(clock)s") % {"n": told_amount(limit.clock, limit.amount), "clock": clock}


def clocks_of(case: Case, steps: Sequence[CaseStep], now: datetime) -> list[ShownClock]:
    """The clocks of the case as they stand: of its stage, of its handling."""
    by, stage = book(), Stage(case.stage)
    shown = []
    limit = by.stages.get(stage)
    if limit and stage in OPEN:
        label = stage_label(case.stage)
        still = bool(case.hold)
        unknown = case.due is None and not still
        shown.append(ShownClock(label, limit_words(limit), "", 0, case.due, still, unknown))
    trail = marks(steps)
    if handling_run(trail):
        shown.append(_handling(case, trail, now))
    return shown


def _handling(case: Case, trail: Sequence[Any], now: datetime) -> ShownClock:
    limit = limit_of(case)
    still = case.stage not in WITH_TEAM or bool(case.hold)
    try:
        gone = spent(trail, case.ended or now, limit.clock, book().calendar)
    except BeyondCalendar:
        return ShownClock(_("Handling"), limit_words(limit), "", 0, None, still, unknown=True)
    part = min(100, round(100 * gone / limit.span))
    unknown = case.handle_by is None and not still
    return ShownClock(
        _("Handling"), limit_words(limit), span_words(gone, limit.clock), part,
        case.handle_by, still, unknown,
    )  # fmt: skip


def span_words(span: timedelta, clock: Clock) -> str:
    """A span of running time as people say it."""
    if clock in {Clock.WORKDAYS, Clock.DAYS}:
        return _("%(n)s d") % {"n": f"{span / timedelta(days=1):.1f}"}
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(h)d h %(m)02d min") % {"h": minutes // 60, "m": minutes % 60}


def promises_of(case: Case) -> list[tuple[Words, datetime | None]]:
    """What is still owed to who reported it, and until when; None: before it is closed."""
    return [
        (PROMISES[Promise(name)], moment(until) if until else None)
        for name, until in case.owes.items()
    ]


def brought(case: Case, step: CaseStep) -> str:
    """What a step brought along, in words: "+2 work hours", another case's number …"""
    data: Mapping[str, Any] = step.data
    parts = []
    if "more" in data:
        parts.append("+" + limit_words(Limit(Clock(case.clock), data["more"])))
    if "until" in data:
        parts.append(_("until %(day)s") % {"day": data["until"]})
    if "satisfied" in data:
        parts.append(_("satisfied") if data["satisfied"] else _("not satisfied"))
    if "true" in data:
        parts.append(_("True") if data["true"] else _("False alarm"))
    if data.get("first"):
        at = f"{timezone.localtime(moment(data['first'])):%m-%d %H:%M:%S}"
        parts.append(_("first handling %(at)s") % {"at": at})
    if "other" in data:
        parts.append(str(data["other"]))
    return " · ".join(parts)
