"""A labelled series, and which part of the collection it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Stretch = tuple[int, int]
"""First row of an anomaly, and the row after its last."""

START = 1_700_000_000_000
"""The moment at which series begin that were recorded without a clock, ms."""


@dataclass(frozen=True)
class Series:
    """n rows: `time` (n,) UTC ms, `value` (n,) in the series' own unit, NaN where missing;
    `stretches` of anomaly; `held` out of tuning or not."""

    name: str
    family: str
    held: bool
    time: I64
    value: F64
    stretches: list[Stretch] = field(default_factory=list)

    def labels(self) -> Bools:
        """(n,) whether each row lies in an anomaly."""
        found = np.zeros(len(self.value), np.bool_)
        for start, end in self.stretches:
            found[start:end] = True
        return found


def stretches_of(labels: NDArray[np.generic]) -> list[Stretch]:
    """The runs of true rows."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(labels) != 0, [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def every(rows: int, step: int, start: int = START) -> I64:
    """`rows` moments, `step` ms apart."""
    return start + step * np.arange(rows, dtype=np.int64)
