"""What the log's stream holds. An entry is one message, or a batch that commits whole:

1. `NAME.rejected`: its rejected messages, where there are any;
2. `NAME.control`: the ids of its new controls, where there are any;
3. `NAME.replayed`: the numbers of the rejected messages that it marks, where there are any;
4. `NAME.answer.KEY`: an answer to a request with a key, for each that it holds;
5. `NAME.entry`: its records, in as many parts as the server's largest message asks for.

The last message of the stream is always an entry, and its stamp says where the log stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

import msgspec

from xiuhua.engine.records import Millis, Record
from xiuhua.log.base import Rejected
from xiuhua.log.rejected import to_row as rejected_row
from xiuhua.log.rows import from_row, to_row
from xiuhua.log.sql import Row

from .wire import Message, Out

_T = TypeVar("_T")
_STAMP = "Xiuhua-Stamp"
_Record: TypeAlias = tuple[int, int, int, int, str | None, bytes, int]
_Refused: TypeAlias = tuple[
    int, int, str, str, str, str, str, str, bytes | None,
]  # fmt: skip
_records = msgspec.msgpack.Decoder(list[_Record])
_refused = msgspec.msgpack.Decoder(list[_Refused])
_marks = msgspec.msgpack.Decoder(tuple[int, list[int]])
_ids = msgspec.msgpack.Decoder(list[str])
_encode = msgspec.msgpack.encode


class Subjects(NamedTuple):
    """The subjects of a log's stream."""

    entry: str
    control: str
    rejected: str
    replayed: str
    answer: str

    @classmethod
    def of(cls, name: str) -> Subjects:
        return cls(*(f"{name}.{each}" for each in cls._fields))


class Stamp(NamedTuple):
    """Where the log stands after an entry, and which part of it this message is.

    `before` is the position before it; `position`, `at`, `rejected` and `size` (bytes of all
    bodies ever) count after it; `token` names the try that wrote it.
    """

    epoch: int = 0
    before: int = 0
    position: int = 0
    at: int = 0
    rejected: int = 0
    size: int = 0
    part: int = 0
    parts: int = 1
    token: str = ""


def stamp_of(message: Message) -> Stamp:
    """The stamp of an entry's message; raises ValueError or KeyError where it has none of ours."""
    words = message.headers[_STAMP].split(" ")
    epoch, before, position, at, rejected, size, part, parts = map(int, words[:-1])
    return Stamp(epoch, before, position, at, rejected, size, part, parts, words[-1])


def is_ours(message: Message) -> bool:
    """Whether the message has a stamp of ours."""
    try:
        stamp_of(message)
    except (KeyError, ValueError):
        return False
    return True


def entry_messages(
    subjects: Subjects, stamp: Stamp, records: Iterable[Record], room: int
) -> list[Out]:
    """The messages of an entry's records."""
    data = _encode([to_row(record) for record in records])
    pieces = [data[at : at + room] for at in range(0, len(data), room)]
    return [
        Out(subjects.entry, piece, {_STAMP: _header(stamp._replace(part=at, parts=len(pieces)))})
        for at, piece in enumerate(pieces)
    ]


def control_messages(subjects: Subjects, ids: Sequence[str], room: int) -> Iterator[Out]:
    """The messages that keep controls' ids beyond their records' time."""
    return _packed(subjects.control, ids, lambda name: len(name.encode()) + 8, room)


def rejected_messages(
    subjects: Subjects, last: int, messages: Sequence[Rejected], room: int
) -> Iterator[Out]:
    """The messages that keep what was rejected, numbered behind `last`."""
    rows = [rejected_row(number, each) for number, each in enumerate(messages, last + 1)]
    return _packed(subjects.rejected, rows, lambda row: len(_encode(row)), room)


def replayed_messages(
    subjects: Subjects, at: Millis, numbers: Sequence[int], room: int
) -> Iterator[Out]:
    """The messages that mark rejected messages as played again at that log time."""
    most = max(1, (room - 16) // 9)
    for first in range(0, len(numbers), most):
        yield Out(subjects.replayed, _encode((at, list(numbers[first : first + most]))), {})


def replayed_in(message: Message) -> tuple[int, list[int]]:
    """The log time, and the numbers that were marked."""
    return _marks.decode(message.data)


def ids_in(message: Message) -> list[str]:
    return _ids.decode(message.data)


def rejected_in(message: Message) -> Sequence[Row]:
    return _refused.decode(message.data)


def rows_in(parts: Sequence[Message]) -> Sequence[Row]:
    """The records of an entry as rows, sound or not; none where it cannot be read."""
    try:
        return _records.decode(b"".join(part.data for part in parts))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []


def records_in(parts: Sequence[Message]) -> list[Record]:
    """The sound records of an entry."""
    return [record for row in rows_in(parts) if (record := from_row(row)) is not None]


def _header(stamp: Stamp) -> str:
    return " ".join(map(str, stamp))


def _packed(
    subject: str, items: Sequence[_T], size: Callable[[_T], int], room: int
) -> Iterator[Out]:
    """Messages of as many items as there is room for in each, at least one."""
    pack: list[_T] = []
    held = 0
    for item in items:
        weight = size(item)
        if pack and held + weight > room - 16:
            yield Out(subject, _encode(pack), {})
            pack, held = [], 0
        pack.append(item)
        held += weight
    if pack:
        yield Out(subject, _encode(pack), {})
