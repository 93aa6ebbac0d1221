"""An MQTT broker as a source: a session that stays there, each message acknowledged by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from .arrived import Arrived, First, HandOn
from .config import Bridge, MqttPart
from .journal import Delivery, Journal
from .peers import client, why_not_reached

IN_FLIGHT = 250
"""Messages that the broker may send without an acknowledgement (MQTT 5; 3.1.1: its own limit): as
many come again when somebody is killed."""

FOREVER = 0xFFFFFFFF
_REFUSED = "the broker refuses"


@dataclass(frozen=True, slots=True)
class _Handle:
    """`life` counts connections: on the next one the broker delivers again what it has no
    acknowledgement of, and an old acknowledgement could meet a new message with the same id."""

    packet: int
    qos: int
    again: bool
    life: int


class MqttSource:
    """A broker, by paho. Its callbacks run in paho's own thread."""

    def __init__(self, bridge: Bridge, part: MqttPart, home: Path) -> None:
        self._part = part
        self._routes = bridge.routes
        self._journal = Journal(home / f"{bridge.name}.db")
        self._life = 0
        self._forgotten = False
        self._turn = threading.Lock()
        self._held: dict[int, tuple[Arrived, _Handle]] = {}
        self._committed: list[Delivery] = []
        self.trouble = "not connected yet"
        self._client = client(
            part, bridge.secrets.source, name=part.client_id or f"xiuhua-{bridge.name}",
            version=part.version,
        )  # fmt: skip
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._not_reached
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._came
        self._hand_on: HandOn | None = None

    def start(self, hand_on: HandOn) -> None:
        self._hand_on = hand_on
        part = self._part
        if part.version == 5:
            wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            wishes.SessionExpiryInterval = FOREVER
            wishes.ReceiveMaximum = IN_FLIGHT
            self._client.connect_async(
                part.host, part.port, part.keep_alive, clean_start=False, properties=wishes
            )
        else:
            self._client.connect_async(part.host, part.port, part.keep_alive)
        self._client.loop_start()

    def first_arrivals(self, messages: Sequence[Arrived]) -> list[First]:
        sure = [_delivery(message) for message in messages if _handle(message).qos]
        if not sure:
            return [First(message.at) for message in messages]
        with self._turn:
            committed, self._committed = self._committed, []
            forgotten, self._forgotten = self._forgotten, False
        if forgotten:
            self._journal.forget()
        written = iter(self._journal.arrivals(sure, committed))
        return [next(written) if _handle(each).qos else First(each.at) for each in messages]

    def acknowledge(self, message: Arrived) -> None:
        first = _handle(message)
        if not first.qos:
            return
        with self._turn:
            held, newest = self._held.get(first.packet, (None, first))
            if held is not message:
                return  # its packet id belongs to another message now
            del self._held[first.packet]
            self._committed.append(_delivery(message))
            if newest.life == self._life:
                self._client.ack(newest.packet, newest.qos)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._journal.close()

    def _connected(
        self, _c: Client, _u: object, flags: ConnectFlags, code: ReasonCode, _p: object
    ) -> None:
        if code.is_failure:
            self.trouble = f"{_REFUSED} us: {code}"
            return
        with self._turn:
            self._life += 1
            if not flags.session_present:
                self._held.clear()
                self._committed.clear()
                self._forgotten = True
        self.trouble = "not subscribed yet"
        self._client.subscribe([(route.filter, route.qos) for route in self._routes])

    def _not_reached(self, _c: Client, _u: object) -> None:
        self.trouble = why_not_reached()

    def _subscribed(
        self, _c: Client, _u: object, _m: int, codes: list[ReasonCode], _p: object
    ) -> None:
        refused = [
            route.filter
            for route, code in zip(self._routes, codes, strict=False)
            if code.is_failure
        ]
        self.trouble = f"{_REFUSED} {', '.join(refused)}" if refused else ""

    def _disconnected(
        self, _c: Client, _u: object, _f: object, code: ReasonCode, _p: object
    ) -> None:
        if not self.trouble.startswith(_REFUSED):
            self.trouble = f"not connected: {code}"
        with self._turn:
            self._life += 1

    def _came(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        assert self._hand_on is not None, "start() came before"
        handle = _Handle(message.mid, message.qos, message.dup, self._life)
        now = time.time_ns() // 1_000_000
        arrived = Arrived(message.topic, bytes(message.payload), now, handle)
        if not (message.qos and self._is_held(arrived, handle)):
            self._hand_on(arrived)

    def _is_held(self, arrived: Arrived, handle: _Handle) -> bool:
        """Whether this is delivered again while it is on its way still: then only what is to be
        acknowledged is new."""
        with self._turn:
            held, _ = self._held.get(handle.packet, (arrived, handle))
            same = (held.topic, held.payload) == (arrived.topic, arrived.payload)
            again = held is not arrived and handle.again and same
            self._held[handle.packet] = (held if again else arrived), handle
        return again


def _delivery(message: Arrived) -> Delivery:
    handle = _handle(message)
    return Delivery(handle.packet, handle.again, message.topic, message.payload, message.at)


def _handle(message: Arrived) -> _Handle:
    assert isinstance(message.handle, _Handle)
    return message.handle
