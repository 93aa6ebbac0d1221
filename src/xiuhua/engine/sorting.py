"""A stable merge sort for rows that stand nearly in order: what is in order already is looked at
once and not moved."""

from __future__ import annotations

import numpy as np

from .jit import I32, I64, within

Keys = tuple[I64, I64, I32, I64]
"""By what readings are ordered: position, time, slot, digest."""

_RUN = 16


@within
def before(keys: Keys, a: int, b: int) -> bool:
    """Whether row a comes before row b."""
    position, time, slot, digest = keys
    if position[a] != position[b]:
        return bool(position[a] < position[b])
    if time[a] != time[b]:
        return bool(time[a] < time[b])
    if slot[a] != slot[b]:
        return bool(slot[a] < slot[b])
    return bool(digest[a] < digest[b])


@within
def sort(keys: Keys, order: I64, spare: I64) -> int:
    """Sort row numbers in place; 1 if any changed place. `spare` is as long as `order`."""
    size = len(order)
    changed = 0
    for start in range(0, size, _RUN):
        changed |= _insert(keys, order, start, min(start + _RUN, size))
    run = _RUN
    while run < size:
        for start in range(0, size - run, 2 * run):
            if before(keys, order[start + run], order[start + run - 1]):
                _merge(keys, order, start, start + run, min(start + 2 * run, size), spare)
                changed = 1
        run *= 2
    return changed


@within
def _insert(keys: Keys, order: I64, start: int, end: int) -> int:
    changed = 0
    for i in range(start + 1, end):
        row, to = order[i], i
        while to > start and before(keys, row, order[to - 1]):
            order[to] = order[to - 1]
            to -= 1
            changed = 1
        order[to] = row
    return changed


@within
def _merge(keys: Keys, order: I64, start: int, middle: int, end: int, spare: I64) -> None:
    """Merge two sorted neighbours; the first one makes room in `spare`."""
    left = middle - start
    for i in range(left):
        spare[i] = order[start + i]
    i, j, to = 0, middle, start
    while i < left and j < end:
        if before(keys, order[j], spare[i]):
            order[to] = order[j]
            j += 1
        else:
            order[to] = spare[i]
            i += 1
        to += 1
    while i < left:
        order[to] = spare[i]
        i, to = i + 1, to + 1


def ordered(first: I64, *keys: np.ndarray) -> np.ndarray:
    """The order by all keys. By the first alone most rows have their place, and stand in it nearly
    from the start; only among equals need the others be asked."""
    order = np.argsort(first, kind="stable")
    if not keys:
        return order
    same = first[order[1:]] == first[order[:-1]]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if len(tied):
        rows = order[tied]
        order[tied] = rows[np.lexsort([*(key[rows] for key in reversed(keys)), first[rows]])]
    return order
