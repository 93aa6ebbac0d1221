"""A slow centre and spread of the series: what everything else is measured by.

Robust as the house's operators are (`operators.robust`), over the last SPAN readings. Where the
series has stood still for so long that its spread is next to nothing, a share of the plain mean
deviation takes its place: else everything after a standstill would be equally far out.
"""

from __future__ import annotations

from xiuhua.engine.jit import F64, jit
from xiuhua.engine.operators.robust import FAR, SIGMA

SPAN = 5000.0
YOUNG = 10
"""Readings that pull all the way: no spread is known yet."""
PLAIN = 0.1
LEAST = 1e-12
FARTHEST = 50.0
"""Spreads beyond which two values are equally far, in patterns and forecasts."""

COUNT, CENTRE, SPREAD, MEAN_OFF = range(4)
SIZE = 4


@jit
def width(state: F64) -> float:
    """The spread to measure by, in the series' unit; never nothing."""
    return float(SIGMA * max(state[SPREAD], PLAIN * state[MEAN_OFF], LEAST))


@jit
def clip(value: float, most: float) -> float:
    """The value, no further than `most` from nothing."""
    return min(max(value, -most), most)


@jit
def learn(state: F64, y: float) -> None:
    """Take in a reading `y`, in the series' unit from its origin."""
    state[COUNT] += 1.0
    if state[COUNT] == 1.0:
        state[CENTRE] = y
        return
    rate = 1.0 / min(state[COUNT], SPAN)
    off = y - state[CENTRE]
    state[MEAN_OFF] += rate * (abs(off) - state[MEAN_OFF])
    if state[COUNT] > YOUNG:
        off = clip(off, FAR * width(state))
    state[CENTRE] += rate * off
    state[SPREAD] += rate * (abs(off) - state[SPREAD])
