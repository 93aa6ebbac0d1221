"""When a rule is awake: hours of the day, days of the week, working days and days off, flags.

Hours and days are Shanghai's, which knows no summer time. Hours that run over midnight belong to
the day on which they begin.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .errors import RuleError
from .records import Millis

HOUR, DAY = 3_600_000, 86_400_000
EAST = 8 * HOUR
FOREVER = 1 << 62
"""A moment that never comes."""

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SETTINGS = {"hours", "days", "flag", "unless"}
_DAYS = (*WEEK, "workday", "holiday")
_DAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日", "工作日", "休息日")
_DAYS_EN = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays",
            "working days", "days off")  # fmt: skip
_FLAG_WORDS = {"rain": ("下雨时", "不下雨时", "it rains")}
"""While it is up, while it is not; in English the one word for both."""
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_FLAG = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(slots=True)
class Calendar:
    """Days off and days worked beyond the plain week, as days since 1970, and the flags that are
    up."""

    holidays: frozenset[int] = frozenset()
    workdays: frozenset[int] = frozenset()
    flags: set[str] = field(default_factory=set)

    def works(self, day: int) -> bool:
        """Whether a day (since 1970) is a working day: the plain week where nothing is said."""
        if day in self.holidays:
            return False
        return day in self.workdays or _weekday(day) < 5


def day_number(text: str) -> int:
    """Days since 1970 of an ISO date; raises ValueError."""
    return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every setting that is given must fit. `hours` are (begin, end) in ms of the day."""

    hours: tuple[tuple[Millis, Millis], ...] = ()
    days: frozenset[str] = frozenset()
    flag: str = ""
    unless: str = ""

    def open_at(self, time: Millis, calendar: Calendar) -> bool:
        """Whether the rule is awake at that moment."""
        if self is ALWAYS:
            return True
        if self.flag and self.flag not in calendar.flags:
            return False
        if self.unless and self.unless in calendar.flags:
            return False
        day, into = divmod(time + EAST, DAY)
        if not self.hours:
            return self._fits(day, calendar)
        return any(
            (begin <= into < end and self._fits(day, calendar))
            if begin < end
            else (into >= begin and self._fits(day, calendar))
            or (into < end and self._fits(day - 1, calendar))
            for begin, end in self.hours
        )

    def _fits(self, day: int, calendar: Calendar) -> bool:
        names = {WEEK[_weekday(day)], "workday" if calendar.works(day) else "holiday"}
        return not self.days or bool(self.days & names)

    def next_edge(self, after: Millis) -> Millis:
        """The next moment at which the clock alone may wake the rule or send it to sleep."""
        if not self.hours and not self.days:
            return FOREVER
        midnight = (after + EAST) // DAY * DAY - EAST
        edges = {0, *(edge for pair in self.hours for edge in pair)}
        moments = (midnight + shift + edge for shift in (0, DAY) for edge in edges)
        return min(moment for moment in moments if moment > after)

    def explain(self) -> tuple[str, str]:
        """When, in Chinese and English; empty where always."""
        zh, en = [], []
        if self.days:
            chosen = [n for n, day in enumerate(_DAYS) if day in self.days]
            zh.append("、".join(_DAYS_ZH[n] for n in chosen))
            en.append("on " + ", ".join(_DAYS_EN[n] for n in chosen))
        if self.hours:
            spans = [f"{_clock(begin)}-{_clock(end)}" for begin, end in self.hours]
            zh.append("、".join(spans))
            en.append(", ".join(spans))
        if self.flag:
            while_zh, _, while_en = _flag_words(self.flag)
            zh.append(while_zh)
            en.append(f"while {while_en}")
        if self.unless:
            _, unless_zh, unless_en = _flag_words(self.unless)
            zh.append(unless_zh)
            en.append(f"unless {unless_en}")
        return "，".join(zh), ", ".join(en)


ALWAYS = Schedule()
"""What a rule has that says nothing of it."""


def read_schedule(table: Mapping[str, Any]) -> Schedule:
    """The schedule of a `[rule.schedule]`; raises RuleError."""
    if not table:
        return ALWAYS
    hours, days = table.get("hours", []), table.get("days", [])
    return Schedule(
        hours=tuple(_span(text) for text in _listed(hours, "hours")),
        days=frozenset(_day(name) for name in _listed(days, "days")),
        flag=_flag(table.get("flag", ""), "flag"),
        unless=_flag(table.get("unless", ""), "unless"),
    )


def _listed(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise RuleError(f"schedule.{name} 要是一列。", f"schedule.{name} must be a list.")
    return value


def _span(text: object) -> tuple[Millis, Millis]:
    found = _HOURS.fullmatch(text) if isinstance(text, str) else None
    begin, end = (
        (int(found[n]) * HOUR + int(found[n + 1]) * 60_000 for n in (1, 3)) if found else (0, 0)
    )
    if begin in (end, DAY) or max(begin, end) > DAY:
        raise RuleError(
            f'schedule.hours 要写成 "22:00-06:00"，现在是 {text!r}。',
            f'schedule.hours are written "22:00-06:00"; one is {text!r}.',
        )
    return begin, end


def _day(name: object) -> str:
    if name not in _DAYS:
        raise RuleError(
            f"schedule.days 没有 {name!r}；可用：{'、'.join(_DAYS)}。",
            f"schedule.days knows no {name!r}; known are {', '.join(_DAYS)}.",
        )
    return str(name)


def _flag(name: object, key: str) -> str:
    if not isinstance(name, str) or (name and not _FLAG.fullmatch(name)):
        raise RuleError(
            f'schedule.{key} 要是标志的名称，例如 "rain"，现在是 {name!r}。',
            f'schedule.{key} must be the name of a flag such as "rain"; it is {name!r}.',
        )
    return name


def _weekday(day: int) -> int:
    """0 for a Monday: the first of 1970 was a Thursday."""
    return (day + 3) % 7


def _clock(millis: Millis) -> str:
    return f"{millis // HOUR:02}:{millis % HOUR // 60_000:02}"


def _flag_words(flag: str) -> tuple[str, str, str]:
    plain = f"有“{flag}”标志时", f"没有“{flag}”标志时", f"{flag} is up"
    return _FLAG_WORDS.get(flag, plain)
