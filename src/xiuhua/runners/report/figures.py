"""The report's drawings, SVG: bars within a table, and a device's readings around an alert."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from xiuhua.engine.jit import F64, I64
from xiuhua.engine.records import Millis
from xiuhua.epoch import SHANGHAI, moment
from xiuhua.runners.sources import Curve, Span

WIDTH, HEIGHT = 500, 190
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 30
MOST_POINTS = 300
BAR = 220
"""Pixels of the longest bar."""


def bars(proposed: int, live: int, most: int) -> str:
    """Two bars, one over the other: solid for the proposed rules, hollow for the live ones."""
    widths = [round(BAR * count / most) if most else 0 for count in (proposed, live)]
    return (
        f'<svg class="bars" width="{BAR + 2}" height="20" aria-hidden="true">'
        f'<rect class="proposed" x="1" y="1" width="{widths[0]}" height="8"/>'
        f'<rect class="live" x="1.5" y="11.5" width="{widths[1]}" height="7"/></svg>'
    )


def plot(curve: Curve, shown: Span, alert: Span, label: str, unit: str) -> str:
    """A device's readings over `shown`, the alert's time shaded."""
    assert shown.since is not None and shown.until is not None
    times, values = _thin(curve.times, curve.values)
    low, high = _limits(values)

    def across(at: Millis) -> float:
        width = WIDTH - LEFT - RIGHT
        return LEFT + width * (at - shown.since) / (shown.until - shown.since)  # type: ignore[operator]

    def down(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    begun = max(alert.since or shown.since, shown.since)
    ended = min(alert.until or shown.until, shown.until)
    points = [(across(int(t)), down(float(v))) for t, v in zip(times, values, strict=True)]
    inside = "".join(
        [
            _band(across(begun), across(ended), alert.until is None),
            *(_level(down(value), f"{value:.4g}") for value in _ticks(low, high)),
            *(_moment(across(at), at) for at in (shown.since, begun, shown.until - 1)),
            _line(points),
        ]
    )
    name = escape(f"{label} {unit}".strip())
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">'
        f"{inside}</svg>"
    )


def _thin(times: I64, values: F64) -> tuple[I64, F64]:
    """What was said, and of many readings the lowest and the highest of each stretch."""
    known = ~np.isnan(values)
    times, values = times[known], values[known]
    if len(times) <= MOST_POINTS:
        return times, values
    kept = []
    for part in np.array_split(np.arange(len(times)), MOST_POINTS // 2):
        kept += sorted({int(part[np.argmin(values[part])]), int(part[np.argmax(values[part])])})
    return times[kept], values[kept]


def _limits(values: F64) -> tuple[float, float]:
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    room = (high - low) * 0.08 or max(abs(high) * 0.1, 0.5)
    return low - room, high + room


def _ticks(low: float, high: float) -> Iterator[float]:
    """Three or so round numbers between two limits."""
    step = 10.0 ** np.floor(np.log10((high - low) / 2))
    step = next(step * times for times in (1, 2, 5, 10) if (high - low) / (step * times) <= 4)
    at = np.ceil(low / step) * step
    while at <= high:
        yield round(float(at), 10) + 0.0
        at += step


def _band(left: float, right: float, up: bool) -> str:
    ends = "" if up else f'<path class="edge" d="M{right:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
    return (
        f'<rect class="alert" x="{left:.1f}" y="{TOP}" width="{max(right - left, 1.5):.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/>'
        f'<path class="edge" d="M{left:.1f} {TOP}V{HEIGHT - BOTTOM}"/>{ends}'
    )


def _level(y: float, text: str) -> str:
    return (
        f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _moment(x: float, at: Millis) -> str:
    side = "start" if x < LEFT + 30 else "end" if x > WIDTH - RIGHT - 30 else "middle"
    said = f"{moment(at).astimezone(SHANGHAI):%H:%M:%S}"
    return f'<text x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="{side}">{said}</text>'


def _line(points: list[tuple[float, float]]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = points if len(points) <= 60 else []
    return f'<polyline class="said" points="{path}"/>' + "".join(
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>' for x, y in dots
    )
