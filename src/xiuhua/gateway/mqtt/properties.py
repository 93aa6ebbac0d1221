"""Properties of MQTT 5.0 (section 2.2.2): which there are, where each may stand, how each is read.

Read into a dict by the names that section gives them; user properties are read over, for nothing
here depends on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from . import wire
from .codes import Code, ProtocolError
from .wire import Cursor

Properties: TypeAlias = dict[str, int | bytes | str]

_Read: TypeAlias = Callable[[Cursor], int | bytes | str]


def _pair(cursor: Cursor) -> str:
    cursor.text()
    return cursor.text()


_BYTE, _U16, _U32, _VARINT = Cursor.byte, Cursor.u16, Cursor.u32, Cursor.varint
_BLOB, _TEXT = Cursor.blob, Cursor.text

_ALL: dict[int, tuple[str, _Read]] = {
    0x01: ("payload_format", _BYTE),
    0x02: ("message_expiry", _U32),
    0x03: ("content_type", _TEXT),
    0x08: ("response_topic", _TEXT),
    0x09: ("correlation_data", _BLOB),
    0x0B: ("subscription_id", _VARINT),
    0x11: ("session_expiry", _U32),
    0x12: ("assigned_client_id", _TEXT),
    0x13: ("server_keep_alive", _U16),
    0x15: ("authentication_method", _TEXT),
    0x16: ("authentication_data", _BLOB),
    0x17: ("request_problem", _BYTE),
    0x18: ("will_delay", _U32),
    0x19: ("request_response", _BYTE),
    0x1C: ("server_reference", _TEXT),
    0x1F: ("reason", _TEXT),
    0x21: ("receive_maximum", _U16),
    0x22: ("topic_alias_maximum", _U16),
    0x23: ("topic_alias", _U16),
    0x24: ("maximum_qos", _BYTE),
    0x25: ("retain_available", _BYTE),
    0x26: ("user", _pair),
    0x27: ("maximum_packet_size", _U32),
    0x28: ("wildcard_available", _BYTE),
    0x29: ("subscription_ids_available", _BYTE),
    0x2A: ("shared_available", _BYTE),
}
_MANY = frozenset({"user"})
_NOT_ZERO = frozenset({"receive_maximum", "topic_alias", "maximum_packet_size", "subscription_id"})
_FLAGS = frozenset({"payload_format", "request_problem", "request_response"})
_IDS = {name: id_ for id_, (name, _) in _ALL.items()}
_SIZES: dict[_Read, int] = {_BYTE: 1, _U16: 2, _U32: 4}

IN_CONNECT = frozenset({
    "session_expiry", "receive_maximum", "maximum_packet_size", "topic_alias_maximum",
    "request_response", "request_problem", "user", "authentication_method", "authentication_data",
})  # fmt: skip
IN_WILL = frozenset({
    "will_delay", "payload_format", "message_expiry", "content_type", "response_topic",
    "correlation_data", "user",
})  # fmt: skip
IN_PUBLISH = frozenset({
    "payload_format", "message_expiry", "content_type", "response_topic", "correlation_data",
    "user", "topic_alias",
})  # fmt: skip
IN_SUBSCRIBE = frozenset({"subscription_id", "user"})
IN_UNSUBSCRIBE = frozenset({"user"})
IN_ACK = frozenset({"reason", "user"})
IN_DISCONNECT = frozenset({"session_expiry", "reason", "user", "server_reference"})


def read(cursor: Cursor, allowed: frozenset[str]) -> Properties:
    """The properties at the cursor; raises ProtocolError for one that may not stand there."""
    inner = Cursor(cursor.take(cursor.varint()))
    found: Properties = {}
    while inner.more:
        name, value = _one(inner)
        if name not in allowed:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"property {name} may not stand here")
        if name in _MANY:
            continue
        if name in found:
            raise ProtocolError(Code.PROTOCOL_ERROR, f"property {name} stands twice")
        found[name] = value
    return found


def write(properties: Mapping[str, int | str]) -> bytes:
    """The properties with their length before them."""
    body = bytearray()
    for name, value in properties.items():
        id_ = _IDS[name]
        body.append(id_)
        if isinstance(value, str):
            body += wire.blob(value.encode())
        else:
            body += value.to_bytes(_SIZES[_ALL[id_][1]])
    return wire.varint(len(body)) + bytes(body)


def _one(cursor: Cursor) -> tuple[str, int | bytes | str]:
    id_ = cursor.varint()
    if id_ not in _ALL:
        raise ProtocolError(Code.MALFORMED, f"unknown property {id_}")
    name, reader = _ALL[id_]
    value = reader(cursor)
    if (name in _NOT_ZERO and value == 0) or (name in _FLAGS and value not in {0, 1}):
        code = Code.TOPIC_ALIAS_NOT_VALID if name == "topic_alias" else Code.PROTOCOL_ERROR
        raise ProtocolError(code, f"property {name} has no such value")
    if name == "response_topic" and set("+#") & set(str(value)):
        raise ProtocolError(Code.TOPIC_NOT_VALID, "wildcard in a response topic")
    return name, value
