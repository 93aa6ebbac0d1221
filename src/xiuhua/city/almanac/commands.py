"""Writes of the almanac. What the engine must know leaves through the outbox, in the same
transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from django.contrib.auth.models import User
from django.db import transaction
from django.dispatch import Signal

from xiuhua.city import outbox, sequence
from xiuhua.engine.control import CalendarSet, FlagSet

from .models import Day, Flag, FlagChange, Hours
from .words import FLAGS
from .working import read_hours

CALENDAR = "calendar"

changed = Signal()
"""Sent in the transaction of each change of days or hours, for rooms above whose deadlines depend
on them."""


class NewDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day as it is put into the calendar; see `models.Day`."""

    date: date
    works: bool
    zh: str
    en: str


class UnknownFlag(ValueError):
    """No flag of that name; nothing has changed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no flag {name!r}; there are: {', '.join(FLAGS)}. Nothing was changed."
        )


@transaction.atomic
def put_days(*, days: Iterable[NewDay]) -> int:
    """Put the days of whole years: of every year that they speak of, these and no others count.
    Other years stay. Returns how many days are new, changed or gone."""
    sequence.take(CALENDAR, 1)  # one writer at a time: what is told is the whole calendar
    wanted = {new.date: Day(**msgspec.structs.asdict(new)) for new in days}
    held = {day.date: day for day in Day.objects.all()}
    years = {day.year for day in wanted}
    gone = [day for day in held if day.year in years and day not in wanted]
    fresh = [day for day in wanted.values() if _facts(day) != _facts(held.get(day.date))]
    Day.objects.filter(date__in=gone).delete()
    Day.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["date"], update_fields=["works", "zh", "en"]
    )
    _tell_if_other({(day.date, day.works) for day in held.values()})
    return len(fresh) + len(gone)


@transaction.atomic
def set_day(*, new: NewDay) -> None:
    """Put one day into the calendar, over what it was. The first day of a year makes that year
    known."""
    sequence.take(CALENDAR, 1)
    held = set(Day.objects.values_list("date", "works"))
    Day.objects.update_or_create(
        date=new.date, defaults={"works": new.works, "zh": new.zh, "en": new.en}
    )
    _tell_if_other(held)


@transaction.atomic
def drop_day(*, day: date) -> bool:
    """Let the plain week speak for that day again; returns whether it was otherwise before."""
    sequence.take(CALENDAR, 1)
    held = set(Day.objects.values_list("date", "works"))
    gone, _ = Day.objects.filter(date=day).delete()
    _tell_if_other(held)
    return bool(gone)


@transaction.atomic
def set_hours(*, text: str) -> None:
    """Set the working hours, "08:00-12:00, 14:00-18:00". Raises `BadHours`."""
    spans = [list(span) for span in read_hours(text)]
    Hours.objects.update_or_create(name="usual", defaults={"spans": spans})
    changed.send(sender=None)


def _tell_if_other(held: set[tuple[date, bool]]) -> None:
    now = Day.objects.values_list("date", "works")
    if set(now) != held:
        outbox.put(_whole(now))
        changed.send(sender=None)


@transaction.atomic
def set_flag(
    *, name: str, up: bool, now: datetime, by: User | None = None, program: str = ""
) -> bool:
    """Put a flag up or down and write down who did, a person or a program; returns whether it was
    otherwise before. Raises `UnknownFlag`."""
    if name not in FLAGS:
        raise UnknownFlag(name)
    Flag.objects.get_or_create(name=name)
    flag = Flag.objects.select_for_update().get(name=name)
    if flag.up == up:
        return False
    flag.up = up
    flag.save(update_fields=["up"])
    FlagChange.objects.create(flag=flag, up=up, by=by, program=program, at=now)
    outbox.put(FlagSet(name, up))
    return True


def _facts(day: Day | None) -> tuple[bool, str, str] | None:
    return (day.works, day.zh, day.en) if day else None


def _whole(days: Iterable[tuple[date, bool]]) -> CalendarSet:
    told = sorted((day.isoformat(), works) for day, works in days)
    return CalendarSet(
        holidays=tuple(day for day, works in told if not works),
        workdays=tuple(day for day, works in told if works),
    )
