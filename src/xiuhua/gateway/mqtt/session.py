"""What a client that is in may do: publish readings, subscribe to its commands, ping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from xiuhua.engine.records import Millis
from xiuhua.gateway.intake import Intake, Message, Taken
from xiuhua.gateway.parsing import READING_LIMIT
from xiuhua.gateway.ports import Speaker
from xiuhua.gateway.reasons import Refused

from . import packets
from .codes import Code, ProtocolError
from .login import ALIAS_MAXIMUM, Login
from .packets import Packet, Ping, Publish, Subscribe, Unsubscribe

Owed: TypeAlias = tuple[Mapping[str, int], int]

UP, DOWN = "up/", "down/"

_CODE_OF = {
    "bad_topic": Code.TOPIC_NOT_VALID,
    "not_yours": Code.NOT_AUTHORIZED,
    "unknown_device": Code.NOT_AUTHORIZED,
    "too_large": Code.QUOTA_EXCEEDED,
    "too_many": Code.QUOTA_EXCEEDED,
}


class Session:
    """One login. It ends with its connection: nothing is kept for a client that is away."""

    def __init__(self, login: Login, intake: Intake) -> None:
        self.login = login
        self._intake = intake
        self._aliases: dict[int, str] = {}
        self.subscribed: dict[str, int] = {}
        """Devices whose commands the client asked for, and with which QoS."""

    @property
    def speaker(self) -> Speaker:
        """Who this is, as the ledger says now."""
        return self._intake.roll.get(self.login.speaker.id) or self.login.speaker

    def still_valid(self) -> bool:
        """Whether the ledger still knows this speaker by the secret it came in with."""
        return self._intake.roll.opens(self.login.speaker.id, self.login.secret)

    def take(self, packet: Publish, now: Millis) -> tuple[Taken, Owed, bytes]:
        """What a message comes to, whose rate it counts for (`Taken.owed`), and the PUBACK to send
        once that is on disk (b"" for QoS 0).

        A refused message is kept, so it too is acknowledged: 5.0 says why, 3.1.1 cannot.
        """
        if packet.qos == 2:
            raise ProtocolError(Code.QOS_NOT_SUPPORTED, "QoS 2")
        if packet.retain:
            raise ProtocolError(Code.RETAIN_NOT_SUPPORTED, "retained message")
        topic = self._topic(packet)
        device = self._device(topic)
        message = Message(packet.payload, "mqtt", self.speaker, device, now)
        if not topic.startswith(UP):
            taken = self._intake.refuse(message, Refused("bad_topic"))
        elif len(packet.payload) > READING_LIMIT:
            taken = self._intake.refuse(message, Refused("too_large", limit=READING_LIMIT))
        else:
            taken = self._intake.take(message)
        owed = taken.owed(message.speaker, device)
        return taken, owed, self._puback(packet, taken) if packet.qos else b""

    def answer(self, packet: Packet) -> bytes:
        """The answer to a packet that needs no commit."""
        match packet:
            case Ping():
                return packets.PINGRESP_PACKET
            case Subscribe(packet_id, filters, qos):
                codes = [self._subscribe(*asked) for asked in zip(filters, qos, strict=True)]
                return packets.suback(packet_id, self.login.version, codes)
            case Unsubscribe(packet_id, filters):
                codes = [self._unsubscribe(each) for each in filters]
                return packets.unsuback(packet_id, self.login.version, codes)
            case _:
                raise ProtocolError(Code.PROTOCOL_ERROR, "packet not expected here")

    def _topic(self, packet: Publish) -> str:
        alias = packet.properties.get("topic_alias")
        if not isinstance(alias, int):
            return packet.topic
        if alias > ALIAS_MAXIMUM:
            raise ProtocolError(Code.TOPIC_ALIAS_NOT_VALID, "topic alias above the maximum")
        if packet.topic:
            self._aliases[alias] = packet.topic
        elif alias not in self._aliases:
            raise ProtocolError(Code.PROTOCOL_ERROR, "topic alias that stands for nothing")
        return self._aliases[alias]

    def _device(self, topic: str) -> str | None:
        """The device a topic speaks of; a gateway's own topic leaves it to each reading."""
        device = topic.removeprefix(UP)
        own = device == self.login.speaker.id
        return None if (own and not self.speaker.kind) or device == topic else device

    def _puback(self, packet: Publish, taken: Taken) -> bytes:
        if taken.count or not taken.refused:
            return packets.puback(packet.packet_id, self.login.version)
        why = taken.refused[0].why
        code = _CODE_OF.get(why.reason, Code.PAYLOAD_NOT_VALID)
        reason = why.en if self.login.explain else ""
        return packets.puback(packet.packet_id, self.login.version, code, reason)

    def may_answer(self, device: str) -> bool:
        """Whether the client may hear that device's commands, and say what became of them."""
        own = device == self.login.speaker.id
        return own or self._intake.roll.may_speak(self.speaker, device)

    def _subscribe(self, topic_filter: str, qos: int) -> Code:
        if not _well_formed(topic_filter):
            return Code.FILTER_NOT_VALID
        if topic_filter.startswith("$share/"):
            return Code.SHARED_NOT_SUPPORTED
        device = _commanded(topic_filter)
        if not device or not self.may_answer(device):
            return Code.NOT_AUTHORIZED
        self.subscribed[device] = min(qos, 1)
        return Code.GRANTED_QOS_1 if qos else Code.SUCCESS

    def _unsubscribe(self, topic_filter: str) -> Code:
        if not _well_formed(topic_filter):
            return Code.FILTER_NOT_VALID
        qos = self.subscribed.pop(_commanded(topic_filter), None)
        return Code.NO_SUBSCRIPTION_EXISTED if qos is None else Code.SUCCESS


def _well_formed(topic_filter: str) -> bool:
    """Whether its wildcards are whole levels, and `#` the last (section 4.7.1)."""
    levels = topic_filter.removesuffix("/#").split("/") if topic_filter != "#" else []
    return all(level == "+" or not {"+", "#"} & set(level) for level in levels)


def _commanded(topic_filter: str) -> str:
    """The device whose commands a filter asks for: `down/<device>/#`, or "" for anything else."""
    device = topic_filter.removeprefix(DOWN).removesuffix("/#")
    plain = not set("+#/") & set(device)
    return device if plain and topic_filter == f"{DOWN}{device}/#" else ""
