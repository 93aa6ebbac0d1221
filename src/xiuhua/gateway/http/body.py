"""The content of a request: bounded in bytes and in time, unpacked."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from .answers import broken_gzip, too_large, too_slow, wrong_media

Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]

BODY_LIMIT = 1 << 20
"""Bytes, packed and unpacked: what the door can look through without keeping others waiting."""

BODY_SECONDS = 30


class Gone(Exception):
    """The client hung up before all of its request was here."""


async def read(receive: Receive, encoding: str) -> bytes:
    """The whole content, unpacked; raises Turned where it is too large, too slow or broken."""
    if encoding not in {"", "identity", "gzip"}:
        raise wrong_media("Content-Encoding: gzip, identity")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            packed = await _collect(receive)
    except TimeoutError:
        raise too_slow() from None
    return _unpacked(packed) if encoding == "gzip" else packed


async def _collect(receive: Receive) -> bytes:
    content = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Gone
        content += event.get("body", b"")
        if len(content) > BODY_LIMIT:
            raise too_large(BODY_LIMIT)
        if not event.get("more_body", False):
            return bytes(content)


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(packed, BODY_LIMIT + 1)
    except zlib.error:
        raise broken_gzip() from None
    if len(content) > BODY_LIMIT:
        raise too_large(BODY_LIMIT)
    if not unpacker.eof or unpacker.unused_data:
        raise broken_gzip()
    return content
