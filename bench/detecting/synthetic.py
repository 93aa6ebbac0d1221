"""Labelled series made by chance from a seed: twelve families with every sort of sampling."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .injecting import Random, inject
from .series import F64, Series, every

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
DAY = 24 * HOUR


def cycle(rows: int, period: float, random: Random, overtones: int = 3) -> F64:
    """A smooth shape that repeats."""
    at = 2 * np.pi * np.arange(rows) / period
    parts = [
        random.normal() / k * np.sin(k * at + random.uniform(0, 6.28))
        for k in range(1, overtones + 1)
    ]
    return np.asarray(np.sum(parts, axis=0))


def coloured(rows: int, memory: float, random: Random) -> F64:
    """Noise that remembers (AR 1), of unit spread."""
    out = np.empty(rows)
    last, fresh = 0.0, random.normal(0, np.sqrt(1 - memory**2), rows)
    for i in range(rows):
        last = memory * last + fresh[i]
        out[i] = last
    return out


def white(random: Random) -> tuple[F64, int, int]:
    rows = int(random.integers(300, 5000))
    return random.normal(0, 1, rows), 0, SECOND


def walk(random: Random) -> tuple[F64, int, int]:
    rows = int(random.integers(800, 8000))
    return np.cumsum(random.normal(0, 1, rows)) * 0.3, 0, MINUTE


def remembering(random: Random) -> tuple[F64, int, int]:
    rows = int(random.integers(800, 8000))
    return coloured(rows, random.uniform(0.7, 0.98), random), 0, 10 * SECOND


def daily(random: Random) -> tuple[F64, int, int]:
    step = int(random.choice([5, 10, 15, 30, 60])) * MINUTE
    period, days = DAY // step, int(random.integers(14, 40))
    rows = period * days
    noise = random.uniform(0.05, 0.4) * coloured(rows, random.uniform(0, 0.9), random)
    return cycle(rows, period, random) + noise, period, step


def weekly(random: Random) -> tuple[F64, int, int]:
    step = int(random.choice([30, 60])) * MINUTE
    period, weeks = DAY // step, int(random.integers(6, 14))
    rows = period * 7 * weeks
    busy = np.where((np.arange(rows) // period) % 7 < 5, 1.0, 0.4)
    shape = np.maximum(cycle(rows, period, random), -0.5)
    return busy * shape + 0.1 * coloured(rows, 0.6, random), period, step


def untimed(random: Random) -> tuple[F64, int, int]:
    """A cycle that the clock knows nothing of, somewhat irregular, as a heart's."""
    period = int(random.integers(20, 300))
    beats = int(random.integers(40, 90))
    shape = cycle(period, period, random, 6)
    lengths = random.normal(period, 0.02 * period, beats).astype(int)
    parts = [np.interp(np.linspace(0, period - 1, n), np.arange(period), shape) for n in lengths]
    value = np.concatenate(parts)
    return value + random.normal(0, 0.05, len(value)), period, SECOND


def counts(random: Random) -> tuple[F64, int, int]:
    period, days = 96, int(random.integers(14, 30))
    rows = period * days
    rate = np.exp(0.8 * cycle(rows, period, random) + random.uniform(0, 3))
    return random.poisson(np.minimum(rate, 1e4)).astype(float), period, 15 * MINUTE


def bursts(random: Random) -> tuple[F64, int, int]:
    """Mostly nothing, now and then something: what a server or a door does."""
    rows = int(random.integers(2000, 6000))
    on = random.random(rows) < random.uniform(0.02, 0.1)
    return 0.2 * random.random(rows) + on * random.lognormal(1, 0.4, rows), 0, 5 * MINUTE


def steps(random: Random) -> tuple[F64, int, int]:
    """A few levels, each held for a while, read by a coarse sensor."""
    rows = int(random.integers(2000, 6000))
    levels = random.normal(0, 3, int(random.integers(2, 6)))
    value = np.repeat(random.choice(levels, rows // 40 + 1), 40)[:rows]
    return np.round(value + random.normal(0, 0.3, rows), 1), 0, MINUTE


def trend(random: Random) -> tuple[F64, int, int]:
    rows = int(random.integers(800, 3000))
    slope = random.choice([-1, 1]) * random.uniform(2, 20)
    value = np.linspace(0, slope, rows) + 0.5 * cycle(rows, 7, random)
    return value + random.normal(0, 0.3, rows), 7, DAY


def breathing(random: Random) -> tuple[F64, int, int]:
    """The noise itself has a daily cycle, and the tails are heavy."""
    period, days = 144, int(random.integers(14, 30))
    rows = period * days
    width = np.exp(0.7 * np.sin(2 * np.pi * np.arange(rows) / period))
    return width * random.standard_t(4, rows) + 2 * cycle(rows, period, random), period, 10 * MINUTE


def heating(random: Random) -> tuple[F64, int, int]:
    """A thermostat's saw tooth on a slow weather."""
    rows = int(random.integers(3000, 9000))
    value, warm, on = np.empty(rows), 20.0, True
    weather = 2 * coloured(rows, 0.999, random)
    for i in range(rows):
        warm += (0.05 if on else -0.03) + 0.002 * weather[i] + 0.01 * random.normal()
        on = on if 19.5 < warm < 20.5 else warm <= 19.5
        value[i] = warm
    return value, 0, MINUTE


FAMILIES: dict[str, tuple[Callable[[Random], tuple[F64, int, int]], bool]] = {
    "white": (white, False), "walk": (walk, True), "remembering": (remembering, False),
    "daily": (daily, False), "weekly": (weekly, True), "untimed": (untimed, False),
    "counts": (counts, True), "bursts": (bursts, False), "steps": (steps, True),
    "trend": (trend, False), "breathing": (breathing, True), "heating": (heating, True),
}  # fmt: skip
"""Each family's maker, and whether it is held out."""


def synthetic(each: int = 5, seed: int = 20261125) -> Iterator[Series]:
    """`each` series of every family."""
    for number, (family, (make, held)) in enumerate(FAMILIES.items()):
        for i in range(each):
            random = np.random.default_rng([seed, number, i])
            value, period, step = make(random)
            value, stretches = inject(value, period, random)
            value = value * 10.0 ** random.integers(-5, 7) + random.choice([0, 0, 1, -1]) * 100
            time = every(len(value), step)
            value, time = _worn(value, time, random)
            yield Series(f"{family}-{i}", f"made {family}", held, time, value, stretches)


def _worn(value: F64, time: np.ndarray, random: Random) -> tuple[F64, np.ndarray]:
    """A third of the series miss some values, a third have moments that are not even."""
    wear = random.integers(3)
    if wear == 1:
        value[random.random(len(value)) < 0.02] = np.nan
    if wear == 2:
        step = int(time[1] - time[0])
        time = time + random.integers(0, max(step // 3, 1), len(time))
    return value, time
