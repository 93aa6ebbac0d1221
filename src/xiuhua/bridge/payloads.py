"""A broker's payload made ready for our door. Pure.

A message that is delivered twice must be the same reading twice, so what has no time of its own
gets the time of its first arrival here, and not one at our door each time it comes.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from xiuhua.engine.records import Millis
from xiuhua.gateway import parsing, senml
from xiuhua.gateway.reasons import Refused

LONGEST = 60 * 1024
"""Bytes of one message to the door, which takes 64 KiB."""

_Raws = list[msgspec.Raw]
_split = msgspec.json.Decoder(_Raws)
_Pack = list[dict[str, object]]
_pack = msgspec.json.Decoder(_Pack)
_encode = msgspec.json.encode


class _Timed(msgspec.Struct, gc=False):
    time: msgspec.Raw | None = None


_timed = msgspec.json.Decoder(_Timed)


def timeless(payload: bytes, *, lines: bool) -> bool:
    """Whether some reading in the payload has no time of its own."""
    return ready(payload, 0, lines=lines) != ready(payload, 1, lines=lines)


def ready(payload: bytes, at: Millis, *, lines: bool = False) -> list[bytes]:
    """The messages for the door, each short enough; `at` is for readings without a time.

    `lines`: the payload is one object a line. What is no JSON goes on as it is, cut to what the
    door takes: it refuses it with a reason, and keeps it.
    """
    body = parsing.without_bom(payload)
    try:
        if not lines and not parsing.is_array(body):
            return [_cut(_with_time(body, at))]
        items = _lines(body) if lines else [bytes(raw) for raw in _split.decode(body)]
        if items and senml.looks_like(parsing.decoded(items[0])):
            return [_cut(_senml(body, at))]
    except (*parsing.BROKEN, OverflowError, Refused):  # a number of a thousand digits
        return [_cut(payload)]
    return _grouped([_with_time(item, at) for item in items]) or [_cut(payload)]


def _lines(body: bytes) -> list[bytes]:
    return [line for line in body.split(b"\n") if line.strip()]


def _with_time(item: bytes, at: Millis) -> bytes:
    """The object with a time in front. Where a key stands twice, the last counts."""
    try:
        if _timed.decode(item).time is not None:
            return item
    except parsing.BROKEN:
        return item
    rest = item.lstrip()[1:].lstrip()
    return b'{"time":%d' % at + (b"" if rest.startswith(b"}") else b",") + rest


def _senml(body: bytes, at: Millis) -> bytes:
    """The pack with a base time, where all its times are relative to now."""
    pack = _pack.decode(body)
    base = 0.0
    for record in pack:
        base = _number(record.get("bt", base))
        if base + _number(record.get("t", 0)) >= senml.RELATIVE_BELOW:
            return body
    pack[0] = {**pack[0], "bt": at / 1000 + _number(pack[0].get("bt", 0))}
    return _encode(pack)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _grouped(items: Sequence[bytes]) -> list[bytes]:
    """Arrays of as many items as fit into a message each."""
    groups: list[list[bytes]] = []
    held = LONGEST
    for item in map(_cut, items):
        if held + len(item) + 1 > LONGEST - 2:
            groups.append([])
            held = 0
        groups[-1].append(item)
        held += len(item) + 1
    return [b"[" + b",".join(group) + b"]" for group in groups]


def _cut(message: bytes) -> bytes:
    return message[:LONGEST]
