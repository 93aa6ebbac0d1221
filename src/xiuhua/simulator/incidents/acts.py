"""What an incident can do to one device's readings: bend a field, speak faster, say more, fall
silent. A play is pure: it writes to none of the rows that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from xiuhua.simulator.rows import Column, Floats, Rows, Span, joined

Curve: TypeAlias = Callable[[Floats], NDArray[Any]]
"""Seconds since the act began -> values."""
Play: TypeAlias = Callable[[Rows, Span, Span], Rows]
"""(rows of a block, when the act lasts, the block) -> rows of the block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What happens to one device between `since` and `until`, epoch ms."""

    device: str
    since: int
    until: int
    play: Play

    def on(self, rows: Rows, block: Span) -> Rows:
        """The block's rows after this act; the same rows where the two do not meet."""
        window = Span(self.since, self.until)
        if not block.overlaps(*window):
            return rows
        return self.play(rows, window, block)


def together(*plays: Play) -> Play:
    """One play after the other."""

    def play(rows: Rows, window: Span, block: Span) -> Rows:
        for one in plays:
            rows = one(rows, window, block)
        return rows

    return play


Value: TypeAlias = float | bool | str | None
"""What a field can say."""
Remark: TypeAlias = tuple[float, Mapping[str, Value]]
"""Seconds since the act began, and what is said then."""


def bend(field: str, curve: Curve, how: Literal["add", "set", "most"] = "add") -> Play:
    """A field follows a curve: added to it, in its place, or whichever is more."""

    def play(rows: Rows, window: Span, _block: Span) -> Rows:
        first, last = np.searchsorted(rows.time, (window.since, window.until))
        column = rows.columns[field].copy()
        usual = column[first:last]
        value = curve((rows.time[first:last] - window.since) / 1_000)
        if how == "add":
            value = usual + value
        elif how == "most":
            value = np.maximum(usual, value)
        column[first:last] = value.astype(column.dtype)
        return Rows(rows.time, {**rows.columns, field: column})

    return play


def fix(**values: Value) -> Play:
    """Fields keep one value."""

    def play(rows: Rows, window: Span, _block: Span) -> Rows:
        first, last = np.searchsorted(rows.time, (window.since, window.until))
        columns = {name: column.copy() for name, column in rows.columns.items()}
        for name, value in values.items():
            columns[name][first:last] = value
        return Rows(rows.time, columns)

    return play


def faster(step: int, *, after: float = 0.0) -> Play:
    """The device also speaks every `step` ms, from `after` seconds on, as it did just before."""

    def play(rows: Rows, window: Span, block: Span) -> Rows:
        begin = window.since + int(after * 1_000)
        first = begin + max(0, -((begin - block.since) // step)) * step
        time = np.arange(first, min(window.until, block.until), step, dtype=np.int64)
        return joined(rows, _like(rows, time))

    return play


def say(*remarks: Remark) -> Play:
    """The device also says these fields, each so many seconds after the act began; what a remark
    leaves out is as it was just before."""

    def play(rows: Rows, window: Span, block: Span) -> Rows:
        for after, values in remarks:
            at = window.since + int(after * 1_000)
            if block.since <= at < min(block.until, window.until):
                remark = _like(rows, np.array([at], dtype=np.int64))
                for name, value in values.items():
                    remark.columns[name][0] = value
                rows = joined(rows, remark)
        return rows

    return play


def hush(rows: Rows, window: Span, _block: Span) -> Rows:
    """The device says nothing."""
    return rows.take((rows.time < window.since) | (rows.time >= window.until))


def drop_events(rows: Rows, window: Span, _block: Span) -> Rows:
    """Nobody passes: only the readings in between are left."""
    outside = (rows.time < window.since) | (rows.time >= window.until)
    silent = np.array([event is None for event in rows.columns["event"]], dtype=np.bool_)
    return rows.take(outside | silent)


def _like(rows: Rows, time: Column) -> Rows:
    """Rows at other times, each like the one before it, or like nothing at all."""
    if len(rows):
        return Rows(time, rows.take(np.maximum(rows.time.searchsorted(time) - 1, 0)).columns)
    blank = {
        name: np.full(
            len(time), np.nan if column.dtype.kind == "f" else _BLANK[column.dtype.kind]
        ).astype(column.dtype)
        for name, column in rows.columns.items()
    }
    return Rows(time, blank)


_BLANK: dict[str, Value] = {"i": 0, "b": False, "O": None}
