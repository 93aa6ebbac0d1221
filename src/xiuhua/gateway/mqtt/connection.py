"""One MQTT connection: bytes in, packets handled, acknowledgements out when the door has committed.

Reading stops while the door is full, while too many of this client's own messages wait for their
commit, or while it does not read what we write; so the memory that a connection can take is
bounded by one read of the socket and the messages in hand. A client that sends more than its rate
is not read either, until its time has come.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import structlog

from xiuhua.gateway.ports import Command
from xiuhua.gateway.tls import named_in

from . import packets, wire
from .codes import Code, ProtocolError
from .downward import DONE, Downward
from .login import PACKET_LIMIT, RECEIVE_MAXIMUM, log_in, packet_most
from .packets import V3, V5, Connect, Disconnect, Packet, Puback, Publish
from .session import Session
from .wills import Left

if TYPE_CHECKING:
    from .listener import Hall

CONNECT_BYTE = 0x10
LIMIT_BEFORE_LOGIN = 8 * 1024
LOGIN_SECONDS = 10
PACKET_SECONDS = 30
"""How long a packet may take from its first byte to its last."""

IN_HAND_MOST = 2 * RECEIVE_MAXIMUM

_log = structlog.get_logger(__name__)


class Connection(asyncio.Protocol):
    """A client, from its first byte to its last."""

    _transport: asyncio.Transport

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._buffer = bytearray()
        self._in_hand = 0
        self._owed = 0
        self._clogged = False
        self._hushed = False
        self._resting: asyncio.TimerHandle | None = None
        self._waiting_for_room = False
        self._paused = False
        self._ended = False
        self._begun = self._heard = hall.monotonic()
        self._will: Left | None = None
        self.session: Session | None = None
        self.downward: Downward | None = None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._hall.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's word
        self._ended = True
        if self._resting is not None:
            self._resting.cancel()
        self._buffer.clear()
        self.leave()
        self._hall.closed(self)

    def data_received(self, data: bytes) -> None:
        if self._ended:
            return
        if not self._buffer:
            self._heard = self._hall.monotonic()
        self._buffer += data
        self._read()

    def pause_writing(self) -> None:
        self._clogged = True
        self._pause()

    def resume_writing(self) -> None:
        self._clogged = False
        self._go_on()

    # What the door and the hall call

    def committed(self, acknowledgements: Sequence[bytes], /) -> None:
        """These messages are on disk: acknowledge them."""
        self._in_hand -= len(acknowledgements)
        self._owed -= sum(map(bool, acknowledgements))
        self._write(b"".join(acknowledgements))
        self._go_on()

    def unknown(self, acknowledgement: bytes, /) -> None:
        """Acknowledged all the same: MQTT has no word for it, and to say it again helps nobody."""
        self.committed([acknowledgement])

    def overdue(self, now: float) -> Code | None:
        """Why this connection has been silent, or slow, for too long; `now` is monotonic."""
        if self._paused and not self._clogged:
            return None
        if self.session is None or self._ended:
            deadline = self._begun + LOGIN_SECONDS
        elif self._buffer:
            deadline = self._heard + PACKET_SECONDS
        else:
            deadline = self._heard + 1.5 * self.session.login.keep_alive
        return Code.KEEP_ALIVE_TIMEOUT if now > deadline else None

    def hush(self) -> None:
        """Read no more; what is in hand will still be acknowledged."""
        self._hushed = True
        self._pause()

    def end(self, code: Code, why: str, *, linger: bool = False) -> None:
        """Close the connection, saying why where the protocol can (5.0). `linger`: the client is
        still sending; if we closed at once, its system would throw away our last word unread."""
        if self._ended:
            self._transport.abort()
            return
        session = self.session
        _log.info("mqtt.ended", who=session.speaker.id if session else "", code=code.name, why=why)
        if session is not None and session.login.version == V5:
            for words in (packets.disconnect(code, why), packets.disconnect(code)):
                if len(words) <= session.login.packet_most:
                    self._write(words)
                    break
        self._ended = True
        self.leave()
        if self._clogged:
            self._transport.abort()  # whoever does not read would keep a polite close waiting
        elif linger and not self._paused:
            self._begun = self._hall.monotonic()
            if self._transport.can_write_eof():  # TLS cannot: what we said is all it will hear
                self._transport.write_eof()
        else:
            self._transport.close()

    def leave(self) -> None:
        """The client is gone, or as good as gone: its will is sent, once, if it left one."""
        will, self._will = self._will, None
        if will is not None:
            self._hall.wills.left(will)

    def send(self, command: Command) -> bool:
        """Send a command down, if the client has subscribed and has room; whether it has."""
        if self.downward is None or self._ended or self._clogged or self._hushed:
            return False
        packet = self.downward.packet(command)
        self._write(packet)
        return bool(packet)

    def carries(self, command: Command) -> bool:
        """Whether it was sent here, and the client is still there to acknowledge it."""
        return not self._ended and self.downward is not None and self.downward.carries(command)

    # Reading

    @property
    def _held_up(self) -> bool:
        return (
            self._clogged
            or self._hushed
            or self._resting is not None
            or self._hall.door.full
            or self._in_hand >= IN_HAND_MOST
        )

    def _read(self) -> None:
        at, buffer = 0, self._buffer
        try:
            while at < len(buffer) and not self._ended and not self._held_up:
                frame = self._next_frame(at)
                if frame is None:
                    break
                start, end = frame
                first, body = buffer[at], bytes(buffer[start:end])
                at = end
                version = self.session.login.version if self.session else 0
                self._handle(packets.read(first, body, version))
        except ProtocolError as error:
            self._refuse(error)
        if at:
            del self._buffer[:at]
            self._heard = self._hall.monotonic()
        if self._held_up:
            self._pause()

    def _next_frame(self, at: int) -> tuple[int, int] | None:
        if self.session is not None:
            return wire.next_frame(self._buffer, at, PACKET_LIMIT)
        if self._buffer[at] != CONNECT_BYTE:
            raise ProtocolError(Code.PROTOCOL_ERROR, "the first packet must be CONNECT")
        return wire.next_frame(self._buffer, at, LIMIT_BEFORE_LOGIN)

    def _handle(self, packet: Packet) -> None:
        if isinstance(packet, Connect):
            self._log_in(packet)
            return
        session = self.session
        assert session is not None, "packets.read lets nothing but CONNECT come first"
        if isinstance(packet, Publish):
            self._take(session, packet)
        elif isinstance(packet, Puback):
            self._delivered(packet)
        elif isinstance(packet, Disconnect):
            self._say_farewell(session, packet)
        else:
            words = session.answer(packet)
            if len(words) <= session.login.packet_most:
                self._write(words)

    def _log_in(self, connect: Connect) -> None:
        try:
            login = log_in(connect, self._hall.intake.roll, self._certified())
        except ProtocolError as error:
            words = packets.connack(error.code, connect.version)
            if len(words) <= packet_most(connect):
                self._write(words)
            raise
        self.session = Session(login, self._hall.intake)
        self.downward = Downward(self.session)
        self._hall.entered(self, login.client_id)
        self._hall.wills.came(login.client_id, login.speaker, login.will, clean=login.clean)
        self._will = login.left(login.session_expiry)
        self._write(login.connack)
        own = {login.speaker.id: 0} if login.speaker.kind else {}
        self._charge(own, 0)  # a new connection is no way round an old debt

    def _say_farewell(self, session: Session, packet: Disconnect) -> None:
        """DISCONNECT: code 0 takes the will away, any other leaves it to be sent (5.0)."""
        asked = session.login.session_expiry
        expiry = int(packet.properties.get("session_expiry", asked))
        if expiry and not asked:
            raise ProtocolError(Code.PROTOCOL_ERROR, "a session that was to end cannot go on")
        if self._will is not None:
            self._will = session.login.left(expiry) if packet.code else None
        self._ended = True
        self._transport.close()

    def _certified(self) -> str | None:
        secured: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")
        shown = secured.getpeercert(binary_form=True) if secured is not None else None
        return named_in(shown) if shown else None

    def _take(self, session: Session, packet: Publish) -> None:
        if packet.qos and self._owed >= RECEIVE_MAXIMUM and session.login.version == V5:
            raise ProtocolError(Code.RECEIVE_MAXIMUM_EXCEEDED, "too many messages in flight")
        if packet.topic.startswith(DONE) and self._answered(session, packet):
            return
        hall = self._hall
        taken, owed, acknowledgement = session.take(packet, hall.clock())
        self._in_hand += 1
        self._owed += bool(acknowledgement)
        hall.counters.taken("mqtt", taken)
        hall.door.offer(taken, self, acknowledgement)
        self._charge(*owed)

    def _charge(self, devices: Mapping[str, int], others: int) -> None:
        """Count these readings; where the client has sent more than its share, read nothing until
        its time has come. What it sends meanwhile waits in its system and in ours: not lost."""
        assert self.session is not None, "only a client that is in sends readings"
        hall, speaker = self._hall, self.session.login.speaker.id
        wait = hall.rates.owe(speaker, devices, hall.monotonic(), others=others)
        if wait:
            hall.counters.slowed.labels("mqtt").inc()
            self._resting = asyncio.get_running_loop().call_later(wait, self._rested)

    def _rested(self) -> None:
        self._resting = None
        self._go_on()

    def _answered(self, session: Session, packet: Publish) -> bool:
        """Hand on what a device says of a command; whether the message was that."""
        assert self.downward is not None, "came with the session"
        said = self.downward.outcome(packet)
        if said is None or packet.qos > 1 or packet.retain or self._hall.post is None:
            return False
        ack = packets.puback(packet.packet_id, session.login.version) if packet.qos else b""
        self._in_hand += 1
        self._owed += bool(ack)
        self._hall.post.answered(said[1], said[0], self, ack)
        return True

    def _delivered(self, puback: Puback) -> None:
        assert self.downward is not None, "came with the session"
        command = self.downward.acknowledged(puback)
        if command is not None and self._hall.post is not None:
            self._hall.post.delivered(command.id, command.device)

    def _refuse(self, error: ProtocolError) -> None:
        if self.session is None:
            self._hall.counters.logins_refused.labels("mqtt").inc()
        if error.code is Code.UNSUPPORTED_VERSION:
            self._write(packets.connack(error.code, V3))
        self.end(error.code, str(error), linger=True)

    def _pause(self) -> None:
        if not self._paused and not self._ended:
            self._paused = True
            self._transport.pause_reading()
        if self._hall.door.full and not self._waiting_for_room:
            self._waiting_for_room = True
            self._hall.door.when_room(self._room_again)

    def _room_again(self) -> None:
        self._waiting_for_room = False
        self._go_on()

    def _go_on(self) -> None:
        if not self._paused or self._ended:
            return
        if self._held_up:
            self._pause()  # others have filled the door again: wait in line once more
            return
        self._paused = False
        self._heard = self._hall.monotonic()
        self._transport.resume_reading()
        self._read()

    def _write(self, data: bytes) -> None:
        if data and not self._ended:
            self._transport.write(data)
