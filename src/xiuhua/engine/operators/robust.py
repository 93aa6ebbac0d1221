"""A centre and a spread learnt one reading at a time, so that a wild one hardly moves them.

Exponentially weighted mean and mean absolute deviation, where a reading pulls no further than FAR
spreads (Huber). Chosen over a stochastic median and MAD, which stand more (a half instead of a
quarter of the readings may be anything) but settle several times more slowly and have no spread at
all where more than half of the readings are the same, as counts at night are. Breakdown: with a
share p of readings far out the spread settles at (1 - p) / (1 - FAR x SIGMA x p) of its true value,
so a tenth makes it 1.4 times too large, and 27 % would let it grow without end. In its first days,
while the spread itself is not known yet, it stands a few in a hundred.
"""

from __future__ import annotations

import math
from typing import Any

from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import jit

FAR = 3.0
SIGMA = math.sqrt(math.pi / 2)
"""Mean absolute deviations in a standard deviation, for normal noise."""
TINY = 1e-6
"""No spread is taken for less than this share of the centre: what float32 can tell apart."""
LARGEST = 1e30
"""What is larger is no measurement, and would not fit float32."""
DAY = 86_400_000


@jit
def wide(spread: float, least: float, centre: float) -> float:
    """The spread to measure by: never nothing."""
    return max(spread, least, TINY * abs(centre), 1e-12)


@jit
def pull(off: float, spread: float, width: float, young: bool) -> float:
    """How far a reading `off` the centre pulls: all the way only where no spread is known yet."""
    if young and spread == 0.0:
        return off
    return min(max(off, -FAR * width), FAR * width)


def positive(settings: dict[str, Any], key: str, default: float | None = None) -> float:
    """The number above 0 under a key; raises RuleError."""
    value = settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LARGEST:
        raise RuleError(
            f"{key} 要是大于 0 的数，现在是 {value!r}。",
            f"{key} must be a number above 0; it is {value!r}.",
        )
    return float(value)


def read_side(settings: dict[str, Any]) -> str:
    """`above`, `below` or `both`; raises RuleError."""
    side = settings.get("side", "both")
    if side not in ("above", "below", "both"):
        raise RuleError(
            f'side 只能是 "above"、"below" 或 "both"，现在是 {side!r}。',
            f'side must be "above", "below" or "both"; it is {side!r}.',
        )
    return str(side)
