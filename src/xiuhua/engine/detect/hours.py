"""What is usual at this hour of the day or of the week: the cells of the operator `baseline`.

Its kernels, paced by event time: so a series that speaks every second and one that speaks every
hour learn alike. Nothing here waits or decides; that is what the operator adds to them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xiuhua.engine.jit import I64, jit
from xiuhua.engine.operators.baseline import (
    _learn,
    _near,
    _pass,
    _place,
    _usual,
)
from xiuhua.engine.operators.robust import DAY, wide

Cells = NDArray[Any]
"""float64, where the operator has float32: a series may be small beside its level."""
HOUR = 3_600_000
FORGET = 56 * DAY
"""Half-life of a cell, ms."""
DAILY, WEEKLY = 0, 1
CELLS = (24, 168)
FULL = (1023, 255)
"""What a cell's weight can count, in units of event time."""
UNIT = tuple(round(FORGET / (CELLS[k] * FULL[k] * math.log(2))) for k in (DAILY, WEEKLY))
"""Event time that a cell learns one reading for, ms."""
NEED = 50
FIRST, LEARNT = 0, 1


class Hours:
    """Cells of one season: for each a centre, a spread and a weight; the past day's centre and
    spread; when it first heard and up to when it has learnt, ms."""

    def __init__(self, season: int) -> None:
        self.season = season
        self.cells = np.zeros((3, CELLS[season]))
        self.past = np.zeros(2)
        self.times = np.zeros(2, np.int64)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"cells": self.cells, "past": self.past, "times": self.times}


@jit
def usual_at(time: int, cells: Cells, past: Cells) -> float:
    """What is usual then, in the series' unit; of an hour that nothing is known of, the day's."""
    near, far, share = _place(time, cells.shape[1], HOUR)
    middle, _, seen = _usual(cells[0], cells[1], cells[2], near, far, share)
    return middle if seen > 0 else past[0]


@jit
def learn_hour(
    time: int, y: float, unit: int, full: int, cells: Cells, past: Cells, times: I64
) -> None:
    """Take a reading into its cell, once for each unit of event time that has passed."""
    if times[FIRST] == 0:
        times[FIRST], times[LEARNT] = time, time - unit
    units = (time - times[LEARNT]) // unit
    if units <= 0:
        return
    most = max(1, HOUR // unit)
    times[LEARNT] = time if units > most else times[LEARNT] + units * unit
    units = min(units, most)
    near, far, share = _place(time, cells.shape[1], HOUR)
    middle, spread, _ = _usual(cells[0], cells[1], cells[2], near, far, share)
    _pass(past, y, units, (time - times[FIRST]) // unit, DAY // unit, 0.0)
    if cells[2, near] == 0:
        cells[0, near], cells[1, near] = past[0] + _near(past, y), past[1]
        cells[2, near] = min(units, full)
    else:
        _learn(cells[0], cells[1], cells[2], near, y - middle, spread, wide(spread, 0.0, middle),
               units, full, NEED)  # fmt: skip
