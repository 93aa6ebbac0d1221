"""Commands on one MQTT connection: what was sent, and what the client says of it."""

from __future__ import annotations

import msgspec

from xiuhua.gateway import parsing
from xiuhua.gateway.commands import Outcome
from xiuhua.gateway.ports import Command

from . import packets
from .packets import Puback, Publish
from .session import DOWN, Session

DONE = "done/"
IN_FLIGHT_MOST = 10
"""Commands on one connection that wait for their PUBACK."""

_REFUSED = 0x80


class Downward:
    """What is on its way down one connection. Of QoS 1 where the client asked for it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._in_flight: dict[int, Command] = {}
        self._sent: set[str] = set()
        self._last = 0

    def packet(self, command: Command) -> bytes:
        """The command as a packet; empty where it cannot go now."""
        login = self._session.login
        qos = self._session.subscribed.get(command.device)
        most = min(IN_FLIGHT_MOST, login.receive_maximum)
        if qos is None or (qos and len(self._in_flight) >= most):
            return b""
        packet_id = self._next_id() if qos else 0
        payload = msgspec.json.encode({"id": command.id, "expires": command.expires})
        answer = {"response_topic": DONE + command.device, "correlation_data": command.id}
        topic = f"{DOWN}{command.device}/{command.name}"
        packet = packets.publish(topic, payload, login.version, packet_id, answer)
        if len(packet) > login.packet_most:
            return b""
        if packet_id:
            self._in_flight[packet_id] = command
        self._sent.add(command.id)
        return packet

    def carries(self, command: Command) -> bool:
        """Whether it was sent here, to a client that still listens."""
        return command.id in self._sent and command.device in self._session.subscribed

    def acknowledged(self, puback: Puback) -> Command | None:
        """The command that a PUBACK is for; None where it refuses, or is for nothing."""
        command = self._in_flight.pop(puback.packet_id, None)
        return command if puback.code < _REFUSED else None

    def outcome(self, packet: Publish) -> tuple[str, Outcome] | None:
        """Device and what it says of a command, if the message is that and the client may."""
        device = packet.topic.removeprefix(DONE)
        if device == packet.topic or not self._session.may_answer(device):
            return None
        said = outcome_in(packet.payload)
        return None if said is None else (device, said)

    def _next_id(self) -> int:
        self._last = self._last % 0xFFFF + 1
        return self._last


def outcome_in(payload: bytes) -> Outcome | None:
    """What a device says of a command; None where it says nothing that can be read."""
    try:
        return msgspec.json.decode(payload, type=Outcome)
    except parsing.BROKEN:
        return None
