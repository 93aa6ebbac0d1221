"""What history needs done every hour or so, by one process: see `keep_up`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from .compact import compact, due
from .errors import HistoryUnreadable
from .parts import Manifest, Part
from .retention import expired, remove, sweep

GRACE = 3_600_000
"""Milliseconds that a file is left alone after it was written, for a checkpoint to name it."""


class Keeper(Manifest, Protocol):
    """A manifest that can be changed."""

    def replace(self, new: Iterable[Part], old: Collection[Part]) -> None:
        """Name the new parts in the place of the old ones, in one step."""


class Done(NamedTuple):
    """How many files were swept, how many parts expired, how many were made into fewer, and what
    could not be read on the way, for somebody to be told."""

    swept: int
    expired: int
    compacted: int
    unreadable: list[HistoryUnreadable]


def keep_up(root: Path, manifest: Keeper, now: int, days_by_kind: Mapping[str, int]) -> Done:
    """Bring history up to date as of `now` (epoch ms). Killed anywhere, the next run goes on.

    1. Delete files that no manifest names: of crashes, and those compacted by the run before,
       which readers may have had open until now.
    2. Drop what has had its days from the manifest, then delete it.
    3. Compact what is due. A group with a part that cannot be read stays as it is.
    """
    swept = sweep(root, manifest.parts(), now - GRACE)
    over = expired(manifest.parts(), now, days_by_kind)
    manifest.replace((), over)
    remove(root, over, manifest.parts())
    compacted, unreadable = 0, []
    for group in due(manifest.parts(), now):
        try:
            manifest.replace([compact(root, group)], group)
            compacted += len(group)
        except HistoryUnreadable as error:
            unreadable.append(error)
    return Done(swept, len(over), compacted, unreadable)
