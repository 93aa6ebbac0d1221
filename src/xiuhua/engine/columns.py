"""Readings of one kind, as columns. Everything the operators see is one of these."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .eights import mixed
from .jit import F64, I32, I64, U64, lean, within

_SEED = np.uint64(0x9E3779B97F4A7C15)
_SIGN, _INFINITY = np.uint64(1 << 63), np.uint64(0x7FF0000000000000)
_NAN = np.uint64(0x7FF8000000000000)


@dataclass(frozen=True, slots=True)
class Rows:
    """n readings of one kind.

    `slot` is the device's number within its kind; `time` event time, never after `arrival`, ms;
    `now` the log time at which the reading counts; `position` of the record that brought it, and
    later of the record that released it; `line` its number within the pack, from 0; `digest` of
    its time and values, see `digests`. `values` is (fields, n): numbers as they are, booleans 0/1,
    choices by their number, tokens by their hash, missing as NaN. Each column is contiguous, and
    nobody writes into it.
    """

    slot: I32
    time: I64
    arrival: I64
    now: I64
    position: I64
    line: I32
    digest: I64
    values: F64

    def __len__(self) -> int:
        return len(self.slot)

    def take(self, which: np.ndarray) -> Rows:
        """The rows that an index or mask picks, in its order."""
        if which.dtype == np.bool_:
            which = np.flatnonzero(which)
        room = _room(len(self.values), len(which))
        _pick(which, *self._columns(), *room)
        return Rows.of(*room)

    def part(self, which: slice) -> Rows:
        """The rows of a slice, as views."""
        return Rows(
            self.slot[which], self.time[which], self.arrival[which], self.now[which],
            self.position[which], self.line[which], self.digest[which], self.values[:, which],
        )  # fmt: skip

    def released(self, position: I64) -> Rows:
        """The same rows, with the positions of the records that released them."""
        return Rows(
            self.slot, self.time, self.arrival, self.now, position, self.line, self.digest,
            self.values,
        )  # fmt: skip

    @staticmethod
    @cache
    def empty(width: int) -> Rows:
        """No rows of a kind with `width` fields."""
        return Rows.of(*_room(width, 0))

    @staticmethod
    def joined(first: Rows, second: Rows) -> Rows:
        """Both, one after the other."""
        if not len(first):
            return second
        if not len(second):
            return first
        room = _room(len(first.values), len(first) + len(second))
        _join(*first._columns(), *second._columns(), *room)
        return Rows.of(*room)

    @staticmethod
    def of(whole: I64, short: I32, values: F64) -> Rows:
        """Rows as views of (5, n) time, arrival, now, position, digest; (2, n) slot, line; and
        values."""
        time, arrival, now, position, digest = whole
        slot, line = short
        return Rows(slot, time, arrival, now, position, line, digest, values)

    def _columns(self) -> tuple[tuple[I64, ...], tuple[I32, ...], F64]:
        whole = (self.time, self.arrival, self.now, self.position, self.digest)
        return whole, (self.slot, self.line), np.ascontiguousarray(self.values)


def _room(width: int, count: int) -> tuple[I64, I32, F64]:
    return (
        np.empty((5, count), np.int64), np.empty((2, count), np.int32), np.empty((width, count))
    )  # fmt: skip


@lean
def _pick(
    which: I64, wholes: tuple[I64, ...], shorts: tuple[I32, ...], values: F64,
    whole: I64, short: I32, picked: F64,
) -> None:  # fmt: skip
    for i in range(len(which)):
        for n in range(5):
            whole[n, i] = wholes[n][which[i]]
        for n in range(2):
            short[n, i] = shorts[n][which[i]]
    for n in range(len(values)):
        for i in range(len(which)):
            picked[n, i] = values[n, which[i]]


@lean
def _join(
    wholes: tuple[I64, ...], shorts: tuple[I32, ...], values: F64,
    more_wholes: tuple[I64, ...], more_shorts: tuple[I32, ...], more_values: F64,
    whole: I64, short: I32, joined: F64,
) -> None:  # fmt: skip
    size, more = values.shape[1], more_values.shape[1]
    for n in range(5):
        for i in range(size):
            whole[n, i] = wholes[n][i]
        for i in range(more):
            whole[n, size + i] = more_wholes[n][i]
    for n in range(2):
        for i in range(size):
            short[n, i] = shorts[n][i]
        for i in range(more):
            short[n, size + i] = more_shorts[n][i]
    for n in range(len(values)):
        for i in range(size):
            joined[n, i] = values[n, i]
        for i in range(more):
            joined[n, size + i] = more_values[n, i]


def digests(time: I64, values: F64) -> I64:
    """By what a copy is known: 64 bits of each reading's time, as the device said it, and of its
    values (fields, n), whatever line or table they came in. Never 0."""
    found = np.empty(len(time), np.int64)
    _digests(time, np.ascontiguousarray(values).view(np.uint64), found)
    return found


@lean
def _digests(time: I64, bits: U64, found: I64) -> None:
    for i in range(len(time)):
        h = begun(time[i])
        for column in range(len(bits)):
            h = taken_in(h, bits[column, i])
        found[i] = ended(h)


@within
def begun(time: int) -> np.uint64:
    """A digest that has heard the time."""
    return mixed(_SEED, np.uint64(time))


@within
def taken_in(h: np.uint64, bits: np.uint64) -> np.uint64:
    """A digest that has heard the bits of one value more; all NaN are one."""
    if (bits & ~_SIGN) > _INFINITY:
        bits = _NAN
    return mixed(h, bits)


@within
def ended(h: np.uint64) -> int:
    """The digest."""
    return np.int64(h if h != 0 else _SEED)  # type: ignore[return-value]  # compiled, an int
