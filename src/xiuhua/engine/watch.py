"""The conditions of many levels, tried on the same readings in one call.

In a batch of a hundred readings most rules have nothing to do: whether any reading begins anything
is known for all of them at once, and only those that are moved are asked further.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from .columns import Rows
from .conditions import Condition
from .jit import F64, Bools
from .programs import Programs, Step


@dataclass(frozen=True, slots=True)
class Looked:
    """`found` is (2, conditions, n): where each surely holds, and where it surely does not;
    `holds` says of each whether it surely holds anywhere."""

    found: Bools
    holds: list[bool]

    def of(self, first: int, count: int) -> Bools:
        """(2, count, n) of some of them."""
        return self.found[:, first : first + count]


Tries: TypeAlias = tuple[Sequence[Condition], Mapping[str, F64]]
"""Conditions of one level, and the parameters that they name."""

NOTHING = Looked(np.empty((2, 0, 0), np.bool_), [])
"""Where there was nothing to try."""


class Watch:
    """The conditions of these levels, one after the other, with their parameters by the slots (or
    seats) of the readings."""

    def __init__(self, levels: Iterable[Tries]) -> None:
        conditions: list[list[Step]] = []
        params: list[F64] = []
        self.first: list[int] = []
        for tried, own in levels:
            self.first.append(len(conditions))
            for condition in tried:
                conditions.append(condition.steps)
                params += [own[name] for name in condition.program.params]
        self._programs = Programs.of(conditions)
        self._params = np.stack(params) if params else np.empty((0, 0))
        self._any = bool(conditions)

    def look(self, rows: Rows) -> Looked:
        """Try them on readings at their seats."""
        if not self._any:
            return NOTHING
        found = self._programs.run(np.ascontiguousarray(rows.values), self._params, rows.slot)
        return Looked(found, found[0].any(axis=1).tolist())
