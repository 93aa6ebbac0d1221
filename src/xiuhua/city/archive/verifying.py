"""Checks the whole of history: every part that is named, every end that was proved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from xiuhua.city.manifest import HistoryPart, Manifest
from xiuhua.history.upkeep import GRACE
from xiuhua.history.verify import fault

from . import proofs
from .models import Ending

SAYS = {
    "missing": "the file is gone, and no proof says why",
    "damaged": "the file is not what was written (size or CRC-32)",
    "digest": "the file has another SHA-256 than the manifest says",
    "rows": "the file holds another number of readings than the manifest says",
    "order": "its readings are not in order",
    "ends": "its first or last position or time is not what the manifest says",
    "day": "it holds readings of another day",
    "undead": "the proof says that it was deleted, and the file is there",
    "named": "the proof says that it was deleted, and the manifest names it",
    "leftover": "nothing names this file, and it should have been swept by now",
    "chain": "a proof of deletion was altered, removed or put in",
}


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: its sort, one of SAYS, and where (a path, or a proof's number)."""

    sort: str
    where: str


class Found(msgspec.Struct):
    """What there was to check, and what is wrong."""

    parts: int = 0
    rows: int = 0
    without_digest: int = 0
    endings: int = 0
    removed: int = 0
    head: str = ""
    faults: list[Fault] = msgspec.field(default_factory=list)


def verify(root: Path, now: int) -> Found:
    """Check history as of `now` (ms). It may run while the house does."""
    found = Found()
    for part in Manifest().parts():
        found.parts += 1
        found.rows += part.rows
        found.without_digest += not part.digest
        wrong = fault(root, part)
        if wrong and HistoryPart.objects.filter(path=part.path).exists():  # not compacted meanwhile
            found.faults.append(Fault(wrong, part.path))
    broken = proofs.ledger.first_broken()
    if broken is not None:
        found.faults.append(Fault("chain", f"proof {broken}"))
    found.faults += _undead(root, now, found)
    found.faults += _leftovers(root, now)
    found.head = proofs.ledger.head()[1]
    return found


def _undead(root: Path, now: int, found: Found) -> Iterator[Fault]:
    """A file may outlive its proof by a crash until the next sweep, hence the grace."""
    for row in Ending.objects.order_by("seq").iterator():
        part = proofs.part_of(row)
        found.endings += 1
        found.removed += row.removed
        if HistoryPart.objects.filter(path=part.path).exists():
            yield Fault("named", part.path)
        elif (root / part.path).exists() and row.at < now - 3 * GRACE:
            yield Fault("undead", part.path)


def _leftovers(root: Path, now: int) -> Iterator[Fault]:
    named = set(HistoryPart.objects.values_list("path", flat=True))
    ended = {proofs.part_of(row).path for row in Ending.objects.iterator()}
    for path in sorted(root.glob("kind=*/day=*/site=*/*")):
        own = path.relative_to(root).as_posix()
        if own in named or own in ended or path.stat().st_mtime * 1000 > now - 3 * GRACE:
            continue
        yield Fault("leftover", own)
