"""What stands beside the entries: who reads, what was trimmed, notes; and the rejected messages.

Readers and trimming are one small document that is changed by compare-and-set, so that a reader
that registers and a trimming that passes it cannot miss each other.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import msgspec

from xiuhua.engine.records import Millis
from xiuhua.log.errors import Refused, Trimmed
from xiuhua.log.notes import Note, Notes
from xiuhua.log.rejected import ALL, FOREVER, INSERT, Kept, Narrowed, RejectedBox, Tally, mark
from xiuhua.log.retention import Registered
from xiuhua.log.sql import Session

from .messages import records_in, rejected_in, replayed_in
from .scratch import Scratch
from .stream import Stream
from .wire import WRONG_LAST, Message, NoAnswer, Out, Said

TRIES = 50


class Doc(msgspec.Struct, frozen=True):
    """Everything up to `trimmed` has left the log; `readers` are position and time by name."""

    trimmed: int = 0
    readers: dict[str, tuple[int, Millis]] = {}


class Marks:
    """The document."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._subject = f"{stream.marks}.state"

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

    def trimmed(self) -> int:
        """Everything up to this position has left the log."""
        return self._marks.trimmed()

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
        for record in reversed(records_in(parts)):
            left -= len(getattr(record, "body", b""))
            if left < 0:
                break
            oldest = record.position
        return max(oldest, trimmed + 1)

    def blocking(self, before_position: int) -> list[Registered]:
        """The readers for whose sake `trim` would keep records before that position."""
        last = min(before_position - 1, self._stream.stands().position)
        return [reader for reader in self.registered() if reader.position < last]

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


class StreamRejected(RejectedBox):
    """The rejected messages of a log. The first question reads all of them, each further one what
    came since."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(Scratch())
        self._stream = stream
        self._next = self._next_mark = 1
        self._turn = threading.Lock()

    def find(self, which: Narrowed = ALL, *, before: int = 0, limit: int = 100) -> list[Kept]:
        self._catch_up()
        return super().find(which, before=before, limit=limit)

    def waiting(
        self, which: Narrowed = ALL, *, after: int = 0, upto: int = FOREVER, limit: int = 100
    ) -> list[Kept]:
        self._catch_up()
        return super().waiting(which, after=after, upto=upto, limit=limit)

    def one(self, number: int) -> Kept | None:
        self._catch_up()
        return super().one(number)

    def count(self, which: Narrowed = ALL) -> list[Tally]:
        self._catch_up()
        return super().count(which)

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
                purge(self._stream, self._stream.subjects.replayed, until)
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
        # The marks first: what they speak of stands before them, and is copied by then.
        marks = list(wire.follow(self._stream.id, self._stream.subjects.replayed, self._next_mark))
        for message in wire.follow(self._stream.id, self._subject, self._next):
            session.run_many(INSERT, rejected_in(message))
            self._next = message.seq + 1
        for message in marks:
            at, numbers = replayed_in(message)
            mark(session, numbers, at)
            self._next_mark = message.seq + 1


class StreamNotes(Notes):
    """The notes beside a log, each the newest message of its own subject."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._subject = f"{stream.marks}.note."

    def put(self, name: str, body: str, now: Millis) -> None:
        data = msgspec.json.encode((body, now))
        with self._stream.wire.plainly():
            self._stream.wire.publish([Out(self._subject + name, data, {})])

    def get(self, name: str) -> Note | None:
        with self._stream.wire.plainly():
            found = self._stream.wire.last(self._stream.marks, self._subject + name)
        return None if found is None else msgspec.json.decode(found.data, type=Note)

    def remove(self, name: str) -> None:
        with self._stream.wire.plainly():
            self._stream.wire.ask(
                f"STREAM.PURGE.{self._stream.marks}", {"filter": self._subject + name}
            )
