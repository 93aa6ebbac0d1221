"""Large arrays in blocks, so that saving again writes only what has changed since."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from .jit import I32

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
        self._blocks: set[int] = set()
        self._all = True

    def mark(self, rows: I32) -> None:
        """These rows have been written to."""
        if not self._all and len(rows):
            self._blocks.update(np.unique(rows // SIZE).tolist())

    def mark_all(self) -> None:
        """Any row may have been written to."""
        self._all = True

    def has(self, block: int) -> bool:
        """Whether the block must be saved."""
        return self._all or block in self._blocks

    def clear(self) -> None:
        """Everything is saved."""
        self._blocks, self._all = set(), False


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
