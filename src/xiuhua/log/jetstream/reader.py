"""Reading the log on from a position: in order, without a gap, each record checked.

Most is read from whichever node is near. What looks wrong there (a node that lags, or whose disk
lies) is asked of the leader before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from xiuhua.engine.records import Millis, Record
from xiuhua.log.errors import Damaged, Trimmed

from .marks import Marks
from .messages import records_in
from .stream import Stream
from .wire import Message


class StreamReader:
    """Reads a log; any number of readers at once, in any process."""

    def __init__(self, stream: Stream, marks: Marks) -> None:
        self._stream = stream
        self._marks = marks
        self._place = (0, 1)
        """A position, and the place in the stream from which on what follows it stands."""

    def head(self) -> tuple[int, Millis]:
        """Newest position and its log time; (0, 0) for an empty log."""
        stamp = self._stream.stands()
        return stamp.position, stamp.at

    def name(self) -> str:
        """The log's own id, a UUID made when it was created."""
        return self._stream.name

    def read(self, after: int, *, limit: int = 1000, max_bytes: int = 8 << 20) -> list[Record]:
        """Records with position > `after`; see `Reader.read`. Raises Trimmed when some of them
        have left the log, Damaged when one is not what was written."""
        with self._stream.wire.plainly():
            position, place = self._place
            if position != after or after == 0:
                self._check_start(after)
                place = self._locate(after)
            try:
                return self._read(after, place, limit, max_bytes, leader=False)
            except Damaged:
                self._check_start(after)
                return self._read(after, self._locate(after), limit, max_bytes, leader=True)

    def _check_start(self, after: int) -> None:
        trimmed = self._marks.trimmed()
        if after < trimmed:
            raise Trimmed(self.name(), after=after, trimmed=trimmed)

    def _locate(self, after: int) -> int:
        found = self._stream.first(lambda stamp: stamp.position > after)
        return self._stream.seen + 1 if found is None else found.seq

    def _read(
        self, after: int, place: int, limit: int, max_bytes: int, *, leader: bool
    ) -> list[Record]:
        found: list[Record] = []
        total, wanted = 0, count(after + 1)
        for first, last, records in self._entries(place, max_bytes, leader=leader):
            for record in records:
                if record.position <= after:
                    continue
                total += len(getattr(record, "body", b""))
                if len(found) == limit or (found and total > max_bytes):
                    self._place = found[-1].position, first
                    return found
                if record.position != (position := next(wanted)):
                    raise Damaged(self.name(), position=position, what="it is missing")
                found.append(record)
            place = last + 1
        self._place = after + len(found), place
        return found

    def _entries(
        self, place: int, max_bytes: int, *, leader: bool
    ) -> Iterator[tuple[int, int, list[Record]]]:
        """Whole entries from `place` on, each with the places of its first and last message."""
        parts: list[Message] = []
        for message in self._messages(place, max_bytes, leader=leader):
            stamp = self._stream.stamp(message)
            parts = [*parts, message] if stamp.part else [message]
            if stamp.part + 1 < stamp.parts:
                continue
            if len(parts) != stamp.parts:
                raise Damaged(self.name(), position=stamp.before + 1, what="a part is missing")
            yield parts[0].seq, message.seq, records_in(self.name(), stamp, parts)

    def _messages(self, place: int, max_bytes: int, *, leader: bool) -> Iterator[Message]:
        """Messages from `place` on."""
        while True:
            if leader:
                found = [one] if (one := self._stream.at(place)) else []
            else:
                found = self._stream.near(place, max_bytes)
            if not found:
                return
            yield from found
            place = found[-1].seq + 1
