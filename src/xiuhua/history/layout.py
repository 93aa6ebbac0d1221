"""Where a part of history lies and what columns it has.

    kind=smoke/day=2026-11-23/site=tl04/000000000017-000000000951-0f9c7d12.parquet

`day` is the day of arrival in Shanghai; then the first and last log position inside, and the
CRC-32 of the file. The columns are device, time (event time, UTC, ms), position, arrival (UTC,
ms), late, then the kind's fields in the kind's order. DuckDB and Spark read the same files.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

import polars as pl

from xiuhua import kinds
from xiuhua.epoch import SHANGHAI, moment
from xiuhua.kinds import FieldType


class Home(NamedTuple):
    """Where a device belongs."""

    kind: str
    site: str


HomeOf: TypeAlias = Callable[[str], Home | None]
"""A device's home by its id, or None for a device that nobody knows."""

_MOMENT = pl.Datetime("ms", "UTC")
_FRONT: dict[str, pl.DataType] = {
    "device": pl.String(),
    "time": _MOMENT,
    "position": pl.Int64(),
    "arrival": _MOMENT,
    "late": pl.Boolean(),
}
_TYPES: dict[FieldType, pl.DataType] = {
    "number": pl.Float64(),
    "count": pl.Int64(),
    "bool": pl.Boolean(),
    "choice": pl.String(),
    "token": pl.String(),
}


@cache
def polars_schema(kind: str) -> pl.Schema:
    """The columns of a kind's parts; raises KeyError for a kind that nobody registered."""
    return pl.Schema(_FRONT | {field.name: _TYPES[field.type] for field in kinds.kind(kind).fields})


def day_of(arrival: int) -> str:
    """The day in Shanghai on which that moment (epoch ms) falls."""
    return moment(arrival).astimezone(SHANGHAI).date().isoformat()


def part_path(home: Home, day: str, first: int, last: int, checksum: int) -> str:
    """Where a part lies under the history's root. The same rows always make the same name, so that
    a part written again after a crash takes the place of the first."""
    kind, site = quote(home.kind, safe=""), quote(home.site, safe="")
    return f"kind={kind}/day={day}/site={site}/{first:012d}-{last:012d}-{checksum:08x}.parquet"


def checksum_in(path: str) -> int:
    """The CRC-32 of the whole file, as its name says."""
    return int(path.removesuffix(".parquet").rpartition("-")[2], 16)
