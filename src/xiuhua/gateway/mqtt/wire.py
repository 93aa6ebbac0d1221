"""The bytes of MQTT: whole packets out of a stream, and the data types in them (section 1.5)."""

from __future__ import annotations

from .codes import Code, ProtocolError


def next_frame(buffer: bytes | bytearray, at: int, limit: int) -> tuple[int, int] | None:
    """Where the body of the packet that starts `at` begins and ends; None while it is not all here.

    Raises ProtocolError for a length that is malformed, or makes the packet longer than `limit`.
    """
    length = shift = 0
    for position in range(at + 1, min(at + 5, len(buffer))):
        byte = buffer[position]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            end = position + 1 + length
            if end - at > limit:
                raise ProtocolError(Code.PACKET_TOO_LARGE, f"packet of {end - at} bytes")
            return (position + 1, end) if end <= len(buffer) else None
    if len(buffer) - at >= 5:
        raise ProtocolError(Code.MALFORMED, "remaining length of more than four bytes")
    return None


class Cursor:
    """Reads a packet's body from front to back; raises ProtocolError where it is too short."""

    __slots__ = ("_at", "_body")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._body):
            raise ProtocolError(Code.MALFORMED, "packet shorter than its content")
        taken, self._at = self._body[self._at : end], end
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        body, at = self._body, self._at
        if at + 2 > len(body):
            raise ProtocolError(Code.MALFORMED, "packet shorter than its content")
        self._at = at + 2
        return body[at] << 8 | body[at + 1]

    def u32(self) -> int:
        return int.from_bytes(self.take(4))

    def varint(self) -> int:
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ProtocolError(Code.MALFORMED, "variable byte integer of more than four bytes")

    def blob(self) -> bytes:
        return self.take(self.u16())

    def text(self) -> str:
        try:
            text = self.blob().decode()
        except UnicodeDecodeError:
            raise ProtocolError(Code.MALFORMED, "text is not UTF-8") from None
        if "\0" in text:
            raise ProtocolError(Code.MALFORMED, "text with a null character")
        return text

    def rest(self) -> bytes:
        return self.take(len(self._body) - self._at)

    @property
    def more(self) -> bool:
        return self._at < len(self._body)


def varint(value: int) -> bytes:
    """A variable byte integer, up to 268,435,455."""
    written = bytearray()
    while True:
        value, byte = value >> 7, value & 0x7F
        written.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(written)


def blob(data: bytes) -> bytes:
    """Binary data or a UTF-8 string, with its length before it."""
    return len(data).to_bytes(2) + data


def packet(first: int, body: bytes) -> bytes:
    """A whole packet: first byte, remaining length, body."""
    return bytes([first]) + varint(len(body)) + body
