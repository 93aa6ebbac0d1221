"""What the next reading should be: a linear forecast from the last ones and from what is usual.

Recursive least squares (Ljung 1999, ch. 11) with forgetting; an error beyond MOST mean errors pulls
no further than that, so that an anomaly is not learnt at once.
"""

from __future__ import annotations

import numpy as np

from xiuhua.engine.jit import F64, jit

LAGS = 6
SEEN = 2 * 3 + LAGS + 1
"""What it looks at: the last readings; what is usual by day, week and cycle, now and for the
reading before; and one."""
KEEP = 0.9995
MOST = 5.0
YOUNG = 30
SPAN = 500.0
LARGEST = 1e6
COUNT, ERROR = 0, 1


class Forecast:
    """Weights, their covariance, and the mean error."""

    def __init__(self) -> None:
        self.weights = np.zeros(SEEN)
        self.weights[0] = 1.0
        self.spread = np.eye(SEEN) * 10.0
        self.state = np.zeros(2)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights, "spread": self.spread, "state": self.state}


@jit
def foretell(seen: F64, weights: F64) -> float:
    """The reading that is expected, in spreads."""
    expected = 0.0
    for a in range(len(seen)):
        expected += weights[a] * seen[a]
    return expected


@jit
def learn_forecast(seen: F64, error: float, weights: F64, spread: F64, state: F64) -> None:
    """Move the weights by the error of the forecast that they just made."""
    state[COUNT] += 1.0
    most = MOST * state[ERROR]
    pulled = error if state[COUNT] <= YOUNG else min(max(error, -most), most)
    gain = np.zeros(len(seen))
    for a in range(len(seen)):
        for b in range(len(seen)):
            gain[a] += spread[a, b] * seen[b]
    whole = KEEP
    for a in range(len(seen)):
        whole += seen[a] * gain[a]
    trace = 0.0
    for a in range(len(seen)):
        weights[a] += gain[a] / whole * pulled
        for b in range(len(seen)):
            spread[a, b] = (spread[a, b] - gain[a] * gain[b] / whole) / KEEP
        trace += spread[a, a]
    if not trace < LARGEST:  # nothing to learn from for long, as on a flat line: begin again
        spread[:] = np.eye(len(seen))
    state[ERROR] += (abs(pulled) - state[ERROR]) / min(state[COUNT], SPAN)
