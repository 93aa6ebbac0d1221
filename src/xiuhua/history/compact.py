"""Many small parts become few: what a day's checkpoints wrote piece by piece, in one file.

The order that nothing can break: write the new part, let the manifest name it in the place of the
old ones, then delete the old files, as `upkeep` does. A reader that had the old list asks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from .files import scan_parts, sync_folders, write_part
from .layout import Home, day_of
from .parts import Part

MOST_ROWS = 2_000_000
"""Readings that one part may come to hold: what fits into memory with ease."""


def due(parts: Iterable[Part], now: int, *, running: int = 32) -> list[list[Part]]:
    """The groups of parts that are worth making one: of one kind, site and day, neighbours in the
    log; two or more of a day that has ended, `running` or more of the day that `now` (ms) is in."""
    today = day_of(now)
    groups = []
    for (day, _, _), of_a_day in groupby(sorted(parts, key=_order), key=_place):
        least = 2 if day < today else running
        groups += [group for group in _packed(of_a_day) if len(group) >= least]
    return groups


def compact(root: Path, group: Sequence[Part]) -> Part:
    """Make one part of a group and return it, on disk, for the manifest to name in their place.

    Raises PartMissing or PartDamaged before anything is written.
    """
    first = group[0]
    rows = scan_parts(root, first.kind, group).collect()
    new = write_part(root, Home(first.kind, first.site), first.day, rows)
    sync_folders(root, [new])
    return new


def _place(part: Part) -> tuple[str, str, str]:
    return part.day, part.kind, part.site


def _order(part: Part) -> tuple[str, str, str, int]:
    return (*_place(part), part.first_position)


def _packed(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Neighbours put together as long as they stay within MOST_ROWS."""
    group: list[Part] = []
    for part in parts:
        if group and sum(one.rows for one in group) + part.rows > MOST_ROWS:
            yield group
            group = []
        group.append(part)
    yield group
