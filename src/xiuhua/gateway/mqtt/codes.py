"""Reason codes of MQTT 5.0 (section 2.4), and what is left of them in 3.1.1."""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    SUCCESS = 0x00
    GRANTED_QOS_1 = 0x01
    NO_SUBSCRIPTION_EXISTED = 0x11
    UNSPECIFIED = 0x80
    MALFORMED = 0x81
    PROTOCOL_ERROR = 0x82
    UNSUPPORTED_VERSION = 0x84
    CLIENT_ID_NOT_VALID = 0x85
    BAD_USERNAME_OR_PASSWORD = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SERVER_BUSY = 0x89
    SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    SESSION_TAKEN_OVER = 0x8E
    FILTER_NOT_VALID = 0x8F
    TOPIC_NOT_VALID = 0x90
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    TOPIC_ALIAS_NOT_VALID = 0x94
    PACKET_TOO_LARGE = 0x95
    QUOTA_EXCEEDED = 0x97
    ADMINISTRATIVE_ACTION = 0x98
    PAYLOAD_NOT_VALID = 0x99
    RETAIN_NOT_SUPPORTED = 0x9A
    QOS_NOT_SUPPORTED = 0x9B
    SHARED_NOT_SUPPORTED = 0x9E
    SUBSCRIPTION_IDS_NOT_SUPPORTED = 0xA1


_IN_3_1_1 = {
    Code.SUCCESS: 0,
    Code.UNSUPPORTED_VERSION: 1,
    Code.CLIENT_ID_NOT_VALID: 2,
    Code.SERVER_UNAVAILABLE: 3,
    Code.SERVER_BUSY: 3,
    Code.BAD_USERNAME_OR_PASSWORD: 4,
}


def connack_3_1_1(code: Code) -> int:
    """The CONNACK return code that says the same to a 3.1.1 client; otherwise 5, refused."""
    return _IN_3_1_1.get(code, 5)


class ProtocolError(Exception):
    """The other side broke the protocol; the connection must end with this code."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(why)
        self.code = code
