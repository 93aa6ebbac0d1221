"""What a runner needs of the rooms, said by the runner. The city implements it; tests do too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from xiuhua.engine.changes import AlertChange
from xiuhua.engine.records import Data
from xiuhua.history.parts import Part


class Fenced(Exception):
    """Another worker has taken over; this one must stop and write nothing more."""


@dataclass(frozen=True, kw_only=True)
class LastReading:
    """The newest reading of a device: `line` is its flat JSON line without the newline."""

    device: str
    time: int
    arrival: int
    line: bytes


@dataclass(frozen=True, kw_only=True)
class Resume:
    """Where a worker goes on: alerts are written up to `applied`, state is saved as of `snapshot`.

    `chunks` is the saved state by name, empty on a first start (then both positions are 0).
    """

    epoch: int
    applied: int
    snapshot: int
    chunks: Mapping[str, bytes]


class Archive(Protocol):
    """Where readings go for good."""

    def add(self, pack: Data, late: Collection[int] = ()) -> None:
        """Take the readings of a pack in; `late` are the numbers, from 0, of its late lines. They
        are safe after `flush` and the next checkpoint."""

    def flush(self) -> list[Part]:
        """Put everything taken in on disk, as parts that nobody reads before they are named. The
        same packs give the same parts again."""


class AlertSink(Protocol):
    """Where alerts, progress and snapshots are written. Every method is one transaction and
    raises `Fenced` when `epoch` is no longer the newest claim."""

    def claim(self) -> Resume:
        """Take over from whichever worker was there before."""

    def commit(self, epoch: int, *, applied: int, at: int, changes: Sequence[AlertChange]) -> None:
        """Write the changes and the applied position together. `at` is log time there, ms."""

    def seen(self, epoch: int, readings: Sequence[LastReading]) -> None:
        """Note the newest reading of each of these devices (may lag; pages show its age)."""

    def linked(self, epoch: int, broken: Mapping[str, int]) -> None:
        """Note of each of these devices since when its connection is broken, ms; 0: it stands."""

    def checkpoint(
        self,
        epoch: int,
        *,
        position: int,
        chunks: Mapping[str, bytes | None],
        parts: Sequence[Part],
    ) -> None:
        """Save the changed chunks of state as of `position` (None: the chunk is gone), and make
        these parts of history readable, together."""
