"""The nouns between a level's firing and an alert: what was heard, what fired, what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from .columns import Rows
from .control import Device
from .evidence import Shown
from .jit import F64
from .operators import Firings
from .rule import Rule
from .waiting import Clock

if TYPE_CHECKING:
    from .running import Running

Values: TypeAlias = dict[str, float | bool | str | None]
"""What a reading says, by the names that a rule's sentence calls."""


@dataclass(frozen=True, slots=True)
class Where:
    """What an alert is about, and a device that says where to look: for a device, itself."""

    subject: str
    device: Device


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """A level of a rule begins or ends for a subject, with all that orders it among others."""

    position: int
    instant: int
    rule: str
    subject: str
    level: int
    turn: int
    time: int = field(compare=False)
    on: bool = field(compare=False)
    since: int = field(compare=False)
    seat: int = field(compare=False)
    where: Where = field(compare=False)
    values: F64 | None = field(compare=False)
    run: Running = field(compare=False)


@dataclass(frozen=True, slots=True)
class Fired:
    """One firing of a level in a stretch; `row` is among the rows that were shown, -1: before."""

    level: int
    seat: int
    row: int
    shown: Shown
    turn: int
    position: int
    instant: int
    time: int
    on: bool
    since: int


@dataclass(frozen=True, slots=True)
class Heard:
    """One stretch of log, by kind: what came, what counts from now on, and each device's newest
    applied reading before it, (fields, slots)."""

    arrivals: Mapping[str, Rows]
    applied: Mapping[str, Rows]
    last: Mapping[str, F64]


@dataclass(frozen=True, slots=True)
class Left:
    """A rule no longer covers a subject."""

    rule: Rule
    where: Where


def each(
    level: int, firings: Firings, turn: int, shown: Shown, clock: Clock, *, ticked: bool
) -> Iterator[Fired]:
    """The firings one by one. What a tick decides was shown by the newest row of its seat."""
    positions = clock.position_at(firings.instant, firings.least).tolist()
    for i, seat in enumerate(firings.slot.tolist()):
        row = shown.newest(seat) if ticked else int(firings.row[i])
        yield Fired(
            level=level, seat=seat, row=row, shown=shown, turn=turn + i, position=positions[i],
            instant=int(firings.instant[i]), time=int(firings.time[i]), on=bool(firings.on[i]),
            since=int(firings.since[i]),
        )  # fmt: skip
