"""Readings of one kind, as columns. Everything the operators see is one of these."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from .jit import F64, I32, I64


@dataclass(frozen=True, slots=True)
class Rows:
    """n readings of one kind.

    `slot` is the device's number within its kind; `time` event time, never after `arrival`, ms;
    `now` the log time at which the reading counts; `position` of the record that brought it, and
    later of the record that released it; `line` its number within the pack, from 0; `digest` of
    its content. `values` is (fields, n): numbers
    as they are, booleans 0/1, choices by their number, tokens by their hash, missing as NaN.
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
        return Rows(
            self.slot[which], self.time[which], self.arrival[which], self.now[which],
            self.position[which], self.line[which], self.digest[which], self.values[:, which],
        )  # fmt: skip

    def part(self, which: slice) -> Rows:
        """The rows of a slice, as views."""
        return Rows(
            self.slot[which], self.time[which], self.arrival[which], self.now[which],
            self.position[which], self.line[which], self.digest[which], self.values[:, which],
        )  # fmt: skip

    def released(self, position: I64) -> Rows:
        """The same rows, with the positions of the records that released them."""
        return replace(self, position=position)

    @staticmethod
    def empty(width: int) -> Rows:
        """No rows of a kind with `width` fields."""
        whole, short = np.zeros(0, np.int64), np.zeros(0, np.int32)
        return Rows(
            slot=short, time=whole, arrival=whole, now=whole, position=whole, line=short,
            digest=whole, values=np.zeros((width, 0)),
        )  # fmt: skip

    @staticmethod
    def joined(first: Rows, second: Rows) -> Rows:
        """Both, one after the other."""
        if not len(first):
            return second
        if not len(second):
            return first
        columns = {
            f.name: np.concatenate((getattr(first, f.name), getattr(second, f.name)), axis=-1)
            for f in fields(first)
        }
        return Rows(**columns)
