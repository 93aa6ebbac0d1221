"""The one door to the log: many messages, one commit, then everybody is told.

Whatever MQTT, HTTP and the outbox bring while a commit is under way goes together into the next.
An idle door commits at once; a busy one starts a commit every `GAP` at most. When the log cannot
take it, nobody is acknowledged, the entry is tried again, and the door fills up: `full` tells its
users to stop reading.

An entry that was tried again keeps the time of its first try: log time stood still with the log.
Before it runs on, the log says for how long, so that it counts for nobody's silence.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from xiuhua.engine import control
from xiuhua.engine.records import Millis
from xiuhua.log.base import Answered, Appender, Entry, LogUnavailable, Rejected

from .counters import Counters
from .intake import Taken

ROOM = 32 << 20
"""Bytes that may wait for a commit; a door that holds more is full."""

GAP = 0.002
TICK = 1.0
RETRY_FIRST, RETRY_LAST = 0.05, 2.0
COMPLAIN = 60.0
"""Seconds between two lines about a log that takes nothing."""
LONG = 2.0
"""Seconds after which a commit under way counts as stuck: a log that is locked may hold it for many
more, and whoever comes meanwhile is told at once to come later."""

EXCUSED = 5_000
"""ms of trying again after which the log is told that its door was shut."""

LINKS_MOST = 500
"""Devices in one record about connections."""

_ROW_COST = 400  # what a refused item weighs beside its body, roughly

_log = structlog.get_logger(__name__)


class Receiver(Protocol):
    """Somebody whose messages are in the door's hand."""

    def committed(self, acknowledgements: Sequence[bytes], /) -> None:
        """These, as they were offered and in that order, are on disk now."""


@dataclass(slots=True)
class _Batch:
    """What goes into one commit, and who waits for it."""

    bodies: list[bytes] = field(default_factory=list)
    count: int = 0
    controls: list[tuple[str, bytes]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)
    links: dict[str, bool] = field(default_factory=dict)
    """By device, whether the connection that it speaks through stands."""
    waiting: dict[Receiver, list[bytes]] = field(default_factory=dict)
    size: int = 0

    @property
    def bare(self) -> bool:
        """Whether there is nothing to write, only somebody to tell: all of it was refused, by a
        speaker that has had enough kept."""
        written = self.controls or self.links or self.rejected or self.answers or self.replayed
        return bool(self.waiting) and not (self.count or written)

    @property
    def owes(self) -> bool:
        """Whether it may not be left unwritten when the door closes."""
        return bool(self.waiting or self.controls or self.links)

    def entry(self) -> Entry:
        return Entry(
            count=self.count,
            body=b"".join(self.bodies),
            controls=(*self.controls, *_notes(self.links)),
            rejected=tuple(self.rejected),
            answers=tuple(self.answers),
            replayed=tuple(self.replayed),
        )


def _notes(links: Mapping[str, bool]) -> Iterator[tuple[str, bytes]]:
    for up in (False, True):
        devices = tuple(device for device, stands in links.items() if stands is up)
        for start in range(0, len(devices), LINKS_MOST):
            note = control.LinkSet(devices[start : start + LINKS_MOST], up)
            yield f"link-{uuid.uuid4()}", control.encode(note)


class _Promise:
    """A receiver that somebody awaits."""

    def __init__(self) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def committed(self, _acknowledgements: Sequence[bytes], /) -> None:
        if not self.future.done():  # whoever waited may have given up
            self.future.set_result(None)


class Door:
    """Collects, commits, acknowledges. Everything but `append` runs in the event loop."""

    def __init__(
        self,
        appender: Appender,
        clock: Callable[[], Millis],
        counters: Counters,
        *,
        room: int = ROOM,
    ) -> None:
        self._appender = appender
        self._clock = clock
        self._counters = counters
        self.room = room
        self._batch = _Batch()
        self.held = 0
        self._something = asyncio.Event()
        self._closing = False
        self.stuck = False
        """Whether the log has not taken the last commit, which is tried again and again, or is
        taking long over it."""
        self._when_room: list[Callable[[], None]] = []
        self._written = -TICK
        self._complained = -COMPLAIN
        self._thread = ThreadPoolExecutor(1, "log-appender")

    @property
    def full(self) -> bool:
        """Whether more waits than there is room for: bring nothing until there is."""
        return self.held >= self.room

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call this once, as soon as the door is no longer full."""
        self._when_room.append(callback)

    def offer(self, taken: Taken, receiver: Receiver, acknowledgement: bytes = b"") -> None:
        """Take what a message came to into the next commit; then tell the receiver."""
        batch = self._batch
        batch.bodies.append(taken.body)
        batch.count += taken.count
        size = len(taken.body)
        if taken.refused:
            kept = taken.kept
            batch.rejected.extend(kept)
            size += sum(_ROW_COST + len(record.body or b"") for record in kept)
        self._await_commit(receiver, acknowledgement, size)

    async def commit(
        self, taken: Taken, *, answer: Answered | None = None, replayed: int | None = None
    ) -> None:
        """Take what a message came to, and return when it is on disk; in the same commit keep the
        answer to it, and mark the rejected message of that number as played again."""
        promise = _Promise()
        if answer is not None:
            self._batch.answers.append(answer)
        if replayed is not None:
            self._batch.replayed.append(replayed)
        self.offer(taken, promise)
        await promise.future

    async def commit_controls(self, controls: Sequence[tuple[str, bytes]]) -> None:
        """Take control records (id, body), and return when they are on disk."""
        promise = _Promise()
        self._batch.controls.extend(controls)
        self._await_commit(promise, b"", sum(len(body) for _, body in controls))
        await promise.future

    def link(self, devices: Iterable[str], *, up: bool) -> None:
        """Say in the next commit that these devices' connection stands, or has broken."""
        self._batch.links.update(dict.fromkeys(devices, up))
        self._something.set()

    def leapt(self, since: Millis) -> None:
        """Log time is about to leap from `since` to now: say so first, as if we had been shut."""
        note = control.DoorUp(at=self._clock(), since=since)
        self._batch.controls.insert(0, (f"door-{uuid.uuid4()}", control.encode(note)))
        self._something.set()

    def close(self) -> None:
        """Commit what is in hand; then `run` returns."""
        self._closing = True
        self._something.set()

    async def run(self) -> None:
        """Commit until closed. Raises LogUnavailable where trying again cannot help."""
        try:
            while not self._closing or self._batch.owes:
                await self._wait_for_something()
                batch, self._batch = self._batch, _Batch()
                self._something.clear()
                started = time.perf_counter()
                if not (batch.bare and started - self._written < TICK):  # else it becomes a tick
                    await self._commit(batch)
                    self._written = started
                self._tell(batch, time.perf_counter() - started)
                await asyncio.sleep(max(0.0, GAP - (time.perf_counter() - started)))
        finally:
            self._thread.shutdown(wait=False)

    def _await_commit(self, receiver: Receiver, acknowledgement: bytes, size: int) -> None:
        self._batch.waiting.setdefault(receiver, []).append(acknowledgement)
        self._batch.size += size
        self.held += size
        self._something.set()

    async def _wait_for_something(self) -> None:
        try:
            async with asyncio.timeout(TICK):
                await self._something.wait()
        except TimeoutError:
            pass  # a second of quiet: the empty entry becomes a tick

    async def _commit(self, batch: _Batch) -> None:
        loop, entry, pause = asyncio.get_running_loop(), batch.entry(), RETRY_FIRST
        at = self._clock()
        while True:
            append = self._appender.append
            slow = loop.call_later(LONG, self._set_stuck, True)
            try:
                await loop.run_in_executor(self._thread, append, entry, at)
            except LogUnavailable as error:
                self._complain(error, len(batch.waiting))
                self._set_stuck(True)
                self._counters.commit_failures.inc()
                if error.permanent:
                    raise
            else:
                if self.stuck and self._clock() - at > EXCUSED:
                    self.leapt(at)
                if self.stuck:
                    _log.info("log.available")
                self._set_stuck(False)
                return
            finally:
                slow.cancel()
            await asyncio.sleep(pause)
            pause = min(2 * pause, RETRY_LAST)

    def _complain(self, error: LogUnavailable, waiting: int) -> None:
        """At once, then once a minute: a disk that is full gets no fuller by lines about it."""
        now = time.monotonic()
        if self.stuck and now - self._complained < COMPLAIN:
            return
        self._complained = now
        _log.warning("log.unavailable", why=str(error), waiting=waiting)

    def _set_stuck(self, stuck: bool, /) -> None:
        self.stuck = stuck
        self._counters.stuck.set(stuck)

    def _tell(self, batch: _Batch, seconds: float) -> None:
        was_full = self.full
        self.held -= batch.size
        self._counters.commit_seconds.observe(seconds)
        self._counters.commit_readings.observe(batch.count)
        self._counters.held.set(self.held)
        for receiver, acknowledgements in batch.waiting.items():
            receiver.committed(acknowledgements)
        if was_full and not self.full:
            callbacks, self._when_room = self._when_room, []
            for callback in callbacks:
                callback()
