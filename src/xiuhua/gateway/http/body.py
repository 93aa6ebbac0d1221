"""The content of a request: bounded in bytes and in time, unpacked."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from backports import zstd

from .answers import broken, too_large, too_slow, wrong_coding

Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]

BODY_LIMIT = 1 << 20
"""Bytes, packed and unpacked: what the door can look through without keeping others waiting."""

SHORT = 1024
"""Bytes, where a request has only a word to say."""

BODY_SECONDS = 30

DRAIN_SECONDS = 2
"""How long the rest of a request that is turned away is still read: who hangs up at once on a
client that is still sending takes the answer out of its hands."""

WINDOW_LOG = 23
"""zstd: a window of 8 MiB at most, as RFC 8878 recommends, whatever a frame asks for."""

MEMBERS_MOST = 1_000
"""Members of one packed content: each costs its unpacker, though it may hold nothing."""


class Incoming:
    """A request's content on its way in; knows whether it has come to its end."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def __call__(self) -> Event:
        event = await self._receive()
        self.ended = not event.get("more_body", False)
        return event


class Gone(Exception):
    """The client hung up before all of its request was here."""


async def read(receive: Incoming, coding: str, length: str, most: int = BODY_LIMIT) -> bytes:
    """The whole content, unpacked; raises Turned where it is too large, too slow or broken.
    `length` is what the request says of it, or ""."""
    unpack = UNPACKERS.get(coding)
    if unpack is None:
        raise wrong_coding(", ".join(filter(None, UNPACKERS)))
    if length.isascii() and length.isdecimal() and len(length) < 20 and int(length) > most:
        raise too_large(most)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            packed = await _collect(receive, most)
    except TimeoutError:
        raise too_slow() from None
    return unpack(packed)


async def drain(receive: Incoming) -> bool:
    """Read on and throw away, for a moment; whether the content came to its end."""
    left = BODY_LIMIT
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while left >= 0 and not receive.ended:
                left -= len((await receive()).get("body", b""))
    return receive.ended


async def _collect(receive: Incoming, most: int) -> bytes:
    content = bytearray()
    while not receive.ended:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Gone
        content += event.get("body", b"")
        if len(content) > most:
            raise too_large(most)
    return bytes(content)


def _plain(content: bytes) -> bytes:
    return content


def _gunzipped(packed: bytes) -> bytes:
    return _unpacked(lambda: zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), packed, "gzip")


def _unzstd(packed: bytes) -> bytes:
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
    return _unpacked(lambda: zstd.ZstdDecompressor(options=options), packed, "zstd")


def _unpacked(unpacker: Callable[[], Any], packed: bytes, coding: str) -> bytes:
    """Members one behind the other (RFC 1952, 2.2; RFC 8878, 3.1) and nothing behind the last, and
    never more of them in memory than is allowed."""
    content = bytearray()
    for _ in range(MEMBERS_MOST):
        member = unpacker()
        try:
            content += member.decompress(packed, BODY_LIMIT + 1 - len(content))
        except (zlib.error, zstd.ZstdError):
            raise broken(coding) from None
        if len(content) > BODY_LIMIT:
            raise too_large(BODY_LIMIT)
        if not member.eof:
            break
        packed = member.unused_data
        if not packed:
            return bytes(content)
    raise broken(coding)


UNPACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": _plain,
    "identity": _plain,
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "zstd": _unzstd,
}
"""By the request's Content-Encoding."""
