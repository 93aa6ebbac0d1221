"""Plain values of a line: numbers of at most 15 digits, true, false, null, and words. Each reader
says where its value ends, or -1 where it is not plain."""

from __future__ import annotations

import numpy as np

from .eights import QUOTE, byte, eight, read_word
from .jit import Bytes, within

DIGITS = 15
"""So many make a whole number that a float64 holds exactly."""

_TENS = np.array([10.0**n for n in range(DIGITS + 1)])
_FOUR, _FIVE = np.uint64(0xFFFFFFFF), np.uint64(0xFFFFFFFFFF)
_NULL, _TRUE, _FALSE = (
    np.uint64(int.from_bytes(word, "little")) for word in (b"null", b"true", b"false")
)
_SEED, _PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)
"""FNV-1a, as `tokens.token_hash` has it."""
_TWELVE, _TOKEN = np.uint64(12), np.uint64((1 << 52) - 1)


@within
def read_digits(text: Bytes, at: int, number: int) -> tuple[int, int]:
    """Past a row of digits, each of which goes on with the number (which may run over: whoever
    calls looks how many there were)."""
    digit = byte(text, at) - 48
    while 0 <= digit <= 9:
        number = number * 10 + digit
        at += 1
        digit = byte(text, at) - 48
    return at, number


@within
def read_whole(text: Bytes, at: int) -> tuple[int, int]:
    """A whole number without sign."""
    end, number = read_digits(text, at, 0)
    digits = end - at
    if digits == 0 or digits > DIGITS or (digits > 1 and byte(text, at) == 48):
        return -1, 0
    return end, number


@within
def read_number(text: Bytes, at: int) -> tuple[int, float]:
    """A number without exponent, exactly as correct rounding has it: both parts of the quotient
    are exact."""
    negative = byte(text, at) == 45
    if negative:
        at += 1
    end, mantissa = read_digits(text, at, 0)
    digits = end - at
    if digits == 0 or (digits > 1 and byte(text, at) == 48):
        return -1, np.nan
    places = 0
    if byte(text, end) == 46:
        point = end
        end, mantissa = read_digits(text, point + 1, mantissa)
        places = end - point - 1
        if places == 0:
            return -1, np.nan
    if digits + places > DIGITS:
        return -1, np.nan
    value = np.float64(mantissa)
    if places:
        value /= _TENS[np.uint64(places)]
    # The slow way reads -0 as a whole number, which has no sign, but -0.0 as a float.
    return end, (-value if negative and (places > 0 or mantissa != 0) else value)


@within
def read_null(text: Bytes, at: int) -> int:
    """A null."""
    return at + 4 if (eight(text, at) & _FOUR) == _NULL else -1


@within
def read_truth(text: Bytes, at: int) -> tuple[int, float]:
    """A true or false."""
    word = eight(text, at)
    if (word & _FOUR) == _TRUE:
        return at + 4, 1.0
    return (at + 5 if (word & _FIVE) == _FALSE else -1), 0.0


@within
def read_token(text: Bytes, at: int) -> tuple[int, float]:
    """A plain word in quotes, as its number."""
    closed, _ = read_word(text, at + 1)
    if byte(text, at) != QUOTE or closed < 0:
        return -1, np.nan
    h = _SEED
    for i in range(at + 1, closed):
        h = (h ^ np.uint64(byte(text, i))) * _PRIME
    return closed + 1, np.float64(np.int64((h ^ (h >> _TWELVE)) & _TOKEN))


@within
def skip_value(text: Bytes, at: int) -> int:
    """Past a plain value of any type."""
    head = byte(text, at)
    if head == QUOTE:
        closed, _ = read_word(text, at + 1)
        return closed + 1 if closed >= 0 else -1
    if head <= 57:  # a digit or a sign
        return read_number(text, at)[0]
    return max(read_null(text, at), read_truth(text, at)[0])
