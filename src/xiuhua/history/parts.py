"""A part of history: one Parquet file that the manifest names. What it does not name is not
there."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Part(msgspec.Struct, frozen=True):
    """One file, by day of arrival (Asia/Shanghai) and site, of one kind.

    Its rows are sorted by (time, position). `path` is relative to the history's
    root. Times are event time in ms, inclusive. `digest` is the file's SHA-256 in hex, "" for
    a part written before digests were kept.
    """

    path: str
    day: str
    site: str
    kind: str
    rows: int
    bytes: int
    first_position: int
    last_position: int
    since: int
    until: int
    digest: str = ""


class Manifest(Protocol):
    """Who knows which parts there are."""

    def parts(
        self, *, kind: str = "", site: str = "", since: int | None = None, until: int | None = None
    ) -> list[Part]:
        """The parts that may hold readings of that kind and site between two event times, ms."""
