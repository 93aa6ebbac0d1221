"""Conditions as small programs for two stacks, one of numbers and one of truths, run by one kernel.

A rule costs no compilation, and the conditions of many rules can be run in one call. Each step is
done for a block of readings at a time, so that going through the program costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .jit import F64, I32, I64, Bools, lean, within

LESS, EQUAL, GREATER = 1, 2, 4
"""Comparisons, any sum of them too: less or equal is 3."""
FIELD, PARAM, CONSTANT = 8, 9, 10
NEGATE, ADD, SUBTRACT, MULTIPLY, DIVIDE = 11, 12, 13, 14, 15
MISSING, NOT, AND, OR = 16, 17, 18, 19

Step = tuple[int, float | str]
"""What to do, and with what: a field's column, a parameter's name, a constant, else 0."""

_BLOCK = 256
_MOST = np.finfo(np.float64).max


@dataclass(frozen=True, slots=True, eq=False)
class Programs:
    """Some conditions over the same fields. `code` is (steps, 2); program c ends before step
    ends[c]; `params` name the rows that each wants, those of the first program first."""

    code: I64
    ends: I64
    constants: F64
    params: tuple[str, ...]
    numbers: int
    truths: int

    @staticmethod
    def of(programs: Iterable[list[Step]]) -> Programs:
        """These programs, to be run together."""
        code: list[tuple[int, int]] = []
        ends: list[int] = []
        constants: list[float] = []
        params: list[str] = []
        for steps in programs:
            own: dict[str, int] = {}
            for what, of in steps:
                if what == CONSTANT:
                    code.append((what, len(constants)))
                    constants.append(float(of))
                elif what == PARAM:
                    at = own.setdefault(str(of), len(params) + len(own))
                    code.append((what, at))
                else:
                    code.append((what, int(of)))
            params += own
            ends.append(len(code))
        numbers, truths = _heights(code, ends)
        return Programs(
            np.array(code, np.int64).reshape(-1, 2), np.array(ends, np.int64),
            np.array(constants, np.float64), tuple(params), numbers, truths,
        )  # fmt: skip

    def run(self, values: F64, params: F64, slot: I32) -> Bools:
        """(2, programs, n): where each is surely true, and where surely false, for the columns of
        `values` (fields, n); `params` is (len(self.params), slots), and `slot` says whose stand
        beside each column."""
        count = values.shape[1]
        block = min(count, _BLOCK)
        found = np.empty((2, len(self.ends), count), np.bool_)
        _run(
            self.code, self.ends, self.constants, values, params, slot,
            np.empty((self.numbers, block)), np.empty((2, self.truths, block), np.bool_), found,
        )  # fmt: skip
        return found


_GROWTH = dict.fromkeys(range(FIELD), (-2, 1)) | {
    FIELD: (1, 0), PARAM: (1, 0), CONSTANT: (1, 0), NEGATE: (0, 0), MISSING: (-1, 1),
    ADD: (-1, 0), SUBTRACT: (-1, 0), MULTIPLY: (-1, 0), DIVIDE: (-1, 0),
    NOT: (0, 0), AND: (0, -1), OR: (0, -1),
}  # fmt: skip
"""By how much each step makes the stack of numbers and that of truths higher."""


def _heights(code: list[tuple[int, int]], ends: list[int]) -> tuple[int, int]:
    """How high the two stacks grow."""
    highest = [0, 0]
    height = [0, 0]
    for at, (what, _) in enumerate(code):
        if at in ends:
            height = [0, 0]
        height = [was + more for was, more in zip(height, _GROWTH[what], strict=True)]
        highest = [max(pair) for pair in zip(height, highest, strict=True)]
    return highest[0], highest[1]


@lean
def _run(
    code: I64, ends: I64, constants: F64, values: F64, params: F64, slot: I32, numbers: F64,
    truths: Bools, found: Bools,
) -> None:  # fmt: skip
    """Block by block, program by program. (The blocks are views: an index that is a sum would be
    asked each time whether it counts from the end, and no loop be done eight at a time.)"""
    count, block = values.shape[1], numbers.shape[1]
    yes, no = truths[0], truths[1]
    for begin in range(0, count, max(1, block)):
        end = min(begin + block, count)
        at = 0
        for program in range(len(ends)):
            n = t = -1  # the tops of the two stacks
            while at < ends[program]:
                what, of = code[at, 0], code[at, 1]
                at += 1
                if what < FIELD:
                    n, t = n - 2, t + 1
                    _compare(what, numbers[n + 1], numbers[n + 2], yes[t], no[t], end - begin)
                elif what == MISSING:
                    n, t = n - 1, t + 1
                    _missing(numbers[n + 1], yes[t], no[t], end - begin)
                elif what == FIELD:
                    n += 1
                    _load(values[of, begin:end], numbers[n])
                elif what == PARAM:
                    n += 1
                    _load_at(params[of], slot[begin:end], numbers[n])
                elif what == CONSTANT:
                    n += 1
                    numbers[n, :] = constants[of]
                elif what <= DIVIDE:
                    n -= what != NEGATE
                    _calculate(what, numbers[n], numbers[n + 1], end - begin)
                else:
                    t -= what != NOT
                    _combine(what, yes[t], no[t], yes[t + 1], no[t + 1], end - begin)
            _keep(yes[0], found[0, program, begin:end])
            _keep(no[0], found[1, program, begin:end])


@within
def _load(column: F64, to: F64) -> None:
    for i in range(len(column)):
        to[i] = column[i]


@within
def _load_at(of_slot: F64, slot: I32, to: F64) -> None:
    for i in range(len(slot)):
        to[i] = of_slot[slot[i]]


@within
def _keep(truth: Bools, found: Bools) -> None:
    for i in range(len(found)):
        found[i] = truth[i]


@within
def _compare(what: int, a: F64, b: F64, yes: Bools, no: Bools, size: int) -> None:
    """Neither true nor false where one of the two is missing or beyond the floats."""
    less, equal, greater = (what & LESS) != 0, (what & EQUAL) != 0, (what & GREATER) != 0
    for i in range(size):
        known = (abs(a[i]) <= _MOST) & (abs(b[i]) <= _MOST)
        holds = (a[i] < b[i]) & less | (a[i] == b[i]) & equal | (a[i] > b[i]) & greater
        yes[i], no[i] = known & holds, known & (not holds)


@within
def _missing(a: F64, yes: Bools, no: Bools, size: int) -> None:
    for i in range(size):
        yes[i] = np.isnan(a[i])
        no[i] = not yes[i]


@within
def _calculate(what: int, a: F64, b: F64, size: int) -> None:
    """As IEEE 754 has it: what is divided by zero is infinite or missing, and compares with
    nothing."""
    if what == NEGATE:
        for i in range(size):
            a[i] = -a[i]
    elif what == ADD:
        for i in range(size):
            a[i] += b[i]
    elif what == SUBTRACT:
        for i in range(size):
            a[i] -= b[i]
    elif what == MULTIPLY:
        for i in range(size):
            a[i] *= b[i]
    else:
        for i in range(size):
            a[i] = np.divide(a[i], b[i])


@within
def _combine(what: int, yes: Bools, no: Bools, also: Bools, not_also: Bools, size: int) -> None:
    if what == AND:
        for i in range(size):
            yes[i] &= also[i]
            no[i] |= not_also[i]
    elif what == OR:
        for i in range(size):
            yes[i] |= also[i]
            no[i] &= not_also[i]
    else:
        for i in range(size):
            yes[i], no[i] = no[i], yes[i]
