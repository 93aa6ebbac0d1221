"""Writing the log: one entry, one commit, by the newest claim only.

Each publish names the place that it must come behind (`Nats-Expected-Last-Sequence`), so that
whatever becomes of it (a leader that changes, an answer that is lost, a try again), it can stand in
the stream once at most, and nobody else's entry can come between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from xiuhua.engine.records import Control, Data, Millis, Record, Tick
from xiuhua.log.base import Entry
from xiuhua.log.errors import InDoubt, Refused, Superseded

from .answers import answer_messages
from .messages import (
    Stamp,
    control_messages,
    entry_messages,
    ids_in,
    rejected_messages,
    replayed_messages,
)
from .stream import Stream
from .wire import NO_STREAM, WRONG_LAST, NoAnswer, Out, Said

SETTLING = 5.0
"""Seconds to go on asking a cluster that does not answer, before the entry is given back."""


@dataclass(frozen=True, slots=True)
class _Try:
    """An entry made ready: its messages, the place they must come behind, what stands after."""

    entry: Entry | None
    behind: int
    stamp: Stamp
    messages: Sequence[Out]
    controls: frozenset[str]


class StreamAppender:
    """The one writer of a log. Opening it takes the log over from whoever wrote it before."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._turn = threading.Lock()
        self._known: set[str] = set()
        self._trying: _Try | None = None
        with stream.wire.plainly():
            self._claim()
            self._learn()

    def append(self, entry: Entry, now: Millis) -> int:
        """Commit the entry; see `Appender.append`. Controls stand before readings, so that a
        device is known when it first speaks.

        Raises Superseded, Refused or InDoubt. The same entry may be given again after any of
        them: where its commit stands after all, it is not written twice.
        """
        with self._turn, self._stream.wire.plainly():
            trying = self._trying
            if trying is None or trying.entry is not entry:
                trying = self._ready(entry, now)
            return self._settle(trying, now)

    def _claim(self) -> None:
        """Write an entry without records under the next epoch: older claims' publishes fail."""
        deadline = time.monotonic() + SETTLING
        while True:
            newest = self._stream.newest()
            before = Stamp() if newest is None else self._stream.stamp(newest)
            stamp = before._replace(
                epoch=before.epoch + 1, before=before.position, part=0, parts=1, token=uuid4().hex
            )
            self._seq = 0 if newest is None else newest.seq
            trying = self._try(None, stamp, stamp.at, (), ())
            try:
                self._seq = self._publish(trying)
            except (NoAnswer, Said):  # another claims as well, or the cluster looks for a leader
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                self._stands = stamp
                return

    def _learn(self) -> None:
        """Know every control that stands in the log, or ever stood there."""
        stream = self._stream
        for message in stream.wire.follow(stream.id, stream.subjects.control, 1):
            self._known.update(ids_in(message))

    def _ready(self, entry: Entry, now: Millis) -> _Try:
        """Steps: 1. new controls, readings, or a tick; 2. what stands after them; 3. messages."""
        stands = self._stands
        at = max(now, stands.at)
        new: dict[str, bytes] = {}
        for name, body in entry.controls:
            if name not in self._known:
                new.setdefault(name, body)
        records = _records(stands.position, at, entry, new)
        stamp = Stamp(
            epoch=stands.epoch,
            before=stands.position,
            position=stands.position + len(records),
            at=at if records else stands.at,
            rejected=stands.rejected + len(entry.rejected),
            size=stands.size + sum(len(getattr(each, "body", b"")) for each in records),
            token=uuid4().hex,
        )
        return self._try(entry, stamp, at, records, list(new))

    def _try(
        self,
        entry: Entry | None,
        stamp: Stamp,
        at: Millis,
        records: Sequence[Record],
        new: Sequence[str],
    ) -> _Try:
        room, subjects = self._stream.room, self._stream.subjects
        rejected = entry.rejected if entry else ()
        messages = [
            *rejected_messages(subjects, stamp.rejected - len(rejected), rejected, room),
            *control_messages(subjects, new, room),
            *replayed_messages(subjects, at, entry.replayed if entry else (), room),
            *answer_messages(subjects.answer, entry.answers if entry else ()),
            *entry_messages(subjects, stamp, records, room),
        ]
        behind = {"Nats-Expected-Last-Sequence": str(self._seq)}
        first = messages[0]
        messages[0] = Out(first.subject, first.data, {**first.headers, **behind})
        return _Try(entry, self._seq, stamp, messages, frozenset(new))

    def _publish(self, trying: _Try) -> int:
        return self._stream.wire.publish(trying.messages, once=trying.stamp.token)

    def _settle(self, trying: _Try, now: Millis) -> int:
        """Publish until it is known how it ended; give up when the cluster stays away."""
        deadline, doubt = time.monotonic() + SETTLING, trying is self._trying
        while True:
            self._trying = trying
            why: Exception
            try:
                return self._stand(trying, self._publish(trying))
            except NoAnswer as error:
                why, doubt = error, doubt or error.sent
            except Said as error:
                if error.code == NO_STREAM:
                    raise
                why = error
                if error.code == WRONG_LAST and self._look(trying):
                    return self._stands.position
                if trying.behind != self._seq and trying.entry is not None:
                    trying = self._ready(trying.entry, now)  # an older try of ours stands
                    continue
            if time.monotonic() > deadline:
                raise InDoubt(str(why)) if doubt else Refused(str(why), permanent=False)
            time.sleep(0.1)

    def _look(self, trying: _Try) -> bool:
        """Whether what stands at the end of the stream is this try; note what does.

        Raises Superseded when it is another appender's.
        """
        newest = self._stream.newest()
        assert newest is not None, "our claim stands there at least"
        stamp = self._stream.stamp(newest)
        mine = self._stands.epoch
        if stamp.epoch != mine:
            raise Superseded(self._stream.name, mine=mine, newest=stamp.epoch)
        if stamp.token == trying.stamp.token:
            self._stand(trying, newest.seq)
            return True
        if newest.seq > self._seq:  # an older try of ours that was given up
            self._seq, self._stands = newest.seq, stamp
            self._learn()
        return False

    def _stand(self, trying: _Try, seq: int) -> int:
        self._trying = None
        self._seq, self._stands = seq, trying.stamp
        self._stream.seen = max(self._stream.seen, seq)
        self._known |= trying.controls
        return trying.stamp.position


def _records(position: int, at: Millis, entry: Entry, controls: dict[str, bytes]) -> list[Record]:
    records: list[Record] = [
        Control(number, at, name, body)
        for number, (name, body) in enumerate(controls.items(), position + 1)
    ]
    position += len(records)
    if entry.count:
        records.append(Data(position + 1, at, entry.count, entry.body))
    if not (entry.count or entry.controls or entry.rejected):
        records.append(Tick(position + 1, at))
    return records
