"""History ends on time: what has had its days is dropped from the manifest first, then deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path

from .layout import day_of
from .parts import Part


def expired(parts: Iterable[Part], now: int, days_by_kind: Mapping[str, int]) -> list[Part]:
    """The parts whose kind may be kept for fewer days than have passed since they arrived.

    `now` is epoch ms. A part of today is 0 days old; a kind without a number is kept for ever.
    """
    today = date.fromisoformat(day_of(now))
    return [
        part
        for part in parts
        if part.kind in days_by_kind
        and (today - date.fromisoformat(part.day)).days > days_by_kind[part.kind]
    ]


def sweep(root: Path, named: Collection[Part], before: int) -> int:
    """Delete files that no manifest names and that were written before that moment (epoch ms), as
    crashes leave them: personal data must not outlive its days in them. Returns how many went.

    Choose a moment well before the last checkpoint: a worker may be about to name newer files.
    """
    keep = {root / part.path for part in named}
    return sum(
        _delete(path)
        for path in root.glob("kind=*/day=*/site=*/*")
        if path not in keep and path.stat().st_mtime * 1000 < before
    )


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:  # an earlier try got this far
        return False
    return True
