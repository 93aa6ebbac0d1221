"""Recorded series, played as a device of the neighbourhood: real input through the same doors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from xiuhua.kinds import Field, Kind

from .rows import Floats, Times, as_line


class RecordedError(ValueError):
    """A recorded file that cannot be played: where, what, and what to do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A series: `time` (epoch ms) in order, and one value for each."""

    time: Times
    value: Floats

    def shifted(self, now: int) -> Recording:
        """The same series, moved so that it ends at `now`."""
        return Recording(self.time + (now - int(self.time[-1])), self.value)

    def scaled(self, factor: float, offset: float) -> Recording:
        """The same series with value * factor + offset."""
        return Recording(self.time, self.value * factor + offset)

    def lines(self, device: str, field: Field) -> Iterator[tuple[int, bytes]]:
        """(time, reading) of each value, as that field of that device."""
        whole = field.type == "count"
        for time, value in zip(self.time.tolist(), self.value.tolist(), strict=True):
            yield time, as_line(device, time, {field.name: round(value) if whole else value})


def load(path: Path, column: str = "value") -> Recording:
    """Read a CSV or Parquet file with `timestamp` and a column of values. A timestamp without zone
    is UTC. Raises RecordedError."""
    try:
        rows = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
        rows = rows.select(_moment(rows).alias("time"), pl.col(column).cast(pl.Float64))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RecordedError(
            f"{path} cannot be played ({_first_line(error)}); nothing was sent. "
            f"It needs the columns `timestamp` and `{column}`, one row a reading."
        ) from error
    if rows.null_count().sum_horizontal().item() or not rows.height:
        raise RecordedError(
            f"{path} has rows without time or value, or no rows at all; nothing was sent. "
            "Take those rows out."
        )
    rows = rows.sort("time", maintain_order=True)
    return Recording(
        rows["time"].dt.epoch("ms").to_numpy(), rows[column].to_numpy().astype("float64")
    )


def field_of(kind: Kind, name: str) -> Field:
    """The field to speak by: the named one, or the kind's charted one. Raises RecordedError."""
    field = kind.field(name or kind.chart)
    if field is None or field.type not in {"number", "count"}:
        fit = ", ".join(one.name for one in kind.fields if one.type in {"number", "count"})
        raise RecordedError(
            f"A series cannot be played as {name or kind.chart!r} of kind {kind.code}; "
            f"--field can be: {fit}."
        )
    return field


def _moment(rows: pl.DataFrame) -> pl.Expr:
    column = pl.col("timestamp")
    dtype = rows.schema.get("timestamp")
    if dtype == pl.String:
        return column.str.to_datetime(time_unit="ms", time_zone="UTC")
    if dtype is not None and dtype.is_integer():
        return column.cast(pl.Datetime("ms", "UTC"))
    return column.cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
