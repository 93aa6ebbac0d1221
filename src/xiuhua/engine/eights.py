"""Bytes read eight at a time: plain words found, hashed and compared.

A plain word is printable ASCII without quotes and escapes. Every text that is read so ends in
`PADDING`, which no word goes on through and nothing reads beyond.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from .jit import I64, U64, Bytes, within

PADDING = bytes(16)

_ONES, _HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_SPACES, _QUOTES = np.uint64(0x2020202020202020), np.uint64(0x2222222222222222)
_ESCAPES, _DELETES = np.uint64(0x5C5C5C5C5C5C5C5C), np.uint64(0x7F7F7F7F7F7F7F7F)
_SEED, _FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_ONE, _EIGHT, _FOLD, _TOP = (np.uint64(n) for n in (1, 8, 32, 56))
_PLAIN = re.compile(rb"[ !#-\[\]-~]*")
QUOTE = 34


class Texts(NamedTuple):
    """n short texts to compare with: text i is words[starts[i]:starts[i + 1]] of eight bytes each,
    compared under their masks, and lengths[i] bytes long."""

    words: U64
    masks: U64
    starts: I64
    lengths: I64

    @staticmethod
    def of(texts: list[bytes | None]) -> Texts:
        """These texts; None stands nowhere."""
        lengths = np.array([len(text or b"") for text in texts], np.int64)
        starts = np.concatenate(([0], np.cumsum(np.maximum(1, (lengths + 7) // 8))))
        before = np.cumsum(lengths) - lengths
        to = np.repeat(8 * starts[:-1] - before, lengths) + np.arange(lengths.sum())
        words, masks = np.zeros((2, 8 * starts[-1]), np.uint8)
        words[to], masks[to] = np.frombuffer(b"".join(text or b"" for text in texts), np.uint8), 255
        words[8 * starts[:-1][lengths == 0]] = 1  # which is not 0, what is left of any under a mask
        whole = [part.view("<u8").astype(np.uint64) for part in (words, masks)]
        return Texts(whole[0], whole[1], starts.astype(np.int64), lengths)


def plain(word: bytes) -> bool:
    """Whether JSON writes the word as it is."""
    return _PLAIN.fullmatch(word) is not None


@within
def byte(text: Bytes, at: int) -> int:
    """The byte there. (A signed index would be asked each time whether it counts from the end.)"""
    return int(text[np.uint64(at)])


@within
def eight(text: Bytes, at: int) -> np.uint64:
    """Eight bytes from there, the first one lowest; one load, once compiled."""
    begin = np.uint64(at)
    word = np.uint64(0)
    for k in range(8):
        word |= np.uint64(text[begin + np.uint64(k)]) << np.uint64(8 * k)
    return word


@within
def stands(text: Bytes, at: int, texts: Texts, n: int) -> bool:
    """Whether the n-th of the texts stands there."""
    first, last = np.uint64(texts.starts[np.uint64(n)]), np.uint64(texts.starts[np.uint64(n + 1)])
    same = True
    while same and first < last:
        same = (eight(text, at) & texts.masks[first]) == texts.words[first]
        first += _ONE
        at += 8
    return same


@within
def past(text: Bytes, at: int, texts: Texts, n: int) -> int:
    """Where the n-th of the texts ends if it stands there, else -1."""
    return at + texts.lengths[np.uint64(n)] if stands(text, at, texts, n) else -1


@within
def _ends(word: np.uint64) -> np.uint64:
    """The high bit of bytes that end a plain word; the lowest one set is exact."""
    quote, escape, delete = word ^ _QUOTES, word ^ _ESCAPES, word ^ _DELETES
    ends = (word - _SPACES) & ~word
    ends |= (quote - _ONES) & ~quote
    ends |= (escape - _ONES) & ~escape
    ends |= (delete - _ONES) & ~delete
    return (ends | word) & _HIGHS


@within
def lowest(marks: np.uint64) -> np.uint64:
    """The number of the first byte whose high bit is set; some must be."""
    below = (marks - _ONE) & ~marks & _ONES
    return np.uint64(((below * _ONES) >> _TOP) - _ONE)


@within
def mixed(h: np.uint64, word: np.uint64) -> np.uint64:
    """A hash brought on by eight bytes more."""
    h = (h ^ word) * _FACTOR
    return h ^ (h >> _FOLD)


@within
def read_word(text: Bytes, at: int) -> tuple[int, np.uint64]:
    """Where a plain word ends before its quote, or -1; and its hash."""
    h = _SEED
    word = eight(text, at)
    ends = _ends(word)
    while ends == 0:
        h = mixed(h, word)
        at += 8
        word = eight(text, at)
        ends = _ends(word)
    k = lowest(ends)
    at += int(k)
    h = mixed(h, word & ((_ONE << (k * _EIGHT)) - _ONE))
    return (at if byte(text, at) == QUOTE else -1), h
