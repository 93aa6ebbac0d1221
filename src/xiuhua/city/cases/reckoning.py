"""Deadlines of cases, written beside them: reckoned at every step, and all anew when the calendar
or a stage's limit changes. Where the calendar ends first, the deadline stands empty and the page
says why: an alert is never held up by a gap in a table, and nobody is judged by a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from xiuhua.city.almanac import queries as almanac
from xiuhua.city.almanac.queries import BeyondCalendar, WorkingCalendar
from xiuhua.epoch import midnight, millis

from .clocks import Clock, Limit, deadline
from .models import Case, CaseStep, Source, StageLimit
from .sources import TERMS
from .timing import STAGE_LIMITS, Due, Mark, due
from .ways import OPEN, WITH_TEAM, Hold, Stage

log = structlog.get_logger()

_DUE = ("due", "handle_by", "owes")


@dataclass(frozen=True)
class Book:
    """What clocks are reckoned by: the calendar, and how long a case may wait at each stage."""

    calendar: WorkingCalendar
    stages: Mapping[Stage, Limit]


def book() -> Book:
    """The book as it stands."""
    return Book(almanac.working_calendar(), stage_limits())


def stage_limits() -> dict[Stage, Limit]:
    """How long a case may wait at each stage."""
    own = {
        Stage(row.stage): Limit(Clock(row.clock), row.amount) for row in StageLimit.objects.all()
    }
    return STAGE_LIMITS | own


def marks(steps: Iterable[CaseStep]) -> list[Mark]:
    """The history as clocks see it."""
    return [Mark(step.at, step.frm, step.to, step.hold) for step in steps]


def limit_of(case: Case) -> Limit:
    """Within how long this case is to be handled, granted time included."""
    return Limit(Clock(case.clock), case.amount + case.extra)


def reckon(case: Case, trail: Sequence[Mark], by: Book) -> None:
    """Put the deadlines of the case into its fields. Not yet saved."""
    found = _due(case, trail, by)
    case.due, case.handle_by = found.stage, found.handling
    lead = case.bundle
    if lead and case.stage in WITH_TEAM and lead.stage in WITH_TEAM:
        case.due = case.handle_by = lead.handle_by
    if case.hold == Hold.SUSPENDED and case.resume_on:
        case.due = midnight(case.resume_on)
    if case.stage not in OPEN:
        case.due = None


def end_if_sent(case: Case, trail: Sequence[Mark], now: datetime, by: Book) -> datetime | None:
    """Until when a case that waits to be dispatched would have to be handled if it went now."""
    return _due(case, [*trail, Mark(now, case.stage, Stage.DISPATCHED)], by).handling


def _due(case: Case, trail: Sequence[Mark], by: Book) -> Due:
    try:
        return due(trail, limit_of(case), by.stages, by.calendar)
    except BeyondCalendar:
        log.exception("case.due_unknown", case=case.number)
        return Due(None, None)


def promised(source: str, opened: datetime, by: Book) -> dict[str, int | None]:
    """What is owed to who reported it, each with its deadline in ms; None: before closing, or not
    to be reckoned by this calendar."""
    owed: dict[str, int | None] = {}
    for promise, limit in TERMS[Source(source)].owes:
        try:
            until = deadline(opened, limit, by.calendar) if limit else None
        except BeyondCalendar:
            log.exception("case.promise_unknown", source=source)
            until = None
        owed[promise.value] = millis(until) if until else None
    return owed


def owed(case: Case, steps: Sequence[CaseStep], by: Book) -> dict[str, int | None]:
    """What a case owes by its history: what its own reporter was promised and what came with cases
    merged into it, less what was done since. A merging that was undone brought nothing."""
    owes = first_owed(case, steps, by)
    undone = _undone(steps)
    with_us = {case.number}
    for step in steps:
        if step.step == "joined" and step.pk not in undone:
            sooner(owes, step.data.get("owes", {}))
            with_us.add(step.data["other"])
        for name in (step.step, *step.data.get("done", ())):
            owes.pop(name, None)
        for number, branch in step.data.get("again", {}).items():
            for anew in branch.values() if number in with_us else ():
                sooner(owes, anew)
    return owes


def first_owed(case: Case, steps: Sequence[CaseStep], by: Book) -> dict[str, int | None]:
    """What its own reporter was promised: by the source, or as its first step says otherwise."""
    otherwise = steps[0].data.get("owes") if steps else None
    return promised(case.source, case.opened, by) if otherwise is None else dict(otherwise)


def sooner(owes: dict[str, int | None], more: Mapping[str, int | None]) -> None:
    """Owe more besides; of what is owed twice, by the earlier deadline."""
    for name, until in more.items():
        both = [each for each in (until, owes.get(name)) if each is not None]
        owes[name] = min(both, default=None)


def _undone(steps: Sequence[CaseStep]) -> set[int]:
    """The steps by which cases joined that were parted again."""
    joined: dict[str, int] = {}
    undone = set()
    for step in steps:
        if step.step == "joined":
            joined[step.data["other"]] = step.pk
        elif step.step == "parted" and step.data["other"] in joined:
            undone.add(joined.pop(step.data["other"]))
    return undone


@transaction.atomic
def reckon_open(**_sent: object) -> int:
    """Reckon every open case anew, leads of bundles first; returns how many."""
    by = book()
    found = Case.objects.filter(ended=None).select_related("bundle").order_by("bundle_id", "id")
    cases = list(found.prefetch_related("steps"))
    leads: dict[int, Case] = {}
    for case in sorted(cases, key=lambda case: case.bundle_id is not None):
        case.bundle = leads.get(case.bundle_id or 0, case.bundle)
        reckon(case, marks(case.steps.all()), by)
        fresh = owed(case, list(case.steps.all()), by)
        case.owes = {name: fresh.get(name) for name in case.owes}
        leads[case.pk] = case
    Case.objects.bulk_update(cases, _DUE, batch_size=500)
    return len(cases)
