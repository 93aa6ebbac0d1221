"""What history needs done every hour or so, by one process: see `keep_up`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from .compact import compact, due
from .ending import Held, Keeper, Why, end
from .errors import HistoryUnreadable
from .retention import expired, sweep

GRACE = 3_600_000
"""Milliseconds that a file is left alone after it was written, for a checkpoint to name it."""


class Done(NamedTuple):
    """How many files were swept, how many parts expired, how many were made into fewer, and what
    could not be read on the way, for somebody to be told."""

    swept: int
    expired: int
    compacted: int
    unreadable: list[HistoryUnreadable]


def keep_up(
    root: Path,
    manifest: Keeper,
    now: int,
    days_by_kind: Mapping[str, int],
    holds: Callable[[], Iterable[Held]] = tuple,
) -> Done:
    """Bring history up to date as of `now` (epoch ms). Killed anywhere, the next run goes on.

    1. Delete files that no manifest names: of crashes, and those compacted by the run before,
       which readers may have had open until now.
    2. End what has had its days and is not on hold: in the manifest first, then its file. `holds`
       is asked before each part, so that a hold counts from the moment it is laid.
    3. Compact what is due. A group with a part that cannot be read stays as it is.
    """
    swept = sweep(root, manifest.parts(), now - GRACE)
    over, unreadable = 0, []
    for part in expired(manifest.parts(), now, days_by_kind):
        why = Why("term", "", f"{days_by_kind[part.kind]} days")
        try:
            over += bool(end(root, manifest, part, why, holds()))
        except HistoryUnreadable as error:
            unreadable.append(error)
    compacted = 0
    for group in due(manifest.parts(), now):
        try:
            manifest.replace([compact(root, group)], group)
            compacted += len(group)
        except HistoryUnreadable as error:
            unreadable.append(error)
    return Done(swept, over, compacted, unreadable)
