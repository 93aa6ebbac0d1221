"""Carries messages from a source to our MQTT door, and the door's acknowledgements back.

1. A source hands a message on; it waits while too many are on their way.
2. Those that wait are taken together; when each first arrived is certain (on disk) from then on.
3. Each is published to the door, QoS 1, on its device's topic.
4. When the door has acknowledged all of it, which means committed, the source is acknowledged.

What the door refuses it keeps with a reason (`xiuhua rejected`), so that is acknowledged as well.
"""

from __future__ import annotations

import queue
import re
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from paho.mqtt.client import Client
from paho.mqtt.reasoncodes import ReasonCode

from .arrived import Arrived, Source
from .config import Bridge
from .payloads import ready
from .peers import client, why_not_reached

MOST = 2_000
"""Messages on their way at once."""

TOGETHER = 500
IN_FLIGHT = 400
"""Pieces that paho is given at once: after a reconnection it may send each of them twice, and the
door takes 1,000 at most."""
QUOTA_EXCEEDED = 0x97

_WILD = re.compile(r"[+#]")  # in a name these can only be a mistake, and no topic may hold them


@dataclass(slots=True)
class Figures:
    """What came of the messages since the start. `refused` are kept by the door; `copies` had been
    committed before and went no further."""

    taken: int = 0
    refused: int = 0
    copies: int = 0


@dataclass(slots=True, eq=False)
class _Carried:
    """A message on its way, in so many pieces that the door has not acknowledged yet."""

    message: Arrived
    left: int
    refused: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    packet: int
    code: int


@dataclass(frozen=True, slots=True)
class _Piece:
    of: _Carried
    topic: str
    body: bytes


class Courier:
    """One thread between a source and the door."""

    def __init__(self, bridge: Bridge, source: Source) -> None:
        self._bridge = bridge
        self._source = source
        self._room = threading.BoundedSemaphore(MOST)
        self._events: queue.SimpleQueue[Arrived | _Answer | None] = queue.SimpleQueue()
        self._ready: deque[_Piece] = deque()
        self._under_way: dict[int, _Piece] = {}
        self._stopping = threading.Event()
        self.figures = Figures()
        self.trouble = "not connected yet"
        self._door = self._client()

    @property
    def waiting(self) -> int:
        """Pieces that the door has not acknowledged yet."""
        return len(self._ready) + len(self._under_way)

    def run(self) -> None:
        """Carry until `stop`; what is on its way then still gets its acknowledgement if the door
        answers within a few seconds, and comes again after the next start if not."""
        door = self._bridge.door
        self._door.connect_async(door.host, door.port, keepalive=30)
        self._door.loop_start()
        self._source.start(self._hand_on)
        while not self._stopping.is_set():
            self._work(self._next())
        while self.waiting and (events := self._next(patience=3)):
            self._work([each for each in events if isinstance(each, _Answer)])
        self._source.stop()
        self._door.disconnect()
        self._door.loop_stop()

    def stop(self) -> None:
        """Take no more, and let `run` return."""
        self._stopping.set()
        self._events.put(None)

    # What the other threads call

    def _hand_on(self, message: Arrived) -> None:
        while not self._room.acquire(timeout=0.5):
            if self._stopping.is_set():
                return
        self._events.put(message)

    def _connected(self, _c: Client, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
        self.trouble = f"our door refuses us: {code}" if code.is_failure else ""

    def _not_reached(self, _c: Client, _u: object) -> None:
        self.trouble = why_not_reached()

    def _disconnected(
        self, _c: Client, _u: object, _f: object, code: ReasonCode, _p: object
    ) -> None:
        if not self.trouble:
            self.trouble = f"not connected: {code}"

    def _answered(self, _c: Client, _u: object, packet: int, code: ReasonCode, _p: object) -> None:
        self._events.put(_Answer(packet, code.value))

    # In the courier's own thread

    def _client(self) -> Client:
        door = self._bridge.door
        made = client(
            door, self._bridge.secrets.door, name=f"{door.user}/bridge-{self._bridge.name}",
            version=5,
        )  # fmt: skip
        made.max_inflight_messages_set(IN_FLIGHT)
        made.on_connect = self._connected
        made.on_connect_fail = self._not_reached
        made.on_disconnect = self._disconnected
        made.on_publish = self._answered
        return made

    def _next(self, patience: float | None = None) -> list[Arrived | _Answer]:
        """What has happened, at least one thing (none on `stop`, or when patience ends)."""
        events: list[Arrived | _Answer | None] = []
        with suppress(queue.Empty):
            events.append(self._events.get(timeout=patience))
            while len(events) < TOGETHER:
                events.append(self._events.get_nowait())
        return [each for each in events if each is not None]

    def _work(self, events: Sequence[Arrived | _Answer]) -> None:
        for event in events:
            if isinstance(event, _Answer):
                self._settle(event)
        messages = [event for event in events if isinstance(event, Arrived)]
        for message, first in zip(messages, self._source.first_arrivals(messages), strict=True):
            if first.committed:
                self.figures.copies += 1
                self._done(message)
            else:
                self._prepare(message, first.at)
        while self._ready and len(self._under_way) < IN_FLIGHT:
            piece = self._ready.popleft()
            self._under_way[self._door.publish(piece.topic, piece.body, qos=1).mid] = piece

    def _prepare(self, message: Arrived, at: int) -> None:
        device, lines = self._place(message.topic)
        bodies = ready(message.payload, at, lines=lines)
        carried = _Carried(message, len(bodies))
        self._ready.extend(_Piece(carried, f"up/{device}", body) for body in bodies)

    def _place(self, topic: str) -> tuple[str, bool]:
        """The device that a topic means, and whether its payload is lines. One that fits no pattern
        goes on under its own name: the door knows no such device, and keeps the message."""
        for route in self._bridge.routes:
            if (device := route.device(topic)) is not None:
                return _WILD.sub("-", device), route.lines
        return _WILD.sub("-", topic), False

    def _settle(self, answer: _Answer) -> None:
        piece = self._under_way.pop(answer.packet, None)
        if piece is None:
            return
        if answer.code == QUOTA_EXCEEDED:  # neither taken nor kept: once more
            self._ready.appendleft(piece)
            return
        carried = piece.of
        carried.refused |= answer.code >= 0x80
        carried.left -= 1
        if carried.left:
            return
        self.figures.taken += not carried.refused
        self.figures.refused += carried.refused
        self._done(carried.message)

    def _done(self, message: Arrived) -> None:
        self._source.acknowledge(message)
        self._room.release()
