"""What a device said: its last reading for a person's eyes, and series for charts.

Tokens of people, cards and plates are never shown, whatever the kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from xiuhua.city.manifest import history
from xiuhua.epoch import millis, now_ms
from xiuhua.history.layout import Home
from xiuhua.kinds import Field, Kind, kind

from .models import Device
from .queries import state_of

if TYPE_CHECKING:
    from xiuhua.history.reader import History

POINTS = 400
"""Most points of a series: as many as a chart of a screen's width can show."""

BEHIND = 60_000
"""Longer than history is ever behind the log while the worker keeps up, ms."""

_DRAWN = ("number", "count", "bool")


class Series(msgspec.Struct, frozen=True):
    """What one field did: mean, lowest and highest of each stretch, by its start in epoch ms.

    `gaps` are the times, from and to, in which a device that has to speak did not say it.
    """

    device: str
    field: str
    time: list[int]
    value: list[float]
    low: list[float]
    high: list[float]
    gaps: list[tuple[int, int]]


@dataclass(frozen=True)
class Said:
    """One field of the last reading."""

    field: Field
    value: float | bool | str | None

    @property
    def choice_zh(self) -> str:
        """The Chinese word of a choice, else ""."""
        words = dict(zip(self.field.choices, self.field.choices_zh, strict=False))
        return words.get(str(self.value), "")


def last(device: Device) -> list[Said]:
    """The fields of the newest reading in the kind's order; empty for a device that never spoke."""
    line = state_of(device).line
    return _said(device, msgspec.json.decode(line)) if line else []


@dataclass(frozen=True)
class Stood:
    """What a device had said last at a moment; `time` and `arrival` are ms, 0: nothing yet."""

    time: int
    arrival: int
    said: list[Said]


def stood(device: Device, at: int) -> Stood:
    """What it had said last by its own time `at` (ms, included). Raises PartMissing or PartDamaged.

    History is up to half a minute behind the log, so the last reading counts too. A field that a
    reading did not have is None.
    """
    state = state_of(device)
    found = history(lambda _: Home(device.kind, device.site)).latest(device.id, at)
    if state.line and state.time <= at and (found is None or millis(found["time"]) < state.time):
        return Stood(state.time, state.arrival, last(device))
    if found is None:
        return Stood(0, 0, [])
    return Stood(millis(found["time"]), millis(found["arrival"]), _said(device, found))


def _said(device: Device, reading: dict[str, Any]) -> list[Said]:
    return [
        Said(field, reading[field.name])
        for field in kind(device.kind).fields
        if field.type != "token" and field.name in reading
    ]


def drawable(of: Kind) -> Sequence[Field]:
    """The fields of a kind that a chart can show, the telling one first."""
    fields = [field for field in of.fields if field.type in _DRAWN]
    return sorted(fields, key=lambda field: field.name != of.chart)


def series(device: Device, field: str, since: int, until: int, *, points: int = POINTS) -> Series:
    """What a field did between two moments (ms, `until` not included).

    History is up to half a minute behind the log, so the last reading is joined to its end. Raises
    ValueError for a field that no chart can show; PartMissing or PartDamaged as history does.
    """
    asked = history(lambda _: Home(device.kind, device.site))
    rows = asked.series(device.id, field, since, until, points)
    times = rows["time"].dt.epoch("ms").to_list()
    values, low, high = (rows[name].to_list() for name in ("mean", "min", "max"))
    gaps = _gaps(asked, device, field, since, min(until, now_ms()))
    newest = _newest(device, field)
    if newest and max([since - 1, *times[-1:]]) < newest[0] < until:
        times.append(newest[0])
        for column in (values, low, high):
            column.append(newest[1])
        gaps = list(_without(gaps, newest[0], _longest(device)))
    return Series(device.id, field, times, values, low, high, gaps)


def _longest(device: Device) -> int:
    """How long it may be quiet before a chart shows a gap, ms: twice as long as one that is well,
    and longer than history is behind; 0 for a kind that speaks only when something passes."""
    interval = kind(device.kind).interval
    return max(BEHIND, int(2000 * interval.total_seconds())) if interval else 0


def _gaps(
    asked: History, device: Device, field: str, since: int, until: int
) -> list[tuple[int, int]]:
    longest = _longest(device)
    if not longest or since >= until:
        return []
    return [(a, b) for a, b in asked.gaps(device.id, field, since, until, longest).rows()]


def _without(gaps: list[tuple[int, int]], said: int, longest: int) -> Iterator[tuple[int, int]]:
    """The gaps, once a value at `said` is known as well."""
    for since, until in gaps:
        if since < said < until:
            halves = (since, said), (said, until)
            yield from (half for half in halves if half[1] - half[0] > longest)
        else:
            yield since, until


def _newest(device: Device, field: str) -> tuple[int, float] | None:
    state = state_of(device)
    value = msgspec.json.decode(state.line).get(field) if state.line else None
    return (state.time, float(value)) if isinstance(value, int | float) else None
