"""The packets that a publisher sends, read; the packets that it gets, written. 3.1.1 and 5.0.

`read` raises ProtocolError for every body that the standard calls malformed, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

import msgspec

from . import properties as props
from . import wire
from .codes import Code, ProtocolError, connack_3_1_1
from .properties import Properties
from .wire import Cursor

V3, V5 = 4, 5
"""Protocol levels: 3.1.1 and 5.0."""


class Type(IntEnum):
    """The upper half of a packet's first byte."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREL = 6
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14


_FLAGS_OF_TWO = frozenset({Type.PUBREL, Type.SUBSCRIBE, Type.UNSUBSCRIBE})


class Publish(msgspec.Struct, frozen=True, gc=False):
    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int = 0
    retain: bool = False
    duplicate: bool = False
    properties: Properties = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connect:
    version: int
    client_id: str
    clean: bool
    keep_alive: int
    username: str | None = None
    password: bytes | None = None
    will: Publish | None = None
    """What is to be published when the client is gone without a farewell."""
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscribe:
    packet_id: int
    filters: tuple[str, ...]
    qos: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Puback:
    packet_id: int
    code: int = 0


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    packet_id: int
    filters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ping:
    """PINGREQ."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    code: int = 0
    properties: Properties = field(default_factory=dict)


Packet: TypeAlias = Connect | Publish | Puback | Subscribe | Unsubscribe | Ping | Disconnect


def read(first: int, body: bytes, version: int) -> Packet:
    """The packet of this first byte and body. `version` is the connection's; 0 before CONNECT."""
    kind, flags = first >> 4, first & 0x0F
    if kind == 3 and version:  # Type.PUBLISH, the one that comes all the time
        return _publish(flags, Cursor(body), version)
    if version == 0 and kind != Type.CONNECT:
        raise ProtocolError(Code.PROTOCOL_ERROR, "the first packet must be CONNECT")
    if flags != (2 if kind in _FLAGS_OF_TWO else 0):
        raise ProtocolError(Code.MALFORMED, "reserved flags are set")
    cursor = Cursor(body)
    packet = _read(kind, cursor, version)
    if cursor.more:
        raise ProtocolError(Code.MALFORMED, "packet longer than its content")
    return packet


def _read(kind: int, cursor: Cursor, version: int) -> Packet:
    match kind:
        case Type.CONNECT if version == 0:
            return _connect(cursor)
        case Type.PUBACK:
            return _puback(cursor, version)
        case Type.SUBSCRIBE:
            return _subscribe(cursor, version)
        case Type.UNSUBSCRIBE:
            return _unsubscribe(cursor, version)
        case Type.PINGREQ:
            return Ping()
        case Type.DISCONNECT:
            return _disconnect(cursor, version)
        case _:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"packet type {kind} is not expected here")


def _connect(cursor: Cursor) -> Connect:
    name, version = cursor.text(), cursor.byte()
    if (name, version) not in {("MQTT", V3), ("MQTT", V5)}:
        code = Code.UNSUPPORTED_VERSION if name in {"MQTT", "MQIsdp"} else Code.PROTOCOL_ERROR
        raise ProtocolError(code, "neither MQTT 3.1.1 nor 5.0")
    flags, keep_alive = cursor.byte(), cursor.u16()
    _check_connect_flags(flags, version)
    properties = props.read(cursor, props.IN_CONNECT) if version == V5 else {}
    client_id = cursor.text()
    will = _will(flags, cursor, version) if flags & 0x04 else None
    return Connect(
        version=version,
        client_id=client_id,
        clean=bool(flags & 0x02),
        keep_alive=keep_alive,
        username=cursor.text() if flags & 0x80 else None,
        password=cursor.blob() if flags & 0x40 else None,
        will=will,
        properties=properties,
    )


def _check_connect_flags(flags: int, version: int) -> None:
    password_alone = version == V3 and flags & 0xC0 == 0x40
    will_of_qos_3 = flags & 0x18 == 0x18
    if flags & 0x01 or will_of_qos_3 or password_alone:
        raise ProtocolError(Code.MALFORMED, "CONNECT flags")
    if flags & 0x38 and not flags & 0x04:
        raise ProtocolError(Code.MALFORMED, "CONNECT flags of a will without a will")


def _will(flags: int, cursor: Cursor, version: int) -> Publish:
    properties = props.read(cursor, props.IN_WILL) if version == V5 else {}
    return Publish(
        topic=cursor.text(),
        payload=cursor.blob(),
        qos=flags >> 3 & 0x03,
        retain=bool(flags & 0x20),
        properties=properties,
    )


def _publish(flags: int, cursor: Cursor, version: int) -> Publish:
    qos = flags >> 1 & 0x03
    if qos == 3 or (qos == 0 and flags & 0x08):
        raise ProtocolError(Code.MALFORMED, "PUBLISH flags")
    topic = cursor.text()
    packet_id = _packet_id(cursor) if qos else 0
    properties = props.read(cursor, props.IN_PUBLISH) if version == V5 else {}
    if "+" in topic or "#" in topic:
        raise ProtocolError(Code.TOPIC_NOT_VALID, "wildcard in the topic of a PUBLISH")
    if not topic and "topic_alias" not in properties:
        raise ProtocolError(Code.PROTOCOL_ERROR, "PUBLISH without a topic")
    return Publish(
        topic=topic,
        payload=cursor.rest(),
        qos=qos,
        packet_id=packet_id,
        retain=bool(flags & 0x01),
        duplicate=bool(flags & 0x08),
        properties=properties,
    )


def _subscribe(cursor: Cursor, version: int) -> Subscribe:
    packet_id = _packet_id(cursor)
    if version == V5 and "subscription_id" in props.read(cursor, props.IN_SUBSCRIBE):
        raise ProtocolError(Code.SUBSCRIPTION_IDS_NOT_SUPPORTED, "subscription identifier")
    filters, qos = [], []
    while cursor.more:
        filters.append(cursor.text())
        options = cursor.byte()
        qos.append(options & 0x03)
        reserved = 0xC0 if version == V5 else 0xFC
        if options & reserved or options & 0x03 == 3 or options & 0x30 == 0x30:
            raise ProtocolError(Code.MALFORMED, "SUBSCRIBE options")
    return Subscribe(packet_id, _not_empty(filters), tuple(qos))


def _puback(cursor: Cursor, version: int) -> Puback:
    packet_id = _packet_id(cursor)
    code = cursor.byte() if version == V5 and cursor.more else 0
    if cursor.more and version == V5:
        props.read(cursor, props.IN_ACK)
    return Puback(packet_id, code)


def _unsubscribe(cursor: Cursor, version: int) -> Unsubscribe:
    packet_id = _packet_id(cursor)
    if version == V5:
        props.read(cursor, props.IN_UNSUBSCRIBE)
    filters = []
    while cursor.more:
        filters.append(cursor.text())
    return Unsubscribe(packet_id, _not_empty(filters))


def _disconnect(cursor: Cursor, version: int) -> Disconnect:
    code = cursor.byte() if version == V5 and cursor.more else 0
    properties = props.read(cursor, props.IN_DISCONNECT) if cursor.more else {}
    return Disconnect(code, properties)


def _packet_id(cursor: Cursor) -> int:
    packet_id = cursor.u16()
    if packet_id == 0:
        raise ProtocolError(Code.PROTOCOL_ERROR, "packet identifier 0")
    return packet_id


def _not_empty(filters: list[str]) -> tuple[str, ...]:
    if not filters or "" in filters:
        raise ProtocolError(Code.PROTOCOL_ERROR, "no topic filter")
    return tuple(filters)


def connack(code: Code, version: int, properties: Mapping[str, int | str] | None = None) -> bytes:
    """CONNACK; a session is never present, for none is kept."""
    if version == V5:
        return wire.packet(Type.CONNACK << 4, bytes([0, code]) + props.write(properties or {}))
    return wire.packet(Type.CONNACK << 4, bytes([0, connack_3_1_1(code)]))


_PUBACK = bytes([Type.PUBACK << 4, 2])


def puback(packet_id: int, version: int, code: Code = Code.SUCCESS, reason: str = "") -> bytes:
    """PUBACK; 3.1.1 has no way to say more than that the message is taken care of."""
    body = packet_id.to_bytes(2)
    if code is Code.SUCCESS:
        return _PUBACK + body
    if version == V5:
        body += bytes([code]) + (props.write({"reason": reason}) if reason else b"")
    return wire.packet(Type.PUBACK << 4, body)


def suback(packet_id: int, version: int, codes: Sequence[Code]) -> bytes:
    """SUBACK: SUCCESS grants QoS 0, GRANTED_QOS_1 QoS 1, anything else refuses (0x80 in 3.1.1)."""
    plain = [
        code if version == V5 or code < Code.UNSPECIFIED else Code.UNSPECIFIED for code in codes
    ]
    none = props.write({}) if version == V5 else b""
    return wire.packet(Type.SUBACK << 4, packet_id.to_bytes(2) + none + bytes(plain))


def unsuback(packet_id: int, version: int, codes: Sequence[Code]) -> bytes:
    """UNSUBACK; 3.1.1 has no way to say what became of each filter."""
    more = props.write({}) + bytes(codes) if version == V5 else b""
    return wire.packet(Type.UNSUBACK << 4, packet_id.to_bytes(2) + more)


def publish(
    topic: str,
    payload: bytes,
    version: int,
    packet_id: int = 0,
    properties: Mapping[str, int | str] | None = None,
) -> bytes:
    """PUBLISH towards a device: of QoS 1 with a packet id, of QoS 0 without."""
    more = props.write(properties or {}) if version == V5 else b""
    id_ = packet_id.to_bytes(2) if packet_id else b""
    first = Type.PUBLISH << 4 | (0x02 if packet_id else 0)
    return wire.packet(first, wire.blob(topic.encode()) + id_ + more + payload)


def disconnect(code: Code, reason: str = "") -> bytes:
    """DISCONNECT from us to the client, which only 5.0 knows."""
    more = props.write({"reason": reason}) if reason else b""
    return wire.packet(Type.DISCONNECT << 4, bytes([code]) + more)


PINGRESP_PACKET = wire.packet(Type.PINGRESP << 4, b"")
