"""The weather over the neighbourhood: warm and cold, rain and dry, the same for every device."""

from __future__ import annotations

from functools import lru_cache
from itertools import cycle
from typing import NamedTuple

import numpy as np

from .chance import chance
from .rhythm import DAY, HOUR, MINUTE, SHANGHAI, day_start, local_day, local_hour
from .rows import Floats, Span, Times

WET = 0.2
"""mm/h: from here on one says that it rains."""
DRYING = 30 * MINUTE
"""After the last drop."""


class Sky(NamedTuple):
    """One day: how much warmer than usual (K), and one shower (epoch ms, mm/h; 0 on dry days)."""

    anomaly: float
    rain_start: int
    rain_end: int
    rain_peak: float


@lru_cache(maxsize=4096)
def sky(seed: int, day: int) -> Sky:
    """The weather of that day (Shanghai, counted from 1970)."""
    rng = chance(seed, "weather", day)
    anomaly = float(rng.normal(0, 2.5))
    wet = rng.random() < 0.33
    start = day_start(day) + int(rng.uniform(0, 16) * HOUR)
    length = int(rng.uniform(1, 8) * HOUR)
    peak = float(rng.gamma(1.5, 5.0))
    return Sky(anomaly, start, start + length, peak if wet else 0.0)


class Weather:
    """The weather of a seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def temperature(self, time: Times) -> Floats:
        """Air in the shade, Cel: Shanghai's season, the hour of the day and the day's mood."""
        if not len(time):
            return np.empty(0)
        days = range(local_day(int(time[0])) - 1, local_day(int(time[-1])) + 2)
        noons = [day_start(day) + DAY // 2 for day in days]
        mood = np.interp(time, noons, [sky(self._seed, day).anomaly for day in days])
        year = ((time + SHANGHAI) / DAY) % 365.25
        season = 17.0 - 11.5 * np.cos((year - 20) / 365.25 * 2 * np.pi)
        swing = -3.5 * np.cos((local_hour(time) - 2.5) / 24 * 2 * np.pi)
        return season + swing + mood

    def rain(self, time: Times) -> Floats:
        """Rain, mm/h."""
        falling = np.zeros(len(time))
        if not len(time):
            return falling
        for day in range(local_day(int(time[0])) - 1, local_day(int(time[-1])) + 1):
            today = sky(self._seed, day)
            part = (time - today.rain_start) / (today.rain_end - today.rain_start)
            within = (part > 0) & (part < 1)
            falling += np.where(within, today.rain_peak * np.sin(np.pi * part) ** 2, 0.0)
        return falling

    def turns(self, span: Span) -> list[tuple[int, bool]]:
        """When it begins to rain and when the streets begin to dry, as somebody who looks out every
        minute would say: the flag `rain` goes up and down there."""
        minutes = np.arange(span.since, span.until, MINUTE, dtype=np.int64)
        wet = self.rain(minutes) >= WET
        last = np.maximum.accumulate(np.where(wet, minutes, 0))
        turns = np.flatnonzero(np.diff(minutes - last < DRYING, prepend=False))
        return list(zip(minutes[turns].tolist(), cycle((True, False)), strict=False))

    def dry_morning(self, day: int) -> bool:
        """Whether no rain falls between 5 and 11 on that day."""
        hours = day_start(day) + np.arange(5, 11, 0.5) * HOUR
        return not self.rain(hours.astype(np.int64)).any()

    def downpour(self, day: int) -> Sky | None:
        """The day's shower if it is heavy (over 8 mm/h), or None."""
        today = sky(self._seed, day)
        return today if today.rain_peak > 8 else None
