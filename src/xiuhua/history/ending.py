"""The end of readings: which rows of which part go, and which stay because a hold is on them.

The order that nothing can break: write what stays, let the manifest and the proof say in one step
what went, then delete the file. Killed in between, `retention.sweep` deletes what is left over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal, Protocol

import msgspec
import polars as pl

from .files import digest_of, scan_parts, sync_folders, write_part
from .layout import Home
from .parts import Manifest, Part


class Why(msgspec.Struct, frozen=True):
    """By which rule readings ended, at whose word and for what reason; `device` says whose they
    are where not all of a part end."""

    rule: Literal["term", "request"]
    who: str
    reason: str
    device: str = ""


class Ended(msgspec.Struct, frozen=True):
    """A part of which `removed` rows are over; `left` is what is in its place, None for nothing.

    `digest` is the SHA-256 of the file as it was found, "" where it was gone already.
    """

    part: Part
    digest: str
    removed: int
    left: Part | None


class Held(msgspec.Struct, frozen=True):
    """What must not be deleted: days of arrival from `since` to `until`, both included; "" for any
    kind, site or device."""

    kind: str
    site: str
    device: str
    since: str
    until: str

    def on(self, part: Part) -> bool:
        """Whether it may be about rows of that part."""
        return (
            self.kind in {"", part.kind}
            and self.site in {"", part.site}
            and self.since <= part.day <= self.until
        )


class Keeper(Manifest, Protocol):
    """A manifest that can be changed."""

    def replace(self, new: Iterable[Part], old: Collection[Part]) -> None:
        """Name the new parts in the place of the old ones, in one step."""

    def end(self, ended: Ended, why: Why) -> None:
        """Name what is left in the place of the part, and write the proof, in one step."""


def end(
    root: Path,
    keeper: Keeper,
    part: Part,
    why: Why,
    holds: Iterable[Held] = (),
) -> int:
    """End a part's rows, all or those of `why.device`, but none on hold. Returns how many went.

    Raises PartMissing or PartDamaged where some rows must stay and the file cannot be read; then
    nothing has changed.
    """
    on = [hold for hold in holds if hold.on(part)]
    if any(not hold.device or hold.device == why.device for hold in on):
        return 0
    kept = [hold.device for hold in on]
    left = None
    removed = part.rows
    if why.device or kept:
        goes = pl.col("device") == why.device if why.device else ~pl.col("device").is_in(kept)
        rows = scan_parts(root, part.kind, [part])
        removed = rows.filter(goes).select(pl.len()).collect().item()
        if not removed:
            return 0
        if removed < part.rows:
            stays = rows.filter(~goes).collect()
            left = write_part(root, Home(part.kind, part.site), part.day, stays)
            sync_folders(root, [left])
    keeper.end(Ended(part, digest_of(root, part), removed, left), why)
    (root / part.path).unlink(missing_ok=True)
    return removed
