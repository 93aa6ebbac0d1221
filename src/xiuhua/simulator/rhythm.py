"""The rhythms of a day in Shanghai: hours, weekdays and the people who come and go by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rows import Floats, Mask, Span, Times

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SHANGHAI = 8 * HOUR
"""Local time is UTC + 8 h all year."""


def local_day(time: int) -> int:
    """Which day it is in Shanghai, counted from 1 January 1970."""
    return (time + SHANGHAI) // DAY


def day_start(day: int) -> int:
    """Midnight in Shanghai, epoch ms."""
    return day * DAY - SHANGHAI


def local_hour(time: Times) -> Floats:
    """Hour of the day in Shanghai, 0 to 24, with its fraction."""
    hour: Floats = ((time + SHANGHAI) % DAY) / HOUR
    return hour


def weekend(time: Times) -> Mask:
    """Whether it is Saturday or Sunday in Shanghai (1 January 1970 was a Thursday)."""
    return ((time + SHANGHAI) // DAY + 3) % 7 >= 5


@dataclass(frozen=True)
class Profile:
    """How busy each hour is, on a weekday and at the weekend; the mean of a weekday is 1."""

    weekday: Floats
    weekend: Floats

    def at(self, time: Times) -> Floats:
        """How busy it is at these times, 1 being a weekday's mean."""
        hour = local_hour(time)
        hours: Floats = np.arange(25.0)
        work = np.interp(hour, hours, np.append(self.weekday, self.weekday[0]))
        rest = np.interp(hour, hours, np.append(self.weekend, self.weekend[0]))
        busy: Floats = np.where(weekend(time), rest, work)
        return busy

    @property
    def peak(self) -> float:
        return float(max(self.weekday.max(), self.weekend.max()))


def profile(weekday: str, weekend: str) -> Profile:
    """A profile from 24 numbers each, separated by spaces."""
    work = np.array([float(number) for number in weekday.split()])
    rest = np.array([float(number) for number in weekend.split()])
    assert len(work) == len(rest) == 24, "an hour is missing"
    return Profile(work / work.mean(), rest / work.mean())


OUT = profile(
    "1 1 1 1 2 6 14 26 18 10 8 8 9 9 7 6 7 8 9 10 9 6 3 2",
    "2 1 1 1 1 3 6 10 14 15 13 10 9 10 11 11 10 10 11 11 9 7 4 2",
)
"""People leaving home."""
IN = profile(
    "2 1 1 1 1 1 2 4 5 7 9 12 10 7 7 8 13 21 25 19 13 10 7 4",
    "3 2 1 1 1 1 2 3 5 8 11 14 12 9 9 11 13 15 14 12 11 10 7 4",
)
"""People coming home."""
STREET = profile(
    "2 1 1 1 2 6 14 24 24 15 13 15 17 15 14 15 18 25 26 19 15 11 7 4",
    "3 2 1 1 1 4 8 12 16 19 21 22 20 19 20 21 21 21 20 18 15 11 7 4",
)
"""People in the street."""
METRO = profile(
    "0 0 0 0 0 4 18 48 50 20 12 12 13 12 12 14 20 44 52 28 16 12 8 3",
    "0 0 0 0 0 2 8 14 18 20 22 23 22 22 23 24 24 25 24 20 16 13 8 3",
)
"""People at a metro exit."""
POWER = profile(
    "5 4 4 4 4 5 8 12 10 8 8 10 14 9 8 8 10 16 24 26 24 20 14 8",
    "6 5 4 4 4 5 6 9 12 13 13 15 17 13 12 12 13 17 24 26 24 20 15 9",
)
"""Electricity used in homes."""
CHARGING = profile(
    "18 15 11 7 4 2 2 2 3 4 4 4 5 5 4 4 5 9 15 20 23 24 23 21",
    "18 15 11 7 4 2 2 2 3 5 6 6 6 6 6 6 7 9 14 18 21 23 23 21",
)
"""Electric bikes on the plug."""


def beats(step: int, phase: float, span: Span) -> Times:
    """The times at which a device speaks that speaks every `step` ms; `phase` is 0 to 1."""
    offset = int(phase * step)
    first = -((offset - span.since) // step)  # the first k with k * step + offset >= since
    count = max(0, -((offset + first * step - span.until) // step))
    return first * step + offset + step * np.arange(count, dtype=np.int64)


def arrivals(
    rng: np.random.Generator, span: Span, per_day: float, busy: Profile, least: int = 0
) -> Times:
    """Moments of a Poisson process of `per_day` a weekday that follows a profile, in order and
    at least `least` ms apart."""
    expected = per_day * busy.peak * (span.until - span.since) / DAY
    drawn = np.sort(rng.integers(span.since, span.until, size=rng.poisson(expected)))
    kept = drawn[rng.random(len(drawn)) * busy.peak < busy.at(drawn)]
    if least and len(kept):
        kept = kept[np.diff(kept, prepend=kept[0] - least) >= least]
    return kept
