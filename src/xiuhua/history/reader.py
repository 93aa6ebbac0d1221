"""Asking history: only parts that the manifest names, and only the rows that a question needs.

A duplicate (the same device, time and fields) counts once in every answer about one device;
`scan` gives the rows as they arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from xiuhua import kinds

from .errors import PartMissing
from .files import scan_parts
from .layout import Home, HomeOf, polars_schema
from .parts import Manifest, Part

Answer = TypeVar("Answer")


class History:
    """Readings of the past. Times are event time in epoch ms; `until` is not included.

    Every answer about one device raises LookupError for a device that nobody knows, and
    PartMissing or PartDamaged where a part is not as it was written.
    """

    def __init__(self, root: Path, manifest: Manifest, home_of: HomeOf) -> None:
        self._root = root
        self._manifest = manifest
        self._home_of = home_of

    def scan(
        self,
        kind: str,
        *,
        site: str = "",
        devices: Sequence[str] = (),
        since: int | None = None,
        until: int | None = None,
    ) -> pl.LazyFrame:
        """All rows of a kind, in no particular order, to be narrowed and collected by the caller.

        The columns are `layout.polars_schema(kind)`; a field that a kind got later is null in
        older rows. No site and no devices mean all of them.
        """
        parts = self._parts(kind, site, since, until)
        return scan_parts(self._root, kind, parts).filter(*_conditions(devices, since, until))

    def pieces(
        self,
        kind: str,
        rows: int,
        *,
        site: str = "",
        devices: Sequence[str] = (),
        since: int | None = None,
        until: int | None = None,
    ) -> Iterator[pl.DataFrame]:
        """The rows of `scan`, part by part, never more than `rows` of a part in memory at once."""
        conditions = _conditions(devices, since, until)
        for part in self._parts(kind, site, since, until):
            scanned = scan_parts(self._root, kind, [part])
            for first in range(0, part.rows, rows):
                yield scanned.slice(first, rows).filter(*conditions).collect()

    def readings(self, device: str, since: int, until: int) -> pl.DataFrame:
        """A device's readings in the order of time."""
        home = self._home(device)
        return _asked(lambda: self._readings(home, device, since, until))

    def series(self, device: str, field: str, since: int, until: int, points: int) -> pl.DataFrame:
        """At most `points` stretches of equal length with what a field did in each, for a chart.

        Columns: time (the stretch's start), min, mean, max, count; stretches without a value are
        left out. Truth counts as 0 and 1. Raises ValueError for a field that is not a number.
        """
        home = self._home(device)
        _check_numeric(home.kind, field)
        width = max(1, -(-(until - since) // points))
        rows = _asked(lambda: self._readings(home, device, since, until))
        values = rows.select("time", pl.col(field).cast(pl.Float64).alias("value")).drop_nulls()
        start = pl.col("time").dt.epoch("ms").sub(since).floordiv(width).mul(width).add(since)
        return (
            values.group_by(start.cast(pl.Datetime("ms", "UTC")).alias("time"))
            .agg(
                min=pl.col("value").min(),
                mean=pl.col("value").mean(),
                max=pl.col("value").max(),
                count=pl.len().cast(pl.Int64),
            )
            .sort("time")
        )

    def gaps(self, device: str, field: str, since: int, until: int, longest: int) -> pl.DataFrame:
        """The times of more than `longest` ms in which a field had no value, for an honest chart.

        Columns: since, until (ms), in order: from one value to the next, and from the edges of the
        span to the first and from the last. Found in the readings themselves, so that a stretch of
        `series` hides none. Raises ValueError for a field that is not a number.
        """
        home = self._home(device)
        _check_numeric(home.kind, field)
        rows = _asked(lambda: self._readings(home, device, since, until))
        said = rows.drop_nulls(field)["time"].dt.epoch("ms").to_list()
        edges = pl.Series([since, *said, until], dtype=pl.Int64)
        pairs = pl.DataFrame({"since": edges[:-1], "until": edges[1:]})
        return pairs.filter(pl.col("until") - pl.col("since") > longest)

    def latest(self, device: str, at: int | None = None) -> dict[str, Any] | None:
        """A device's newest reading by event time, or None if it has none.

        With `at`, the newest of those whose event time is `at` (epoch ms) or before: how it stood
        then, as far as we know now; a reading that arrived later counts.
        """
        home = self._home(device)
        until = None if at is None else at + 1
        return _asked(lambda: self._latest(home, device, until))

    def _home(self, device: str) -> Home:
        home = self._home_of(device)
        if home is None:
            raise LookupError(f"No device {device!r} is known; look it up in the ledger.")
        return home

    def _parts(self, kind: str, site: str, since: int | None, until: int | None) -> list[Part]:
        last = None if until is None else until - 1
        return self._manifest.parts(kind=kind, site=site, since=since, until=last)

    def _readings(self, home: Home, device: str, since: int, until: int) -> pl.DataFrame:
        """Distinct rows in order."""
        parts = self._parts(home.kind, home.site, since, until)
        content = ["device", "time", *(field.name for field in kinds.kind(home.kind).fields)]
        rows = self._collect(home.kind, parts, _conditions((device,), since, until))
        rows = rows.sort("time", "position", maintain_order=True)
        return rows.unique(content, keep="first", maintain_order=True)

    def _latest(self, home: Home, device: str, until: int | None) -> dict[str, Any] | None:
        """Parts by the newest time that each can have to tell, until none can tell a newer one."""
        parts = self._parts(home.kind, home.site, None, until)
        parts.sort(key=lambda part: part.until, reverse=True)
        newest = polars_schema(home.kind).to_frame()
        for part in parts:
            if newest.height and part.until < newest["time"].to_physical()[0]:
                break
            found = self._collect(home.kind, [part], _conditions((device,), None, until))
            newest = pl.concat([newest, found]).sort("time", "position").tail(1)
        return newest.row(0, named=True) if newest.height else None

    def _collect(
        self, kind: str, parts: Sequence[Part], conditions: Sequence[pl.Expr]
    ) -> pl.DataFrame:
        rows = scan_parts(self._root, kind, parts).filter(*conditions)
        try:
            return rows.collect()
        except FileNotFoundError:
            scan_parts(self._root, kind, parts)  # says which part went since it was checked
            raise


def _asked(ask: Callable[[], Answer]) -> Answer:
    """The answer; once more if a part went while we looked, for it may have been compacted."""
    try:
        return ask()
    except PartMissing:
        return ask()


def _conditions(devices: Sequence[str], since: int | None, until: int | None) -> list[pl.Expr]:
    conditions = []
    if devices:
        conditions.append(pl.col("device").is_in(list(devices)))
    if since is not None:
        conditions.append(pl.col("time") >= _moment(since))
    if until is not None:
        conditions.append(pl.col("time") < _moment(until))
    return conditions


def _moment(time: int) -> pl.Expr:
    return pl.lit(time).cast(pl.Datetime("ms", "UTC"))


def _check_numeric(kind: str, name: str) -> None:
    field = kinds.kind(kind).field(name)
    if field is None or field.type in {"choice", "token"}:
        numeric = [f.name for f in kinds.kind(kind).fields if f.type not in {"choice", "token"}]
        raise ValueError(
            f"A series of {name!r} cannot be drawn; of kind {kind} these can: {', '.join(numeric)}."
        )
