"""Whether a part is what the manifest says: its bytes, its rows, their order, their ends."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import polars as pl

from xiuhua.epoch import SHANGHAI

from .errors import PartDamaged, PartMissing
from .files import check, digest_of
from .parts import Part

Sort = Literal["missing", "damaged", "digest", "rows", "order", "ends", "day"]


def fault(root: Path, part: Part) -> Sort | None:
    """The first thing that is wrong with a part, None where it is as the manifest says.

    missing: no file; damaged: another size or CRC; digest: another SHA-256; rows: another number
    of them; order: not by time and position; ends: other first or last positions or times; day:
    rows that arrived on another day.
    """
    try:
        check(root, part)
    except PartMissing:
        return "missing"
    except PartDamaged:
        return "damaged"
    if part.digest and digest_of(root, part) != part.digest:
        return "digest"
    try:
        rows = pl.read_parquet(
            root / part.path, columns=["time", "position", "arrival"], hive_partitioning=False
        )
    except pl.exceptions.PolarsError:
        return "damaged"
    return _fault_of(rows, part)


def _fault_of(rows: pl.DataFrame, part: Part) -> Sort | None:
    if rows.height != part.rows:
        return "rows"
    if not rows.select("time", "position").equals(rows.select("time", "position").sort("*")):
        return "order"
    time = rows["time"].to_physical()
    ends = rows["position"].min(), rows["position"].max(), time.min(), time.max()
    if ends != (part.first_position, part.last_position, part.since, part.until):
        return "ends"
    days = rows["arrival"].dt.convert_time_zone(SHANGHAI.key).dt.date().unique()
    return None if [str(day) for day in days] == [part.day] else "day"
