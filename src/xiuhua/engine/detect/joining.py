"""One score from the surprises of all parts.

1. Surprises are joined as the root of the sum of their squares: one part that is very surprised
   counts for more than several that are a little so.
2. What the last readings said stays a while (a slow mean), so that a stretch is one.
3. The first reading of an alarm stands a little above those that follow it: who looks for the
   beginning of matters finds it on top, and a threshold high up is passed once a matter.
4. The score is s^2 / (s^2 + MIDDLE^2), 0 to 1: one half is worth somebody's look.
"""

from __future__ import annotations

import math

from xiuhua.engine.jit import F64, jit

STAYS, STAYS_SHARE = 30.0, 0.8
FADES, FOLLOWING = 0.998, 0.8
MIDDLE = 5.0
COUNT, SLOW, PEAK = range(3)
SIZE = 3


@jit
def join(surprises: F64, memory: F64) -> float:
    """The score of a reading."""
    squares = 0.0
    for surprise in surprises:
        squares += surprise * surprise
    now = math.sqrt(squares)
    memory[COUNT] += 1.0
    memory[SLOW] += (now - memory[SLOW]) / min(memory[COUNT], STAYS)
    held = math.sqrt(squares + (STAYS_SHARE * memory[SLOW]) ** 2)
    memory[PEAK] *= FADES
    first = held > memory[PEAK]
    memory[PEAK] = max(memory[PEAK], held)
    if not first:
        held *= FOLLOWING
    return held * held / (held * held + MIDDLE * MIDDLE)
