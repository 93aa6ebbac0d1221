"""What stands beside the entries: who reads, what was trimmed, which refusals were played again.

All of it but the last is one small document that is changed by compare-and-set, so that a reader
that registers and a trimming that passes it cannot miss each other.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from xiuhua.engine.records import Millis
from xiuhua.log.errors import Refused, Trimmed
from xiuhua.log.rejected import INSERT, Kept, RejectedBox, Tally
from xiuhua.log.retention import Registered
from xiuhua.log.sql import Session
from xiuhua.log.sqlite import Sqlite

from .messages import records_in, rejected_in
from .stream import Stream
from .wire import WRONG_LAST, Message, NoAnswer, Out, Said

TRIES = 50
_REPLAYED = "UPDATE log_rejected SET replayed = ? WHERE number = ?"


class Doc(msgspec.Struct, frozen=True):
    """Everything up to `trimmed` has left the log; `readers` are position and time by name."""

    trimmed: int = 0
    readers: dict[str, tuple[int, Millis]] = {}


class Marks:
    """The document, and one mark for each refusal that was played again."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._subject = f"{stream.marks}.state"
        self.replayed = f"{stream.marks}.replayed."

    def doc(self) -> Doc:
        """The document as it stands."""
        return self._read()[0]

    def trimmed(self) -> int:
        """Everything up to this position has left the log."""
        return self.doc().trimmed

    def change(self, change: Callable[[Doc], Doc]) -> tuple[Doc, Doc]:
        """Change the document, whoever else does at the same time; before and after. `change` may
        be called more than once."""
        with self._stream.wire.plainly():
            for _ in range(TRIES):
                before, seq = self._read()
                after = change(before)
                try:
                    if after == before or self._put(self._subject, msgspec.json.encode(after), seq):
                        return before, after
                except NoAnswer:
                    continue  # in doubt: what is read again tells
        raise Refused("others change the log's marks all the time", permanent=False)

    def mark(self, number: int, now: Millis) -> bool:
        """Mark a refusal as played again; whether nobody had before."""
        with self._stream.wire.plainly():
            return self._put(f"{self.replayed}{number}", str(now).encode(), 0)

    def _read(self) -> tuple[Doc, int]:
        found = self._stream.wire.last(self._stream.marks, self._subject)
        if found is None:
            return Doc(), 0
        return msgspec.json.decode(found.data, type=Doc), found.seq

    def _put(self, subject: str, data: bytes, expected: int) -> bool:
        """Write it if nobody else has since `expected`; whether it was written."""
        named = {"Nats-Expected-Last-Subject-Sequence": str(expected)}
        try:
            self._stream.wire.publish([Out(subject, data, named)])
        except Said as error:
            if error.code != WRONG_LAST:
                raise
            return False
        return True


class StreamRetention:
    """Readers that the log waits for, and the trimming of what nobody needs any more."""

    def __init__(self, stream: Stream, marks: Marks) -> None:
        self._stream = stream
        self._marks = marks

    def register(self, name: str, position: int, now: Millis) -> None:
        """Reader `name` has everything up to `position` safe and will not ask for it again.

        Raises Trimmed when what follows `position` is gone already.
        """

        def registered(doc: Doc) -> Doc:
            if position < doc.trimmed:
                raise Trimmed(self._stream.name, after=position, trimmed=doc.trimmed)
            return msgspec.structs.replace(doc, readers=doc.readers | {name: (position, now)})

        self._marks.change(registered)

    def forget(self, name: str) -> None:
        """The log waits for this reader no longer."""
        self._marks.change(
            lambda doc: msgspec.structs.replace(
                doc, readers={key: at for key, at in doc.readers.items() if key != name}
            )
        )

    def registered(self) -> list[Registered]:
        """The readers that the log waits for, the slowest first."""
        readers = self._marks.doc().readers
        found = [Registered(name, position, at) for name, (position, at) in readers.items()]
        return sorted(found, key=lambda each: (each.position, each.name))

    def older_than(self, time: Millis) -> int:
        """The position before which every record is older than `time`, for `trim`."""
        trimmed, newest = self._marks.trimmed(), self._stream.stands().position
        found = self._stream.first(lambda stamp: stamp.at >= time and stamp.position > trimmed)
        return newest + 1 if found is None else max(self._stream.stamp(found).before, trimmed) + 1

    def beyond_size(self, max_bytes: int) -> int:
        """The position from which on the records' bodies fit into `max_bytes`, for `trim`."""
        stands, trimmed = self._stream.stands(), self._marks.trimmed()
        found = self._stream.first(lambda stamp: stands.size - stamp.size <= max_bytes)
        if found is None:
            return stands.position + 1
        stamp = self._stream.stamp(found)
        parts = [self._part(found.seq + at) for at in range(stamp.parts)]
        oldest, left = stamp.position + 1, max_bytes - (stands.size - stamp.size)
        for record in reversed(records_in(self._stream.name, stamp, parts)):
            left -= len(getattr(record, "body", b""))
            if left < 0:
                break
            oldest = record.position
        return max(oldest, trimmed + 1)

    def trim(self, before_position: int, *, chunk: int = 2000) -> int:
        """Remove the records before that position, but none that a registered reader has not got
        safe; nothing at all while no reader is registered. Returns how many went.

        Removes `chunk` messages at a time, so that the appender never waits for long.
        """
        head = self._stream.stands().position

        def trimmed(doc: Doc) -> Doc:
            safe = min((position for position, _ in doc.readers.values()), default=0)
            last = max(doc.trimmed, min(before_position - 1, safe, head))
            return msgspec.structs.replace(doc, trimmed=last)

        before, after = self._marks.change(trimmed)
        self._purge(after.trimmed, chunk)
        return after.trimmed - before.trimmed

    def _purge(self, last: int, chunk: int) -> None:
        """Remove the entries that hold nothing behind `last`; but the newest, which says where the
        log stands."""
        newest = self._stream.newest()
        oldest = self._stream.at(1)
        if newest is None or oldest is None:
            return
        found = self._stream.first(lambda stamp: stamp.position > last)
        until = newest.seq if found is None else found.seq
        with self._stream.wire.plainly():
            seq = oldest.seq
            while seq < until:
                seq = min(seq + chunk, until)
                purge(self._stream, self._stream.subjects.entry, seq)

    def _part(self, seq: int) -> Message:
        part = self._stream.at(seq)
        assert part is not None, "an entry is committed whole"
        return part


def purge(stream: Stream, subject: str, before: int) -> None:
    """Remove a subject's messages that stand before that place."""
    stream.wire.ask(f"STREAM.PURGE.{stream.id}", {"filter": subject, "seq": before})


class _Scratch(Sqlite):
    """The refusals as rows, in memory, so that they can be asked for by reason and device."""

    def __init__(self) -> None:
        super().__init__(Path(":memory:"))
        self.make_tables()


class StreamRejected(RejectedBox):
    """The rejected messages of a log. The first question reads all of them, each further one what
    came since."""

    def __init__(self, stream: Stream, marks: Marks) -> None:
        super().__init__(_Scratch())
        self._stream = stream
        self._marks = marks
        self._next = self._next_mark = 1
        self._turn = threading.Lock()

    def find(
        self, *, reason: str = "", device: str = "", before: int = 0, limit: int = 100
    ) -> list[Kept]:
        self._catch_up()
        return super().find(reason=reason, device=device, before=before, limit=limit)

    def count(self, *, since: Millis = 0) -> list[Tally]:
        self._catch_up()
        return super().count(since=since)

    def mark_replayed(self, numbers: Sequence[int], now: Millis) -> list[int]:
        self._catch_up()
        with self._database.reading() as session:
            waiting = session.rows("SELECT number FROM log_rejected WHERE replayed IS NULL")
        there = {row[0] for row in waiting}
        marked = [n for n in numbers if n in there and self._marks.mark(n, now)]
        self._catch_up()
        return marked

    def trim(self, before: Millis) -> int:
        """Remove what was rejected before that time, a commit's refusals together once all of them
        are older; returns how many went."""
        gone, until = 0, 1
        with self._stream.wire.plainly():
            for message in self._stream.wire.follow(self._stream.id, self._subject, 1):
                rows = rejected_in(message)
                if any(row[1] >= before for row in rows):
                    break
                gone, until = gone + len(rows), message.seq + 1
            if gone:
                purge(self._stream, self._subject, until)
        return gone

    @property
    def _subject(self) -> str:
        return self._stream.subjects.rejected

    def _catch_up(self) -> None:
        with self._turn, self._stream.wire.plainly():
            places = self._next, self._next_mark
            try:
                with self._database.writing() as session:
                    self._copy(session)
            except BaseException:
                self._next, self._next_mark = places  # nothing of it was kept
                raise

    def _copy(self, session: Session) -> None:
        wire = self._stream.wire
        oldest = wire.next(self._stream.id, self._subject, 1)
        first = sys.maxsize if oldest is None else rejected_in(oldest)[0][0]
        session.change("DELETE FROM log_rejected WHERE number < ?", first)
        for message in wire.follow(self._stream.id, self._subject, self._next):
            session.run_many(INSERT, rejected_in(message))
            self._next = message.seq + 1
        for mark in wire.follow(self._stream.marks, f"{self._marks.replayed}*", self._next_mark):
            number = int(mark.subject.removeprefix(self._marks.replayed))
            session.change(_REPLAYED, int(mark.data), number)
            self._next_mark = mark.seq + 1
