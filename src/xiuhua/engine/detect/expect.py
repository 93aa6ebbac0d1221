"""Each reading against what was to be expected: the parts that look at one reading at a time.

For each reading, by what was known before it:
1. where it lies in the series' slow spreads (`scale`);
2. what is usual now by the hour of the day, of the week (`hours`), and by the last three cycles
   (`period`); the one of these, or none, that has erred least of late speaks for SEASON;
3. what the forecast says (`forecast`), for FORECAST;
4. how the level has moved (SHIFT) and how long it has stood still (FROZEN).
Then all of them learn it. A missing reading is filled by what is usual, moved to where the series
last was; nothing learns it and its statistics are NaN.
"""

from __future__ import annotations

import numpy as np

from xiuhua.engine.jit import F64, I64, jit
from xiuhua.engine.operators.robust import LARGEST

from . import hours, period, scale
from .forecast import LAGS, SEEN, foretell, learn_forecast
from .hours import learn_hour, usual_at
from .parts import Part
from .scale import FARTHEST, clip

NONE, DAY, WEEK, CYCLE = range(4)
EXPERTS = 4
FAVOUR = np.array([0.97, 1.0, 1.0, 1.1])
"""What an expert's error is taken for: the simplest has a little credit, the last a little less."""
ERR_MOST, ERR_SPAN = 6.0, 2000.0
CYCLES = 3
NEAR, LONG = 300.0, 5000.0
BEND = 3.0
"""Spreads from which on patterns see a value grow by its logarithm only: else one spike would be
the whole pattern for as long as the pattern holds it."""
AWAY_MOST, SHIFT_NEAR = 8.0, 32
ERROR_MOST = 20.0
SEASON, FORECAST, SHIFT, FROZEN = (
    int(part) for part in (Part.SEASON, Part.FORECAST, Part.SHIFT, Part.FROZEN)
)

ORIGIN, HAS_ORIGIN, LAST_X, RUN, ERR_NEAR, ERR_DEV, ERR_LONG = range(7)
SIZE = 7


@jit
def expect(
    time: I64, value: F64, rows: int, seen: int, start: int,
    tape: F64, bent: F64, away: F64, slow: F64,
    day: F64, day_past: F64, day_times: I64, week: F64, week_past: F64, week_times: I64,
    plan: I64, usual: F64, expert_error: F64, weights: F64, spread: F64, told: F64, memory: F64,
    out: F64,
) -> None:  # fmt: skip
    """Take `rows` readings into the tapes from `start` on, and their statistics into `out`."""
    look = np.zeros(SEEN)
    for i in range(rows):
        at, x = start + i, value[i]
        known = abs(x) < LARGEST
        if known and memory[HAS_ORIGIN] == 0.0:
            memory[HAS_ORIGIN], memory[ORIGIN], memory[LAST_X] = 1.0, x, np.nan
        y = x - memory[ORIGIN]
        wide, centre = scale.width(slow), slow[scale.CENTRE]
        for k in range(EXPERTS):
            usual[1, k] = usual[0, k]
        usual[0, DAY] = clip((usual_at(time[i], day, day_past) - centre) / wide, FARTHEST)
        usual[0, WEEK] = clip((usual_at(time[i], week, week_past) - centre) / wide, FARTHEST)
        usual[0, CYCLE] = _cycles(tape, at, seen + i, plan[period.PERIOD])
        best = _best(expert_error, plan[period.PERIOD])
        if not known:
            tape[at] = clip(tape[at - 1] + usual[0, best] - usual[1, best], FARTHEST)
            bent[at] = BEND * np.arcsinh(tape[at] / BEND)
            away[at] = away[at - 1]
            continue
        exact = (y - centre) / wide
        z = clip(exact, FARTHEST)
        off = exact - usual[0, best]
        _see(look, tape, at, usual)
        error = z - foretell(look, weights)
        tape[at], bent[at] = z, BEND * np.arcsinh(z / BEND)
        away[at] = clip(off, AWAY_MOST)
        _state(out, i, x, off, abs(error), away, at, seen + i, memory)
        scale.learn(slow, y)
        learn_hour(time[i], y, hours.UNIT[0], hours.FULL[0], day, day_past, day_times)
        learn_hour(time[i], y, hours.UNIT[1], hours.FULL[1], week, week_past, week_times)
        learn_forecast(look, error, weights, spread, told)
        count = min(slow[scale.COUNT], ERR_SPAN)
        for k in range(EXPERTS):
            missed = min(abs(exact - usual[0, k]), ERR_MOST)
            expert_error[k] += (missed - expert_error[k]) / count
        period.look(seen + i + 1, tape, at + 1, plan)


@jit
def _cycles(tape: F64, at: int, seen: int, cycle: int) -> float:
    """The mean of the readings one, two and three cycles ago; without a cycle, the last."""
    whole, count = 0.0, 0
    for k in range(1, CYCLES + 1):
        if cycle > 0 and seen >= k * cycle:
            whole += tape[at - k * cycle]
            count += 1
    return whole / count if count else tape[at - 1]


@jit
def _best(expert_error: F64, cycle: int) -> int:
    """The expert that has erred least."""
    best = 0
    for k in range(1, EXPERTS):
        if k == CYCLE and cycle == 0:
            continue
        if FAVOUR[k] * expert_error[k] < FAVOUR[best] * expert_error[best]:
            best = k
    return best


@jit
def _see(look: F64, tape: F64, at: int, usual: F64) -> None:
    """What the forecast looks at."""
    for k in range(LAGS):
        look[k] = tape[at - 1 - k]
    for k in range(1, EXPERTS):
        look[LAGS + k - 1] = usual[0, k]
        look[LAGS + k + 2] = usual[1, k]
    look[SEEN - 1] = 1.0


@jit
def _state(
    out: F64, i: int, x: float, off: float, error: float, away: F64, at: int, seen: int, memory: F64
) -> None:  # fmt: skip
    """The statistics of a reading, and what they remember."""
    out[SEASON, i] = abs(off)
    out[FORECAST, i] = error / (memory[ERR_NEAR] + memory[ERR_LONG] + 1e-6)
    _learn_errors(error, seen, memory)
    memory[RUN] = memory[RUN] + 1.0 if x == memory[LAST_X] else 0.0
    memory[LAST_X] = x
    out[FROZEN, i] = memory[RUN] + 1.0
    if seen >= 2 * SHIFT_NEAR:
        now, before = 0.0, 0.0
        for k in range(SHIFT_NEAR):
            now += away[at - k]
            before += away[at - SHIFT_NEAR - k]
        out[SHIFT, i] = abs(now - before) / SHIFT_NEAR


@jit
def _learn_errors(error: float, seen: int, memory: F64) -> None:
    """The usual error of late, robust, and of long."""
    rate = 1.0 / min(seen + 1.0, NEAR)
    off = error - memory[ERR_NEAR]
    if seen > scale.YOUNG:
        off = clip(off, 3.75 * max(memory[ERR_DEV], 1e-12))
    memory[ERR_NEAR] += rate * off
    memory[ERR_DEV] += rate * (abs(off) - memory[ERR_DEV])
    rate = 1.0 / min(seen + 1.0, LONG)
    memory[ERR_LONG] += rate * (min(error, ERROR_MOST) - memory[ERR_LONG])
