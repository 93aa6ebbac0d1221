"""Readings as columns: what one device says within one span of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from xiuhua.kinds import Field, Kind

Times: TypeAlias = NDArray[np.int64]
"""Epoch milliseconds, UTC."""
Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Column: TypeAlias = NDArray[Any]
"""float64 (NaN: not said), int64, bool, or objects (None: not said)."""

_DECIMALS = {"Pa": -1, "Cel": 1, "dB/m": 4, "V": 2, "A": 2, "W": 0, "mA": 2, "deg": 1, "m3/h": 2}


class Span(NamedTuple):
    """From `since` until just before `until`, epoch ms."""

    since: int
    until: int

    def overlaps(self, since: int, until: int) -> bool:
        return since < self.until and self.since < until


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings of one device in order of time; every column is as long as `time`."""

    time: Times
    columns: dict[str, Column]

    def __len__(self) -> int:
        return len(self.time)

    def take(self, which: Column) -> Rows:
        """The rows of that mask or of those indices."""
        return Rows(
            self.time[which], {name: column[which] for name, column in self.columns.items()}
        )

    def within(self, span: Span) -> Rows:
        """The rows of that span."""
        first, last = np.searchsorted(self.time, (span.since, span.until))
        return Rows(
            self.time[first:last],
            {name: column[first:last] for name, column in self.columns.items()},
        )

    def reading(self, at: int) -> dict[str, Any]:
        """One row's fields as plain values; what is not said is left out."""
        said = {}
        for name, column in self.columns.items():
            value = column[at]
            if value is not None and value == value:  # noqa: PLR0124  NaN is not itself
                said[name] = value.item() if isinstance(value, np.generic) else value
        return said


def joined(one: Rows, other: Rows) -> Rows:
    """Both, in order of time; of two at the same time, `one` comes first.

    A column that only one of them has is not said by the other (a count or a bool must be
    in both).
    """
    time = np.concatenate((one.time, other.time))
    order = np.argsort(time, kind="stable")
    names = list(one.columns) + [name for name in other.columns if name not in one.columns]
    columns = {
        name: np.concatenate((_column(one, name, other), _column(other, name, one)))[order]
        for name in names
    }
    return Rows(time[order], columns)


def _column(rows: Rows, name: str, peer: Rows) -> Column:
    if name in rows.columns:
        return rows.columns[name]
    return unsaid(peer.columns[name].dtype, len(rows))


def unsaid(dtype: np.dtype[Any], size: int) -> Column:
    """A column in which nothing is said."""
    if dtype.kind == "f":
        return np.full(size, np.nan)
    return np.full(size, None, dtype=object)


def words(size: int, word: str | bool | None = None) -> Column:
    """A column of objects, all the same word to begin with."""
    return np.full(size, word, dtype=object)


def as_instrument(kind: Kind, rows: Rows) -> Rows:
    """The same rows with the resolution and within the limits of the kind's instrument."""
    columns = {
        name: _as_field(field, column)
        for name, column in rows.columns.items()
        if (field := kind.field(name)) is not None
    }
    return Rows(rows.time, columns)


def _as_field(field: Field, column: Column) -> Column:
    if column.dtype.kind == "f":
        rounded = np.round(column, _DECIMALS.get(field.unit, 3))
        return np.clip(rounded, field.low, field.high) + 0.0  # no minus zero
    return column


def as_line(device: str, time: int, said: Mapping[str, Any]) -> bytes:
    """A reading as one flat JSON object, as it travels."""
    return msgspec.json.encode({"device": device, "time": time, **said})
