"""Which days are worked, and at which hours: the calendar as plain values, for reckoning by. No
database; `queries.working_calendar` fills it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TypeAlias

Minutes: TypeAlias = tuple[int, int]
"""A span of a day in minutes after midnight: from, and up to but without."""

USUAL_HOURS: tuple[Minutes, ...] = ((8 * 60, 12 * 60), (14 * 60, 18 * 60))
"""Working hours where nobody has set any."""

SATURDAY = 5


class BeyondCalendar(LookupError):
    """The calendar does not know this day's year: whether it is worked would be a guess. Nothing
    is reckoned by a guess."""

    def __init__(self, day: date, until: date | None) -> None:
        known = f"knows days until {until}" if until else "is empty"
        super().__init__(
            f"The calendar {known} and cannot say whether {day} is worked. Add that year's days "
            "off on the calendar's page, or to calendar.toml and run `xiuhua load pilot`."
        )
        self.day = day
        self.until = until


class BadHours(ValueError):
    """Working hours that cannot be: outside the day, empty, overlapping or out of order."""


@dataclass(frozen=True, kw_only=True)
class WorkingCalendar:
    """Days `off` and days of rest that are `worked` (调休) of whole `years`, and the hours of a
    working day. Days are those of Shanghai."""

    years: frozenset[int]
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    hours: tuple[Minutes, ...] = USUAL_HOURS

    def __post_init__(self) -> None:
        check_hours(self.hours)

    @property
    def until(self) -> date | None:
        """The last day that it knows."""
        return date(max(self.years), 12, 31) if self.years else None

    def works(self, day: date) -> bool:
        """Whether the day is worked. Raises `BeyondCalendar` for a year that it does not know."""
        if day.year not in self.years:
            raise BeyondCalendar(day, self.until)
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.off)


def check_hours(hours: tuple[Minutes, ...]) -> None:
    """Raises `BadHours`."""
    if not hours or any(not 0 <= begin < end <= 24 * 60 for begin, end in hours):
        raise BadHours("Working hours lie within one day and begin before they end.")
    if any(one[1] > other[0] for one, other in pairwise(hours)):
        raise BadHours("Working hours stand in order and do not overlap.")


def read_hours(text: str) -> tuple[Minutes, ...]:
    """Hours as people write them, "08:00-12:00, 14:00-18:00". Raises `BadHours`."""
    try:
        spans = [part.strip().split("-") for part in text.replace("，", ",").split(",")]
        hours = tuple((_minute(begin), _minute(end)) for begin, end in spans)
    except ValueError as bad:
        raise BadHours(f"{text!r} is not like 08:00-12:00, 14:00-18:00.") from bad
    check_hours(hours)
    return hours


def written_hours(hours: tuple[Minutes, ...]) -> str:
    """Hours as people write them."""
    return ", ".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in hours)


def _minute(text: str) -> int:
    hour, minute = text.strip().split(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(minute) < 60):
        raise ValueError(text)
    return int(hour) * 60 + int(minute)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
