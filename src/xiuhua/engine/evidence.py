"""What a decision was made from: the reading, or what was known before, and further numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .columns import Rows
from .jit import F64, I32

_WORDLESS = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a level was shown in one stretch. `rows` stand at their seats, None where none came.
    The operator's own numbers: `said` (words, n) with each row, `earlier` (words, n) what had been
    said at its seat before the stretch, `held` (words, seats) what is said there now."""

    rows: Rows | None
    said: F64 | None
    earlier: F64 | None
    held: F64

    def newest(self, seat: int) -> int:
        """The last row of a seat, or -1."""
        return -1 if self.rows is None else _last(self.rows.slot, seat)

    def words(self, row: int, seat: int) -> F64:
        """(words,) the numbers with a row, or with the last one before the stretch where it is
        -1."""
        if not len(self.held):
            return _WORDLESS
        if row >= 0:
            assert self.said is not None, "an operator with words says them"
            return self.said[:, row]
        if self.earlier is not None and self.rows is not None:
            first = np.flatnonzero(self.rows.slot == seat)[:1]
            if len(first):
                return self.earlier[:, first[0]]
        return self.held[:, seat].copy()


def _last(slots: I32, seat: int) -> int:
    found = np.flatnonzero(slots == seat)
    return int(found[-1]) if len(found) else -1
