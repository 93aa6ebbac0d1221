"""Records of which no node has a sound copy: set aside as in a database (`log.aside`).

The decisions stand in the stream of marks, one message a position. The first one stands: who comes
later to the same position reads it there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import msgspec

from xiuhua.engine.records import Millis, Record
from xiuhua.log.aside import KEEP, Aside, Damage, Stretch, kept
from xiuhua.log.sql import Row

from .scratch import Scratch
from .stream import Stream
from .wire import WRONG_LAST, Out, Said

_Kept = tuple[int, int, int, str, int | None, int | None, str | None, bytes | None]
_decode = msgspec.msgpack.Decoder(_Kept).decode
_encode = msgspec.msgpack.encode


class StreamAside(Aside):
    """What was set aside of a log on a cluster, copied into memory as it is asked for."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(Scratch())
        self._stream = stream
        self._subject = f"{stream.marks}.aside"
        self._next = 1
        self._turn = threading.Lock()

    def between(self, after: int, last: int) -> dict[int, Record]:
        self._catch_up()
        return super().between(after, last)

    def stretches(self) -> list[Stretch]:
        self._catch_up()
        return super().stretches()

    def put(self, damages: Iterable[Damage], at: Millis, now: Millis) -> None:
        with self._stream.wire.plainly():
            for damage in damages:
                self._decide(kept(damage, at, now))

    def _decide(self, row: Row) -> None:
        *front, body = row
        fits = body is not None and len(body) < self._stream.room - 1024
        data = _encode((*front, body if fits else None))
        first = {"Nats-Expected-Last-Subject-Sequence": "0"}
        try:
            self._stream.wire.publish([Out(f"{self._subject}.{row[0]}", data, first)])
        except Said as error:
            if error.code != WRONG_LAST:  # else somebody has decided already
                raise

    def _catch_up(self) -> None:
        wire, marks, every = self._stream.wire, self._stream.marks, f"{self._subject}.>"
        with self._turn, wire.plainly():
            found = list(wire.follow(marks, every, self._next))
            if found:
                with self._database.writing() as session:
                    session.run_many(KEEP, (_decode(message.data) for message in found))
                self._next = found[-1].seq + 1
