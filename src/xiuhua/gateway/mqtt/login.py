"""CONNECT: who comes in.

Username is the id of a device or gateway, password its secret. The client id must be the username,
or start with it and a slash, so that nobody can take over another's session. An empty client id
gets one made from the username. Where the client showed a certificate, its common name must be the
username: the certificate comes beside the secret, never in its place, so that taking the secret
away in the ledger shuts the door at once. A will is taken where the client may
publish its message; `wills` says what becomes of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from xiuhua.gateway.ports import Speaker
from xiuhua.gateway.roll import Roll

from .codes import Code, ProtocolError
from .packets import V3, V5, Connect, Publish, connack
from .wills import Left, check_will

KEEP_ALIVE_MOST = 1200
"""Seconds. A client that asks for more, or for none, is told this (5.0) or held to it (3.1.1)."""

RECEIVE_MAXIMUM = 1000
ALIAS_MAXIMUM = 16
PACKET_LIMIT = 66 * 1024
"""64 KiB of payload, and room for the topic and properties."""


SENTENCE_ROOM = 1024
"""A client that takes packets of this size can take any sentence of ours."""


@dataclass(frozen=True, slots=True)
class Login:
    """A client that is in."""

    speaker: Speaker
    secret: str
    client_id: str
    clean: bool
    will: Publish | None
    session_expiry: int
    """Seconds that a client of 5.0 asks its session to be kept: only its will is."""
    version: int
    keep_alive: int
    explain: bool
    """Whether acknowledgements may carry a sentence."""
    receive_maximum: int
    packet_most: int
    """What the client takes at a time, and at once, bytes."""
    connack: bytes

    def left(self, session_expiry: int) -> Left | None:
        """The will, as of a session that is to be kept so long, in seconds."""
        if self.will is None:
            return None
        delay = min(int(self.will.properties.get("will_delay", 0)), session_expiry)
        return Left(self.client_id, self.speaker, self.secret, self.will, delay)


def log_in(connect: Connect, roll: Roll, certified: str | None = None) -> Login:
    """Let the client in; raises ProtocolError with the CONNACK code that turns it away. `certified`
    is the name in the client's certificate, None where it showed none."""
    speaker = _speaker(connect, roll)
    if certified is not None and certified != speaker.id:
        raise ProtocolError(Code.NOT_AUTHORIZED, "the certificate is another's")
    client_id = connect.client_id or f"{speaker.id}/{secrets.token_hex(8)}"
    if client_id.partition("/")[0] != speaker.id:
        raise ProtocolError(Code.CLIENT_ID_NOT_VALID, "client id is not the username's")
    if not connect.client_id and connect.version == V3 and not connect.clean:
        raise ProtocolError(Code.CLIENT_ID_NOT_VALID, "a kept session needs a client id")
    if connect.will is not None:
        check_will(connect.will, speaker, roll)
    keep_alive = min(connect.keep_alive or KEEP_ALIVE_MOST, KEEP_ALIVE_MOST)
    terms = connack(Code.SUCCESS, connect.version, _terms(connect, client_id, keep_alive))
    if len(terms) > packet_most(connect):
        raise ProtocolError(Code.PACKET_TOO_LARGE, "the client takes no packets as large as ours")
    return Login(
        speaker=speaker,
        secret=speaker.secret,
        clean=connect.clean,
        will=connect.will,
        session_expiry=int(connect.properties.get("session_expiry", 0)),
        client_id=client_id,
        version=connect.version,
        keep_alive=keep_alive,
        explain=_wants_sentences(connect),
        receive_maximum=int(connect.properties.get("receive_maximum", 0xFFFF)),
        packet_most=packet_most(connect),
        connack=terms,
    )


def packet_most(connect: Connect) -> int:
    """The largest packet that the client takes, bytes (MQTT-3.1.2-24)."""
    return int(connect.properties.get("maximum_packet_size", PACKET_LIMIT))


def _speaker(connect: Connect, roll: Roll) -> Speaker:
    if "authentication_method" in connect.properties:
        raise ProtocolError(Code.BAD_AUTHENTICATION_METHOD, "only username and password")
    try:
        secret = (connect.password or b"").decode()
    except UnicodeDecodeError:
        secret = ""
    speaker = roll.log_in(connect.username or "", secret)
    if speaker is None:
        raise ProtocolError(Code.BAD_USERNAME_OR_PASSWORD, "username or password is wrong")
    return speaker


def _wants_sentences(connect: Connect) -> bool:
    wanted = connect.properties.get("request_problem", 1) == 1
    return wanted and packet_most(connect) >= SENTENCE_ROOM


def _terms(connect: Connect, client_id: str, keep_alive: int) -> dict[str, int | str]:
    """What a 5.0 client must know of this server's limits."""
    terms: dict[str, int | str] = {
        "session_expiry": 0,
        "receive_maximum": RECEIVE_MAXIMUM,
        "maximum_qos": 1,
        "retain_available": 0,
        "maximum_packet_size": PACKET_LIMIT,
        "topic_alias_maximum": ALIAS_MAXIMUM,
        "subscription_ids_available": 0,
        "shared_available": 0,
    }
    if connect.version == V5 and not connect.client_id:
        terms["assigned_client_id"] = client_id
    if connect.keep_alive != keep_alive:
        terms["server_keep_alive"] = keep_alive
    return terms
