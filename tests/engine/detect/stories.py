"""Series with one story each, drawn from a seed."""

from __future__ import annotations

import numpy as np

from xiuhua.engine.detect import Detector
from xiuhua.engine.jit import F64, I64

MONDAY = 1_788_710_400_000
HOUR = 3_600_000


def every(step: int, rows: int) -> I64:
    return np.arange(MONDAY, MONDAY + rows * step, step, dtype=np.int64)


def noise(rows: int, seed: int = 1) -> F64:
    return np.random.default_rng(seed).normal(0.0, 1.0, rows)


def days(count: int, seed: int = 1) -> tuple[I64, F64]:
    """A half-hourly series with a daily rhythm ten times its noise."""
    rows = 48 * count
    return every(HOUR // 2, rows), 10 * np.sin(2 * np.pi * np.arange(rows) / 48) + noise(rows, seed)


def beats(count: int, seed: int = 1) -> tuple[I64, F64]:
    """A shape of about 60 readings that the clock knows nothing of."""
    random = np.random.default_rng(seed)
    place = np.linspace(0, 1, 60)
    shape = 5 * np.exp(-(((place - 0.3) / 0.05) ** 2)) - 2 * np.exp(-(((place - 0.6) / 0.1) ** 2))
    value = np.concatenate([np.interp(np.linspace(0, 1, n), place, shape)
                            for n in random.integers(57, 64, count)])  # fmt: skip
    return every(1000, len(value)), value + 0.05 * random.normal(size=len(value))


def scores(time: I64, value: F64) -> F64:
    return Detector().score(time, value)
