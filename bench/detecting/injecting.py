"""Anomalies put into a clean series, each of a kind that sensors and cities really show."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from .series import F64, Stretch

Random = np.random.Generator
Injection = Callable[[F64, int, int, float, int, Random], int]
"""Changes `value` in place from row `at`, for about `span` rows, by its `noise` and `period` (rows
in a cycle, 0 without one); gives how many rows are anomalous."""


def spike(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    del span, period
    rows = int(random.integers(1, 4))
    value[at : at + rows] += random.choice([-1, 1]) * random.uniform(6, 14) * noise
    return rows


def shift(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    del period
    value[at : at + span] += random.choice([-1, 1]) * random.uniform(3, 7) * noise
    return span


def frozen(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    del noise, period, random
    value[at : at + span] = value[at]
    return span


def dropout(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    del noise, period
    rows = max(2, span // 4)
    value[at : at + rows] = np.nanmin(value) if random.random() < 0.5 else 0.0
    return rows


def restless(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    del period
    rows = len(value[at : at + span])
    value[at : at + rows] += random.normal(0, random.uniform(2.5, 5) * noise, rows)
    return rows


def ramp(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    del period
    rows = len(value[at : at + 2 * span])
    rise = random.choice([-1, 1]) * random.uniform(5, 10) * noise
    value[at : at + rows] += np.linspace(0, rise, rows)
    return rows


def missed(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    """A cycle that does not come: the level of its beginning, with the usual noise."""
    rows = period or span
    value[at : at + rows] = value[at] + random.normal(0, noise, len(value[at : at + rows]))
    return rows


def moved(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    """A cycle out of step: what was half a cycle earlier stands here."""
    del noise, random
    rows, off = period or span, (period or span) // 2
    value[at : at + rows] = value[at - off : at - off + len(value[at : at + rows])].copy()
    return rows


def backwards(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    del noise, random
    rows = period or span
    value[at : at + rows] = value[at : at + rows][::-1].copy()
    return rows


def stretched(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    """The same shape about its own middle, half or twice as high."""
    del noise
    rows = period or span
    middle = np.nanmedian(value[at : at + rows])
    value[at : at + rows] = middle + (value[at : at + rows] - middle) * random.choice([0.4, 1.8])
    return rows


def smoothed(value: F64, at: int, span: int, noise: float, period: int, random: Random) -> int:
    del noise, period, random
    part = value[at : at + span]
    value[at : at + len(part)] = np.convolve(np.pad(part, 3, mode="edge"), np.ones(7) / 7, "valid")
    return span


ANYWHERE: tuple[Injection, ...] = (spike, spike, shift, frozen, dropout, restless, ramp)
IN_CYCLES: tuple[Injection, ...] = (missed, moved, backwards, stretched)


def inject(value: F64, period: int, random: Random, most: int = 3) -> tuple[F64, list[Stretch]]:
    """A copy with one to `most` anomalies behind its first third, apart from each other."""
    value, rows = value.copy(), len(value)
    kinds = ANYWHERE + (IN_CYCLES if period else (smoothed,))
    count = int(random.integers(1, most + 1))
    places = np.linspace(rows * 0.35, rows * 0.95, count + 1)
    found = []
    for first, last in pairwise(places):
        span = int(np.clip(rows * random.uniform(0.005, 0.02), 8, 400))
        room = max(2 * max(span, period), 1)
        at = int(random.uniform(first, max(first + 1, last - room)))
        kind = kinds[int(random.integers(len(kinds)))]
        noise = _noise(value[max(0, at - 2000) : at])
        length = kind(value, at, span, noise, period, random)
        found.append((at, min(at + length, rows)))
    return value, found


def _noise(past: F64) -> float:
    """A spread between that of the steps and that of the values, so that what is put in is seen
    by a patient eye but is not always the largest value of the series."""
    known = past[np.isfinite(past)]
    steps = np.diff(known)
    wide = float(np.subtract(*np.percentile(known, [75, 25]))) / 1.35
    step = float(np.median(np.abs(steps))) * 1.48
    return max((wide * max(step, 0.05 * wide)) ** 0.5, 0.02 * float(np.std(known)), 1e-9)
