"""How many readings a cycle has, where the clock does not say: from the series' own past.

The first strong peak of the autocorrelation of the last readings (at most HISTORY), after their
trend is taken away: the smallest lag that is nearly as good as the best. Long stretches are first
taken in means, at most POINTS of them, and the peak is then found to the reading.
"""

from __future__ import annotations

import numpy as np

from xiuhua.engine.jit import F64, I64, jit

HISTORY = 8192
POINTS = 2048
FIRST_LOOK = 128
WEAK = 0.3
"""Peaks lower than this are no cycle."""
NEARLY = 0.9
PERIOD, NEXT = 0, 1


@jit
def look(seen: int, tape: F64, end: int, plan: I64) -> None:
    """Look again for a cycle when it is time: after 128 readings, then whenever there are a third
    more, then every 4096. `tape[:end]` holds the readings up to now."""
    if plan[NEXT] == 0:
        plan[NEXT] = FIRST_LOOK
    if seen < plan[NEXT]:
        return
    plan[PERIOD] = period_of(tape[max(end - min(seen, HISTORY), 0) : end])
    plan[NEXT] += min(max(plan[NEXT] * 3 // 10, 1), HISTORY // 2)


@jit
def period_of(recent: F64) -> int:
    """Readings in a cycle; 0 if there is none."""
    each = (len(recent) + POINTS - 1) // POINTS
    means = _even(_means(recent, each))
    power = np.sum(means * means)
    if power < 1e-9 * len(means):
        return 0
    peak = _first_peak(means, power)
    if peak == 0 or each == 1:
        return peak
    flat = recent - np.mean(recent)
    best, lag = -np.inf, peak * each
    for k in range(max(2, (peak - 1) * each), (peak + 1) * each + 1):
        alike = np.sum(flat[: len(flat) - k] * flat[k:]) / (len(flat) - k)
        if alike > best:
            best, lag = alike, k
    return lag


@jit
def _means(recent: F64, each: int) -> F64:
    """Means of `each` readings, the oldest that do not fill one left out."""
    points = len(recent) // each
    means = np.empty(points)
    for i in range(points):
        at = len(recent) - (points - i) * each
        means[i] = np.mean(recent[at : at + each])
    return means


@jit
def _even(means: F64) -> F64:
    """Without its straight trend, and with what is far out brought in."""
    points = len(means)
    place = np.arange(points) - (points - 1) / 2
    flat = means - np.mean(means)
    flat = flat - np.sum(place * flat) / np.sum(place * place) * place
    most = 3.75 * np.mean(np.abs(flat)) + 1e-12
    clipped: F64 = np.clip(flat, -most, most)
    return clipped


@jit
def _first_peak(means: F64, power: float) -> int:
    """The smallest lag with a peak of the autocorrelation that is nearly the highest."""
    points = len(means)
    most = points // 3
    alike = np.zeros(most + 1)
    for k in range(1, most + 1):
        alike[k] = np.sum(means[: points - k] * means[k:]) / power * points / (points - k)
    after = 1
    while after < most and alike[after] > 0.1:
        after += 1
    best = np.max(alike[after:])
    if best < WEAK:
        return 0
    for k in range(max(after, 2), most - 1):
        if alike[k] >= NEARLY * best and alike[k] >= alike[k - 1] and alike[k] >= alike[k + 1]:
            return k
    return 0
