"""The local worker: log → engine → sink, on one machine, alive.

Each turn: read on from the log; step; commit alerts and the applied position together; note last
readings and history. Now and then: save what changed of the state, with history's new parts.
Killed anywhere, the next worker restores the snapshot and folds on from there: nothing is lost,
nothing doubled.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from xiuhua.engine import control, snapshot
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.errors import SnapshotRefused
from xiuhua.engine.records import Control, Data, Record
from xiuhua.engine.step import State, step
from xiuhua.log.base import Reader

from .ports import AlertSink, Archive, LastReading, Resume

log = structlog.get_logger()

CHECKPOINT_EVERY = 30.0
COMMIT_EVERY = 1.0
SEEN_EVERY = 2.0
PACE = 0.05
"""Seconds: between snapshots, between commits without alerts, between notes of last readings, and
between the starts of two turns: a batch costs nearly the same for one pack as for ten."""

MOST_HELD = 64 << 20
"""Bytes of packs after which history and state are saved without waiting for the time."""


@dataclass(slots=True)
class Due:
    """Something to be done every so many seconds of the worker's own clock."""

    every: float
    last: float = field(default_factory=time.monotonic)

    def now(self) -> bool:
        """Whether the time has come; if so, it begins anew."""
        moment = time.monotonic()
        if moment - self.last < self.every:
            return False
        self.last = moment
        return True


class Worker:
    """One worker of one bucket. `safe` is told the position up to which nothing of the log is
    needed any more, after each checkpoint. `archive_of` makes the archive: whose readings go where
    is for the engine's own ledger to say, which follows the log."""

    def __init__(
        self,
        reader: Reader,
        sink: AlertSink,
        archive_of: Callable[[State], Archive],
        safe: Callable[[int], None],
    ) -> None:
        self.reader = reader
        self.sink = sink
        self.safe = safe
        resume = sink.claim()
        self.epoch = resume.epoch
        self.applied = resume.applied
        self.state = _resumed(resume, reader.name())
        self.archive = archive_of(self.state)
        self._newest: dict[str, LastReading] = {}
        self._broken: dict[str, int] = {}
        self._held = 0
        self._commit, self._seen = Due(COMMIT_EVERY), Due(SEEN_EVERY)
        self._checkpoint = Due(CHECKPOINT_EVERY)
        log.info("worker resumes", snapshot=resume.snapshot, applied=self.applied)

    def run(self, stop: threading.Event) -> None:
        """Turn until told to stop, then save everything. Raises Fenced when another took over."""
        while not stop.is_set():
            began = time.monotonic()
            self.turn()
            stop.wait(max(0.0, PACE - (time.monotonic() - began)))
        self.commit([])
        self.checkpoint()

    def turn(self) -> int:
        """One batch; returns how many records it held."""
        records = self.reader.read(self.state.position)
        if records:
            self._fold(records)
        if self._seen.now():
            self.note_seen()
        if self._checkpoint.now() or self._held > MOST_HELD:
            self.checkpoint()
        return len(records)

    def _fold(self, records: list[Record]) -> None:
        self.state, changes = step(self.state, records)
        for refused in self.state.refused:
            log.error("rule left out", why=str(refused))
        late: dict[int, set[int]] = defaultdict(set)
        for position, line in self.state.late:
            late[position].add(line)
        for record in records:
            if isinstance(record, Data):
                self._newest.update(_newest(record))
                self.archive.add(record, late.get(record.position, ()))
                self._held += len(record.body)
            elif isinstance(record, Control):
                self._broken.update(_broken(record))
        fresh = [change for change in changes if change.position > self.applied]
        if fresh or self._commit.now():
            self.commit(fresh)

    def commit(self, changes: list[AlertChange]) -> None:
        """Write the changes and how far the log is applied, in one transaction."""
        position = self.state.position
        if position > self.applied:
            self.sink.commit(self.epoch, applied=position, at=self.state.time, changes=changes)
            self.applied = position

    def note_seen(self) -> None:
        """Tell the rooms the newest reading of each device that spoke since, and whose connection
        broke, or stands again."""
        if self._newest:
            self.sink.seen(self.epoch, list(self._newest.values()))
            self._newest = {}
        if self._broken:
            self.sink.linked(self.epoch, self._broken)
            self._broken = {}

    def checkpoint(self) -> None:
        """Save the chunks of state that changed, and history's new parts, as of this position."""
        if self.state.position > self.applied:
            self.commit([])
        self.note_seen()  # a restart goes on behind this point, and would not find it again
        parts = self.archive.flush()
        changed = snapshot.changed(self.state)
        self.sink.checkpoint(self.epoch, position=self.state.position, chunks=changed, parts=parts)
        self._held = 0
        self.safe(self.state.position)


def _resumed(resume: Resume, name: str) -> State:
    if not resume.chunks:
        return State(name)
    state = snapshot.restore(resume.chunks)
    if state.log != name:
        raise SnapshotRefused(
            f"The worker's state belongs to log {state.log}; this is log {name}. Both stay "
            "as they are. Give it the log and the database that belong together: XIUHUA_LOG, "
            "XIUHUA_DATABASE."
        )
    return state


def _broken(record: Control) -> dict[str, int]:
    """By device, what a record about connections says."""
    change = control.decode(record.body)
    if not isinstance(change, control.LinkSet):
        return {}
    return dict.fromkeys(change.devices, 0 if change.up else record.at)


def _newest(pack: Data) -> Iterable[tuple[str, LastReading]]:
    """The newest line of each device in a pack, as the door wrote it: device first, then time."""
    for line in pack.body.splitlines():
        device, rest = line[11:].split(b'"', 1)
        moment = rest[8:].split(b",", 1)[0].rstrip(b"}")
        name = device.decode()
        yield name, LastReading(device=name, time=int(moment), arrival=pack.at, line=line)
