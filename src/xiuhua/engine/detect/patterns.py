"""How new the pattern of the last readings is: its distance to the nearest one of the past.

The left matrix profile (Yeh et al. 2016; Lu et al. 2022) in bounded memory: a pattern is cut into
a few means (piecewise aggregates, Keogh et al. 2001), as many patterns as the library holds are
kept, and once it is full a new one takes the place of any. A pattern is only kept when the next one
no longer overlaps it, else it would be its own neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xiuhua.engine.jit import F64, I64, jit

F32 = NDArray[np.float32]

HELD = 1024
FEW = 8
"""Fewer patterns than this are no past to compare with."""
STEP, COUNT, CHANCE = 0, 1, 2


@dataclass(frozen=True)
class Look:
    """`means` in a pattern; `step` readings in each (of a cycle's pattern: until one is known);
    whether its own level is taken `off`; whether it spans a `cycle` where there is one."""

    means: int
    step: int
    off: bool = False
    cycle: bool = False


class Patterns:
    """A library (means, HELD) and its plan: readings in a mean, patterns held, chance's state;
    `last`: the distance as of the last whole step."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.library = np.zeros((look.means, HELD), np.float32)
        self.plan = np.array([look.step, 0, 88172645463325252], np.int64)
        self.last = np.full(1, np.nan)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"library": self.library, "plan": self.plan, "last": self.last}


@jit
def follow(
    tape: F64, start: int, end: int, seen: int, off: bool, library: F32, plan: I64, last: F64,
    out: F64,
) -> None:  # fmt: skip
    """The distance for each reading of tape[start:end], before which `seen` were seen."""
    step = plan[STEP]
    rows = len(library) * step
    pattern = np.zeros(len(library), np.float32)
    near = np.zeros(library.shape[1], np.float32)
    for i in range(start, end):
        row = seen + i - start + 1
        if row >= rows and row % step == 0:
            _cut(tape, i + 1, step, off, pattern)
            if plan[COUNT] >= FEW:
                last[0] = _nearest(pattern, library, plan[COUNT], near)
            if row >= 2 * rows:
                _cut(tape, i + 1 - rows, step, off, pattern)
                _keep(pattern, library, plan)
        out[i - start] = last[0]


@jit
def refit(
    tape: F64, end: int, seen: int, history: int, period: int, library: F32, plan: I64, last: F64
) -> None:  # fmt: skip
    """Span the pattern over a cycle of `period`, if that is much longer or shorter than it spans
    now, and fill the library anew from the last `history` readings."""
    step = max(1, (period + len(library) // 2) // len(library))
    if 0.85 * plan[STEP] <= step <= 1.15 * plan[STEP]:
        return
    plan[STEP], plan[COUNT], last[0] = step, 0, np.nan
    rows = len(library) * step
    pattern = np.zeros(len(library), np.float32)
    known = min(seen, history)
    for back in range(known - rows, rows - 1, -1):
        if (seen - back) % step == 0:
            _cut(tape, end - back, step, False, pattern)
            _keep(pattern, library, plan)


@jit
def _cut(tape: F64, end: int, step: int, off: bool, pattern: F32) -> None:
    """The pattern that ends before `end`."""
    means = len(pattern)
    level = 0.0
    for k in range(means):
        whole = 0.0
        for i in range(end - (means - k) * step, end - (means - k - 1) * step):
            whole += tape[i]
        pattern[k] = whole / step
        level += pattern[k]
    if off:
        for k in range(means):
            pattern[k] -= level / means


@jit
def _nearest(pattern: F32, library: F32, count: int, near: F32) -> float:
    """Root mean square distance to the nearest pattern held."""
    near[:count] = 0
    for k in range(len(pattern)):
        one, all_ = pattern[k], library[k]
        for m in range(count):
            away = all_[m] - one
            near[m] += away * away
    least = near[0]
    for m in range(count):
        least = min(least, near[m])
    return float(np.sqrt(least / len(pattern)))


@jit
def _keep(pattern: F32, library: F32, plan: I64) -> None:
    """Into a free place, else into any (xorshift, Marsaglia 2003)."""
    if plan[COUNT] < library.shape[1]:
        place = plan[COUNT]
        plan[COUNT] += 1
    else:
        chance = plan[CHANCE]
        chance ^= chance << 13
        chance ^= (chance >> 7) & 0x01FFFFFFFFFFFFFF
        chance ^= chance << 17
        plan[CHANCE] = chance
        place = (chance & 0x7FFFFFFFFFFFFFFF) % library.shape[1]
    for k in range(len(pattern)):
        library[k, place] = pattern[k]
