"""How rare a statistic is by its own past: decimal places of its tail probability.

A histogram over its logarithm, which forgets. Within it the probability is counted; beyond its
upper fiftieth it falls as a power of the statistic, with an exponent from how the readings beyond
it lie (Hill 1975; peaks over threshold as in Siffer et al. 2017), held near a usual one while they
are few. So a series whose statistic is always wild is not surprising when it is wild again, and
scores of different series mean the same.
"""

from __future__ import annotations

import math

import numpy as np

from xiuhua.engine.jit import F64, jit

BINS = 320
PER_OCTAVE = 8.0
LOWEST = -20.0
"""log2 of the least statistic that is told from nothing."""
FORGET = 20_000.0
UPPER = 0.02
UPPER_LEAST = 8.0
"""Readings that the upper part holds at least."""
USUAL, USUAL_WEIGHT = 3.0, 5.0
"""Mean excess of a usual tail, in bins, and how many readings it counts for."""
STEEPEST = 1.0
COLD, WARM = 20.0, 200.0
"""Readings before which nothing surprises, and before which it surprises less."""
MOST = 12.0


@jit
def places(statistic: float, bins: F64, count: float) -> float:
    """Minus log10 of the probability of so high a statistic, 0 to MOST."""
    if not statistic >= 0.0 or count <= COLD:
        return 0.0
    at = _bin(statistic)
    held, edge, sum_of_bins = 0.0, BINS, 0.0
    while edge > 0 and held < max(UPPER * count, UPPER_LEAST):
        edge -= 1
        held += bins[edge]
        sum_of_bins += bins[edge] * edge
    excess = sum_of_bins / held - edge + 0.5
    excess = (excess * held + USUAL * USUAL_WEIGHT) / (held + USUAL_WEIGHT)
    if at <= edge:
        whole = int(max(at, 0.0))
        above = 0.5 * bins[whole] + np.sum(bins[whole + 1 :])
        found = -math.log10((above + 1.0) / (count + 2.0))
    else:
        found = (at - edge) / max(excess, STEEPEST) / math.log(10.0) - math.log10(held / count)
    return min(found, MOST) * min(1.0, count / WARM)


@jit
def learn_surprise(statistic: float, bins: F64, count: float) -> float:
    """Count it; gives how many readings count now."""
    if not statistic >= 0.0:
        return count
    bins[int(min(max(_bin(statistic), 0.0), BINS - 1.0))] += 1.0
    if count + 1.0 <= FORGET:
        return count + 1.0
    bins *= 0.5
    return (count + 1.0) * 0.5


@jit
def _bin(statistic: float) -> float:
    return (math.log2(statistic + 1e-12) - LOWEST) * PER_OCTAVE
