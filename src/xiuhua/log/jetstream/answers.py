"""Answers to requests with a key: each a message of the batch that its readings are in, on a
subject of its own, so that it is found again by one question to the stream's leader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from xiuhua.engine.records import Millis
from xiuhua.log.base import Answered

from .marks import purge
from .stream import Stream
from .wire import Message, Out

_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(tuple[str, str, int, int, bytes]).decode


class StreamAnswers:
    """The answers kept beside a log; see `log.answers.Answers`."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def find(self, name: str, *, since: Millis) -> Answered | None:
        """What was answered under that name from `since` on, or None."""
        stream = self._stream
        with stream.wire.plainly():
            found = stream.wire.last(stream.id, f"{stream.subjects.answer}.{name}")
        answered = None if found is None else _answered(found)
        return answered if answered and answered.at >= since else None

    def trim(self, before: Millis) -> int:
        """Remove what was answered before that time, up to the first answer that was not; returns
        how many answers went."""
        stream = self._stream
        every = f"{stream.subjects.answer}.>"
        gone, until = 0, 1
        with stream.wire.plainly():
            for message in stream.wire.follow(stream.id, every, 1):
                if _answered(message).at >= before:
                    break
                gone, until = gone + 1, message.seq + 1
            if gone:
                purge(stream, every, until)
        return gone


def answer_messages(subject: str, answers: Sequence[Answered]) -> Iterator[Out]:
    """The messages that keep these answers."""
    for it in answers:
        data = _encode((it.name, it.digest, it.at, it.status, it.body))
        yield Out(f"{subject}.{it.name}", data, {})


def _answered(message: Message) -> Answered:
    return Answered(*_decode(message.data))
