"""History as one file for other programs: gzip CSV, NDJSON (gzip) or Parquet.

The last column, `export`, is the number of the record that says who took the file and why: it
stands in every row, so that a leaked file is traced even when it was cut or converted. Tokens of
people, cards and plates never leave. Rows are as they arrived, with `position`, `arrival` and
`late`; a copy that came twice is there twice.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import IO, Literal, TypeAlias, cast

import polars as pl

from xiuhua import kinds

from .errors import PartMissing
from .files import ROW_GROUP
from .layout import polars_schema
from .reader import History

Form: TypeAlias = Literal["csv", "ndjson", "parquet"]

PIECE = 2 * ROW_GROUP
"""Rows that are turned into text at a time."""

LEVEL = 4
"""Of gzip: a large export should not keep a core for long."""

ISO = "%Y-%m-%dT%H:%M:%S%.3fZ"


class TooManyRows(ValueError):
    """More rows were asked for than one export may hold."""

    def __init__(self, rows: int, most: int) -> None:
        self.rows, self.most = rows, most
        super().__init__(f"{rows} readings are more than {most}; ask for a shorter time.")


def export(
    history: History,
    file: IO[bytes],
    *,
    kind: str,
    form: Form,
    number: int,
    since: int,
    until: int,
    site: str = "",
    devices: Sequence[str] = (),
    most: int,
) -> int:
    """Write the readings between two event times (ms, `until` not included); return how many.

    Rows come part by part, in the order of days of arrival, and are written as they are read: the
    memory needed does not grow with them. Raises TooManyRows before anything is written, and
    PartMissing or PartDamaged as history does.
    """
    columns = [*map(pl.col, _columns(kind)), pl.lit(number, pl.Int64).alias("export")]

    def write() -> int:
        rows = history.scan(kind, site=site, devices=devices, since=since, until=until)
        count = int(rows.select(pl.len()).collect(engine="streaming").item())
        if count > most:
            raise TooManyRows(count, most)
        file.seek(0)
        file.truncate()
        if form == "parquet":
            rows.select(columns).sink_parquet(file, row_group_size=ROW_GROUP, engine="streaming")
            return count
        with gzip.open(file, "wb", compresslevel=LEVEL) as opened:
            packed = cast("IO[bytes]", opened)
            if form == "csv":
                polars_schema(kind).to_frame().select(columns).clear().write_csv(packed)
            count = 0  # counted anew: parts may have come since
            for piece in history.pieces(
                kind, PIECE, site=site, devices=devices, since=since, until=until
            ):
                count += piece.height
                _append(piece.select(columns), packed, form)
        return count

    try:
        return write()
    except (PartMissing, FileNotFoundError):  # it may have been compacted meanwhile
        return write()


def _columns(kind: str) -> list[str]:
    open_ = [field.name for field in kinds.kind(kind).fields if field.type != "token"]
    return ["device", "time", "position", "arrival", "late", *open_]


def _append(rows: pl.DataFrame, file: IO[bytes], form: Form) -> None:
    if not rows.height:
        return
    if form == "csv":
        rows.write_csv(file, include_header=False, datetime_format=ISO)
    else:
        moments = pl.col("time", "arrival").dt.strftime(ISO)
        rows.with_columns(moments).write_ndjson(file)
