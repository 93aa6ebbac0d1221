"""Reads of the almanac: the calendar, and the flags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from .models import Day, Flag, FlagChange, Hours
from .shifts import CHANGES, Shift, next_change, shift
from .words import FLAGS
from .working import USUAL_HOURS, BadHours, BeyondCalendar, Minutes, WorkingCalendar, written_hours

__all__ = [
    "CHANGES", "BadHours", "BeyondCalendar", "Shift", "Standing", "WorkingCalendar", "days",
    "flags", "hours", "known_until", "next_change", "shift", "working_calendar", "written_hours",
]  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """A flag as it stands, and its newest changes, the last one first."""

    flag: Flag
    changes: list[FlagChange]


def flags(changes: int = 10) -> list[Standing]:
    """Every flag that there is, with so many of its newest changes."""
    known = Flag.objects.in_bulk()
    every = [known.get(name) or Flag(name=name) for name in [*FLAGS, *sorted(known.keys() - FLAGS)]]
    past = FlagChange.objects.select_related("by__member")
    return [Standing(flag, list(past.filter(flag=flag.name)[:changes])) for flag in every]


def days(year: int | None = None) -> QuerySet[Day]:
    """The days that differ from the plain week, of one year or of all, in order."""
    found = Day.objects.all()
    return found.filter(date__year=year) if year else found


def known_until() -> date | None:
    """The last day of the last year that the calendar knows; None before the first was loaded.
    The State Council announces a year in the November before it."""
    last = Day.objects.order_by("-date").values_list("date", flat=True).first()
    return date(last.year, 12, 31) if last else None


def hours() -> tuple[Minutes, ...]:
    """The working hours of a working day."""
    spans = Hours.objects.values_list("spans", flat=True).first()
    return tuple((begin, end) for begin, end in spans) if spans else USUAL_HOURS


def working_calendar() -> WorkingCalendar:
    """The calendar as clocks reckon by it. A year of which no day was put is not known."""
    told = dict(Day.objects.values_list("date", "works"))
    return WorkingCalendar(
        years=frozenset(day.year for day in told),
        off=frozenset(day for day, works in told.items() if not works),
        worked=frozenset(day for day, works in told.items() if works),
        hours=hours(),
    )
