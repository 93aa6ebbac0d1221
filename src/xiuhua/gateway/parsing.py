"""Bytes to JSON, item by item, with a reason where they are none."""

from __future__ import annotations

import msgspec

from .reasons import Refused

READING_LIMIT = 64 * 1024
"""The longest single reading, in bytes; over MQTT the longest message."""

ITEMS_MOST = 10_000
"""Readings in one message: were all of them bad, others would wait while we say why."""

BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON, or not the JSON that was asked for."""

_BOM = b"\xef\xbb\xbf"
_parts = msgspec.json.Decoder(list[msgspec.Raw])


def without_bom(body: bytes) -> bytes:
    """The body without the byte order mark that some editors put before it."""
    return body.removeprefix(_BOM)


def is_array(body: bytes) -> bool:
    """Whether this can only be a JSON array, if it is JSON."""
    return body.lstrip().startswith(b"[")


def lines(body: bytes) -> list[tuple[int, bytes]]:
    """The lines that are not blank, by their number from 1."""
    return _few([(at, line) for at, line in enumerate(body.split(b"\n"), 1) if line.strip()])


def newlines(body: bytes) -> int:
    """Line feeds between lines."""
    return body.removesuffix(b"\n").count(b"\n")


def few_and_one_a_line(body: bytes) -> bool:
    """Whether these are no more lines than a message may have, and every line feed stands right
    between two objects, and nowhere within one. No string of JSON has a bare line feed in it; a
    reader of lines that looks for objects only needs this."""
    return body.count(b"}\n{") == newlines(body) < ITEMS_MOST


def items(body: bytes) -> list[tuple[int, bytes]]:
    """The items of an array as they stand, or the one object, by their number from 1."""
    return _few(list(enumerate(_split(body), 1)))


def _few(found: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    if not found:
        raise Refused("empty")
    if len(found) > ITEMS_MOST:
        raise Refused("too_many", limit=ITEMS_MOST)
    return found


def _split(body: bytes) -> list[bytes]:
    """The items of an array as they stand, or the one object."""
    if not is_array(body):
        return [body] if body.strip() else []
    try:
        return [bytes(raw) for raw in _parts.decode(body)]
    except BROKEN as error:
        raise _unreadable(error) from None


def as_object(raw: bytes) -> dict[str, object]:
    if len(raw) > READING_LIMIT:
        raise Refused("too_large", limit=READING_LIMIT)
    item = decoded(raw)
    if not isinstance(item, dict):
        raise Refused("not_object")
    return item


def decoded(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw)
    except BROKEN as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> Refused:
    if isinstance(error, RecursionError):
        return Refused("too_deep")
    return Refused("unreadable", why="UTF-8" if isinstance(error, UnicodeError) else str(error))
