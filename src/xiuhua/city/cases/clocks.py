"""The four clocks by which a case is late, over a calendar with make-up days. No database.

Every clock is the same thing: a set of moments at which it runs. A limit is so much running time; a
deadline is the first moment at which that much has run; a pause takes moments away.

| clock | runs |
|---|---|
| `urgent` 紧急工作时 | always, holidays and nights too |
| `hours` 工作时 | in the working hours of working days |
| `workdays` 工作日 | all day, on working days: 24 h of running are one |
| `days` 自然日 | always: 24 h are one |

So one working day from Friday 10:30 is Monday 10:30, and from any hour of a Saturday the end of
Monday.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from xiuhua.city.almanac.queries import WorkingCalendar
from xiuhua.epoch import SHANGHAI, midnight

Span: TypeAlias = tuple[datetime, datetime]
"""From a moment up to, but without, another."""

Pause: TypeAlias = tuple[datetime, datetime | None]
"""A span in which nothing runs; None: it still lasts."""

DAY = timedelta(days=1)


class Clock(StrEnum):
    """What kind of time a limit is counted in."""

    URGENT = "urgent"
    HOURS = "hours"
    WORKDAYS = "workdays"
    DAYS = "days"


IN_DAYS = frozenset({Clock.WORKDAYS, Clock.DAYS})


class BadLimit(ValueError):
    """A limit that is no time at all, or longer than anybody waits."""


@dataclass(frozen=True)
class Limit:
    """So much time of a clock: `amount` is in minutes, or in days for the clocks of days."""

    clock: Clock
    amount: int

    def __post_init__(self) -> None:
        if not 0 < self.amount <= (366 if self.clock in IN_DAYS else 366 * 24 * 60):
            raise BadLimit(f"{self.amount} of {self.clock}")

    @property
    def span(self) -> timedelta:
        """How long the clock has to run."""
        return self.amount * DAY if self.clock in IN_DAYS else timedelta(minutes=self.amount)


def deadline(
    start: datetime, limit: Limit, calendar: WorkingCalendar, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """The first moment at which the limit has run since `start` (UTC); None while a pause lasts
    before it is reached. Raises `BeyondCalendar` where the calendar ends first."""
    return reach(start, limit.clock, limit.span, calendar, pauses)


def reach(
    start: datetime,
    clock: Clock,
    span: timedelta,
    calendar: WorkingCalendar,
    pauses: Iterable[Pause] = (),
) -> datetime | None:
    """As `deadline`, for any span of running time."""
    stops = _tidy(pauses)
    last = next((begin for begin, end in stops if end is None), None)
    for begin, end in _running(start, last, clock, calendar, stops):
        if span <= end - begin:
            return begin + span
        span -= end - begin
    return None


def elapsed(
    start: datetime,
    now: datetime,
    clock: Clock,
    calendar: WorkingCalendar,
    pauses: Iterable[Pause] = (),
) -> timedelta:
    """How long the clock has run from `start` to `now`; nothing where `now` is before. Raises
    `BeyondCalendar`."""
    stops = _tidy(pauses)
    last = next((begin for begin, end in stops if end is None), now)
    running = _running(start, min(last, now), clock, calendar, stops)
    return sum((end - begin for begin, end in running), timedelta())


def _running(
    start: datetime,
    until: datetime | None,
    clock: Clock,
    calendar: WorkingCalendar,
    stops: Sequence[Pause],
) -> Iterator[Span]:
    """When the clock runs, in order, from `start` to `until` (None: for ever), pauses left out."""
    day = start.astimezone(SHANGHAI).date()
    while until is None or midnight(day) < until:
        for begin, end in _spans(day, clock, calendar):
            clipped = max(begin, start), end if until is None else min(end, until)
            yield from _outside(clipped, stops)
        day += DAY


def _spans(day: date, clock: Clock, calendar: WorkingCalendar) -> Iterator[Span]:
    if clock is Clock.URGENT or clock is Clock.DAYS:
        yield midnight(day), midnight(day + DAY)
    elif calendar.works(day):
        if clock is Clock.WORKDAYS:
            yield midnight(day), midnight(day + DAY)
        else:
            for begin, end in calendar.hours:
                yield _at(day, begin), _at(day, end)


def _outside(span: Span, stops: Sequence[Pause]) -> Iterator[Span]:
    """What the pauses, tidy ones, leave of a span."""
    begin, end = span
    for stop, go_on in stops:
        if begin >= end:
            return
        if stop >= end:
            break
        if stop > begin:
            yield begin, stop
        if go_on is None:
            return
        begin = max(begin, go_on)
    if begin < end:
        yield begin, end


def _tidy(pauses: Iterable[Pause]) -> list[Pause]:
    """The pauses in order, those that meet made one, empty ones left out."""
    tidy: list[Pause] = []
    for begin, end in sorted(pauses, key=lambda pause: pause[0]):
        if end is not None and end <= begin:
            continue
        if not tidy:
            tidy.append((begin, end))
            continue
        before, until = tidy[-1]
        if until is None:
            break
        if begin > until:
            tidy.append((begin, end))
        else:
            tidy[-1] = before, None if end is None else max(end, until)
    return tidy


def _at(day: date, minute: int) -> datetime:
    return midnight(day) + timedelta(minutes=minute)
