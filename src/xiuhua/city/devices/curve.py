"""A series as the path of a small drawing. Pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 800, 200


@dataclass(frozen=True)
class Curve:
    """SVG path data in WIDTH x HEIGHT; `low` and `high` are the values at the edges."""

    path: str
    low: float
    high: float


def curve(
    time: Sequence[int],
    value: Sequence[float],
    since: int,
    until: int,
    *,
    gaps: Sequence[tuple[int, int]] = (),
) -> Curve | None:
    """The curve between two moments; one of the `gaps`, or a gap of many steps, stays a gap. None
    for no values."""
    if not value:
        return None
    low, high = min(value), max(value)
    room = (high - low) or abs(high) or 1.0
    low, high = low - room * 0.08, high + room * 0.08
    gap = max(4 * _usual_step(time), (until - since) // 100)
    path, before = [], None
    for at, number in zip(time, value, strict=True):
        x = (at - since) / (until - since) * WIDTH
        y = (high - number) / (high - low) * HEIGHT
        joined = before is not None and at - before <= gap and not _parted(gaps, before, at)
        path.append(f"{'L' if joined else 'M'}{x:.1f} {y:.1f}" + ("" if joined else "h.1"))
        before = at
    return Curve("".join(path), low, high)


def _parted(gaps: Sequence[tuple[int, int]], before: int, at: int) -> bool:
    """Whether one of the gaps ends between two points: a stretch begins at or before its values."""
    return any(before < (since + until) // 2 < at for since, until in gaps)


def _usual_step(time: Sequence[int]) -> int:
    steps = sorted(b - a for a, b in pairwise(time))
    return steps[len(steps) // 2] if steps else 0
