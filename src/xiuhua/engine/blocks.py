"""Large arrays in blocks, so that saving again writes only what has changed since."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from .jit import I32, Bools, lean

SIZE = 1 << 14
"""Seats, slots or devices in one block."""


class Saved(msgspec.Struct):
    """One array, or a block of one."""

    type: str
    shape: list[int]
    body: bytes


class Touched:
    """Which blocks have been written to since they were last saved; a fresh one is all touched."""

    def __init__(self) -> None:
        self._flags = np.zeros(1, np.bool_)
        self._all = True

    def mark(self, rows: I32) -> None:
        """These rows have been written to."""
        if self._all or not len(rows):
            return
        if not _mark(rows, SIZE, self._flags):
            more = int(rows.max()) // SIZE + 1 - len(self._flags)
            self._flags = np.concatenate((self._flags, np.zeros(more, np.bool_)))
            _mark(rows, SIZE, self._flags)

    def mark_all(self) -> None:
        """Any row may have been written to."""
        self._all = True

    def has(self, block: int) -> bool:
        """Whether the block must be saved."""
        return self._all or (block < len(self._flags) and bool(self._flags[block]))

    def clear(self) -> None:
        """Everything is saved."""
        self._flags[:] = False
        self._all = False


@lean
def _mark(rows: I32, size: int, flags: Bools) -> bool:
    """Flag the rows' blocks; returns whether there were flags for all of them."""
    for i in range(len(rows)):
        block = rows[i] // size
        if block >= len(flags):
            return False
        flags[block] = True
    return True


def count(rows: int) -> int:
    """How many blocks so many rows make; none, none."""
    return -(-rows // SIZE)


def saved(array: np.ndarray) -> Saved:
    """An array as it is saved."""
    return Saved(array.dtype.str, list(array.shape), np.ascontiguousarray(array).tobytes())


def restored(one: Saved) -> np.ndarray:
    """The array that was saved, its own memory."""
    return np.frombuffer(one.body, np.dtype(one.type)).reshape(one.shape).copy()


def cut(array: np.ndarray, block: int) -> Saved:
    """One block of an array, along its first axis."""
    return saved(array[block * SIZE : (block + 1) * SIZE])


def joined(blocks: Iterable[Saved]) -> np.ndarray:
    """The array of these blocks, in order."""
    return np.concatenate([restored(block) for block in blocks])
