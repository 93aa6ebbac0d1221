"""The log on a NATS JetStream cluster: three copies, each entry on two disks at least before it is
acknowledged. The same contract as the log in a database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from xiuhua.engine.records import Millis
from xiuhua.log.base import Entry

from . import address
from .answers import StreamAnswers
from .appender import StreamAppender
from .aside import StreamAside
from .marks import Marks, StreamNotes, StreamRejected, StreamRetention
from .reader import StreamReader
from .stream import Stream, weak_spots
from .wire import Wire


class JetStreamReader(StreamReader):
    """A log to read, with its rejected messages, its answers, its retention and the notes beside
    it."""

    def __init__(self, stream: Stream) -> None:
        marks = Marks(stream)
        super().__init__(stream, marks, StreamAside(stream))
        self.rejected = StreamRejected(stream)
        self.answers = StreamAnswers(stream)
        self.retention = StreamRetention(stream, marks)
        self.notes = StreamNotes(stream)

    def close(self) -> None:
        """Let the connection go."""
        self._stream.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class JetStreamLog(JetStreamReader):
    """A log to read and to append to."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._appender = StreamAppender(stream)

    def append(self, entry: Entry, now: Millis) -> int:
        """Commit the entry durably and return the newest position; see `Appender.append`."""
        return self._appender.append(entry, now)


def open_log(url: str) -> JetStreamLog:
    """Open a log to append to it; see `log.database.open_log`."""
    with ExitStack() as undo:
        log = JetStreamLog(_stream(url, undo))
        undo.pop_all()
    return log


def open_reader(url: str) -> JetStreamReader:
    """Open a log to read it; see `log.database.open_reader`."""
    with ExitStack() as undo:
        reader = JetStreamReader(_stream(url, undo))
        undo.pop_all()
    return reader


def _stream(url: str, undo: ExitStack) -> Stream:
    where = address.parse(url)
    wire = Wire(where)
    undo.callback(wire.close)
    return Stream(wire, where)


def doubts(url: str) -> Sequence[str]:
    """What keeps the log from standing the loss of one node."""
    where = address.parse(url)
    wire = Wire(where)
    try:
        return weak_spots(wire, where)
    finally:
        wire.close()
