"""Reads of the almanac: the calendar, and the flags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from .models import Day, Flag, FlagChange
from .shifts import CHANGES, SHANGHAI, Shift, next_change, shift
from .words import FLAGS

__all__ = [
    "CHANGES", "SHANGHAI", "Shift", "Standing", "days", "flags", "known_until", "next_change",
    "shift",
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
