"""Alerts counted by day, by site or place, and by shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from xiuhua.engine.records import Millis
from xiuhua.epoch import SHANGHAI, moment
from xiuhua.history.layout import day_of
from xiuhua.runners.replay import Episode

Counts = list[tuple[str, int, int]]
"""(of what, proposed, live), in order."""


def per_day(proposed: Iterable[Episode], live: Iterable[Episode]) -> Counts:
    """By the day in Shanghai on which they began; days without any in between count too."""
    days = _both(proposed, live, lambda one: day_of(one.start))
    if not days:
        return []
    first, last = (datetime.fromisoformat(day) for day in (days[0][0], days[-1][0]))
    counts = {day: counted for day, *counted in days}
    every = ((first + timedelta(n)).date().isoformat() for n in range((last - first).days + 1))
    return [(day, *_pair(counts.get(day))) for day in every]


def busiest(
    proposed: Iterable[Episode], live: Iterable[Episode], key: Callable[[Episode], str]
) -> Counts:
    """By what `key` says of each, such as its site or place, the busiest first."""
    counts = _both(proposed, live, key)
    return sorted(counts, key=lambda one: (-max(one[1], one[2]), one[0]))


def per_shift(
    proposed: Iterable[Episode], live: Iterable[Episode], changes: Sequence[int]
) -> Counts:
    """By shift: `changes` are the full hours, Shanghai time, at which shifts change."""
    return _both(proposed, live, lambda one: shift_of(one.start, changes))


def shift_of(at: Millis, changes: Sequence[int]) -> str:
    """When the shift began in which a moment lies, as words that sort: 2026-11-24 08:00."""
    local = moment(at).astimezone(SHANGHAI)
    hour = max((hour for hour in changes if hour <= local.hour), default=None)
    if hour is None:
        local, hour = local - timedelta(days=1), max(changes)
    return f"{local:%Y-%m-%d} {hour:02}:00"


def _both(
    proposed: Iterable[Episode], live: Iterable[Episode], key: Callable[[Episode], str]
) -> Counts:
    counts = Counter(map(key, proposed)), Counter(map(key, live))
    return [(name, counts[0][name], counts[1][name]) for name in sorted({*counts[0], *counts[1]})]


def _pair(counted: list[int] | None) -> tuple[int, int]:
    return (counted[0], counted[1]) if counted else (0, 0)
