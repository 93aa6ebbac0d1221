"""Reading the log on from a position: in order, without a gap, each record checked.

1. Most is read from whichever node is near.
2. What looks wrong there (a node that lags, or whose disk lies) is asked of the leader.
3. What is wrong there too is asked of each node that has a copy.
4. What none of them has sound is set aside, and read as a tick by everybody from then on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from xiuhua.engine.records import Millis, Record
from xiuhua.log.aside import CHANGED, MISSING, Damage
from xiuhua.log.errors import Damaged, Trimmed
from xiuhua.log.sql import Row

from .aside import StreamAside
from .marks import Marks
from .messages import Stamp, is_ours, records_in, rows_in, stamp_of
from .stream import Stream
from .wire import Message


class _Unsound(Exception):
    """Records `first` to `last` are not what was written; entries around them stand at or behind
    `place`."""

    def __init__(self, first: int, last: int, place: int) -> None:
        super().__init__(first)
        self.first = first
        self.last = last
        self.place = place


class StreamReader:
    """Reads a log; any number of readers at once, in any process."""

    def __init__(self, stream: Stream, marks: Marks, aside: StreamAside) -> None:
        self._stream = stream
        self._marks = marks
        self.aside = aside
        self._place = (0, 1)
        """A position, and the place in the stream from which on what follows it stands."""
        self._elsewhere: dict[int, Record] = {}
        """Sound records that the leader has not."""

    def head(self) -> tuple[int, Millis]:
        """Newest position and its log time; (0, 0) for an empty log."""
        stamp = self._stream.stands()
        return stamp.position, stamp.at

    def name(self) -> str:
        """The log's own id, a UUID made when it was created."""
        return self._stream.name

    def read(self, after: int, *, limit: int = 1000, max_bytes: int = 8 << 20) -> list[Record]:
        """Records with position > `after`; see `Reader.read`. Raises Trimmed when some of them
        have left the log, Damaged when a node that may have a sound copy cannot be asked."""
        self._elsewhere = {at: it for at, it in self._elsewhere.items() if at > after}
        with self._stream.wire.plainly():
            position, place = self._place
            if position != after or after == 0:
                self._check_start(after)
                place = self._locate(after)
            leader = False
            while True:
                try:
                    return self._read(after, place, limit, max_bytes, leader=leader)
                except _Unsound as unsound:
                    self._check_start(after)
                    if leader:
                        self._mend(unsound)
                    leader, place = True, self._locate(after)

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
        aside: dict[int, Record] | None = None
        found: list[Record] = []
        total = 0
        for first, last, stamp, parts in self._entries(place, max_bytes, leader=leader):
            if aside is None:
                aside = self.aside.between(after, after + limit)
            sound = {record.position: record for record in records_in(parts)}
            for position in range(after + len(found) + 1, stamp.position + 1):
                if len(found) == limit:
                    self._place = found[-1].position, first
                    return found
                record = aside.get(position) or sound.get(position)
                record = record or self._elsewhere.get(position)
                if record is None:
                    raise _Unsound(position, _until(position, stamp, sound), place)
                total += len(getattr(record, "body", b""))
                if found and total > max_bytes:
                    self._place = found[-1].position, first
                    return found
                found.append(record)
            place = last + 1
        self._place = after + len(found), place
        return found

    def _entries(
        self, place: int, max_bytes: int, *, leader: bool
    ) -> Iterator[tuple[int, int, Stamp, Sequence[Message]]]:
        """The entries from `place` on, each with the places of its first and last message."""
        return _whole(self._messages(place, max_bytes, leader=leader))

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

    def _mend(self, unsound: _Unsound) -> None:
        """Find sound copies of these records on any node, and set aside those that have none."""
        wanted = range(unsound.first, unsound.last + 1)
        sound: dict[int, Record] = {}
        broken: dict[int, Row] = {}
        for messages in self._stream.copies(unsound.place, unsound.last):
            for _, _, _, parts in _whole(messages):
                sound |= {record.position: record for record in records_in(parts)}
                broken |= {row[0]: row for row in rows_in(parts)}
            if all(position in sound for position in wanted):
                break
        self._elsewhere |= {at: sound[at] for at in wanted if at in sound}
        if lost := [at for at in wanted if at not in sound]:
            if away := self._stream.away():
                raise Damaged(self.name(), lost[0], away)
            damages = [
                Damage(at, CHANGED if at in broken else MISSING, broken.get(at)) for at in lost
            ]
            self.aside.put(damages, self._time_before(lost[0], sound), time.time_ns() // 1_000_000)

    def _time_before(self, position: int, sound: dict[int, Record]) -> Millis:
        """Log time of the record before it, or of the first sound one behind it where that has
        left the log."""
        if (before := sound.get(position - 1)) is not None:
            return before.at
        if position > self._marks.trimmed() + 1:
            return self.read(position - 2, limit=1)[0].at
        return next((sound[at].at for at in sorted(sound) if at > position), self.head()[1])


def _until(position: int, stamp: Stamp, sound: dict[int, Record]) -> int:
    """The last of the records from `position` on that an entry should hold, and that are not
    there."""
    return next(
        (at - 1 for at in range(position, stamp.position + 1) if at in sound), stamp.position
    )


def _whole(
    messages: Iterable[Message],
) -> Iterator[tuple[int, int, Stamp, Sequence[Message]]]:
    """The entries among messages in order, each with what is there of its parts; what is no part
    of one is passed over."""
    stamped = ((stamp_of(message), message) for message in messages if is_ours(message))
    for _, group in groupby(stamped, key=lambda each: (each[0].token, each[0].before)):
        stamps, parts = zip(*group, strict=True)
        yield parts[0].seq, parts[-1].seq, stamps[-1], parts
