"""Inputs that are nearly right: seeds, hurt in the ways in which bytes get hurt."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

NUMBERS = (
    b"0", b"-0", b"-1", b"1e308", b"1e309", b"-1e400", b"9007199254740993", b"1" * 400,
    b"18446744073709551616", b"0.1e-400", b"NaN", b"Infinity", b"1.0", b"01", b"+1", b".5",
)  # fmt: skip
WORDS = (
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u0000", b"\\ud800", b",", b":", b"null", b"true",
    b"\n", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xc3\x28", b"time", b"device", b"bn", b"bt",
    b"\x00\x04MQTT", b"\x00\x00", b"\xff\xff", b"\xff\xff\xff\x7f", b"\x80\x80\x80\x80\x01",
    b"+", b"#", b"$SYS", b"up/", b"down/", b"\x10", b"\x32", b"\x82", b"\xc0\x00", b"\xe0\x00",
    b" and ", b" or ", b"not ", b"(", b")", b"between 1 and 2", b" in (1, 2)", b"now()", b"::int",
    b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"\r\n\r\n", b"Expect: 100\r\n",
)  # fmt: skip

Way = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def _at(dice: random.Random, data: bytearray) -> int:
    return dice.randint(0, len(data))


def _flip(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    if data:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _byte(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    if data:
        data[dice.randrange(len(data))] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))


def _cut(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at = _at(dice, data)
    del data[at : at + dice.choice((1, 2, 4, 16, 64))]


def _end(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    del data[_at(dice, data) :]


def _word(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at = _at(dice, data)
    data[at:at] = dice.choice(WORDS) * dice.choice((1, 1, 1, 2, 60))


def _number(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    digits = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    if digits:
        at = dice.choice(digits)
        end = at
        while end < len(data) and data[end] in b"0123456789.eE+-":
            end += 1
        data[at:end] = dice.choice(NUMBERS)


def _again(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at, end = sorted((_at(dice, data), _at(dice, data)))
    data[at:at] = data[at : min(end, at + 200)] * dice.choice((1, 2, 30))


def _splice(dice: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    other = dice.choice(others)
    data[_at(dice, data) :] = other[dice.randint(0, len(other)) :]


def _noise(dice: random.Random, data: bytearray, _others: Sequence[bytes]) -> None:
    at = _at(dice, data)
    data[at:at] = dice.randbytes(dice.choice((1, 3, 20)))


WAYS: tuple[Way, ...] = (
    _flip, _byte, _cut, _end, _word, _word, _number, _again, _splice, _noise,
)  # fmt: skip
LONGEST = 80_000


def hurt(dice: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds, hurt one to six times."""
    data = bytearray(dice.choice(seeds))
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        dice.choice(WAYS)(dice, data, seeds)
    return bytes(data[:LONGEST])
