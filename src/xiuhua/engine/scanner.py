"""The fast way to read the log's lines: one pass over the bytes, straight into columns.

It takes only the plain shape that the door writes; whatever is odd about a line (an escape, an
exponent, white space, a number beyond 15 digits, a type that is not the field's) is left to the
slow way in `decode`, and both agree on every input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xiuhua.kinds import Kind

from .jit import F64, I8, I32, I64, Bytes, fnv1a, jit

ODD, UNKNOWN = -2, -1
"""In the place of a kind: the slow way must read the line; its device is not in the ledger."""

_NUMBER, _BOOL, _CHOICE, _TOKEN = range(4)
_TYPE_CODE = {"number": _NUMBER, "count": _NUMBER, "bool": _BOOL, "choice": _CHOICE,
              "token": _TOKEN}  # fmt: skip
_HEAD = np.frombuffer(b'{"device":"', np.uint8)
_TIME = np.frombuffer(b'","time":', np.uint8)
_TRUE, _FALSE, _NULL = (np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))
_TENS = np.array([10.0**n for n in range(23)])
_MASK = (1 << 52) - 1
_SEED, _PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)
"""FNV-1a, 64 bits."""


@dataclass(frozen=True, slots=True)
class Names:
    """Words in a hash table: `slots` holds the number of each word or -1; `text` and `starts`
    (n + 1) their bytes."""

    slots: I32
    hashes: I64
    text: Bytes
    starts: I64

    @staticmethod
    def of(words: list[str]) -> Names:
        """The table of these words, at most half full."""
        encoded = [word.encode() for word in words]
        text = np.frombuffer(b"".join(encoded) or b"\0", np.uint8)
        starts = np.concatenate(([0], np.cumsum([len(word) for word in encoded]))).astype(np.int64)
        size = 1 << max(4, (2 * len(words)).bit_length())
        slots, hashes = np.full(size, -1, np.int32), np.zeros(size, np.int64)
        _fill(slots, hashes, text, starts)
        return Names(slots, hashes, text, starts)


@dataclass(frozen=True, slots=True)
class Shapes:
    """What the kinds' lines may hold, as arrays. A key's word is `<kind number>/<field>`, so that
    one table serves all kinds; a choice's is `<kind number>/<column>/<choice>`."""

    kinds: tuple[Kind, ...]
    keys: Names
    column: I32
    type: I8
    choices: Names
    choice: I32
    width: int

    @staticmethod
    def of(kinds: tuple[Kind, ...]) -> Shapes:
        """The shapes of these kinds."""
        fields = [(k, at, f) for k, kind in enumerate(kinds) for at, f in enumerate(kind.fields)]
        choices = [(k, at, n, c) for k, at, f in fields for n, c in enumerate(f.choices)]
        return Shapes(
            kinds=kinds,
            keys=Names.of([chr(k + 1) + f.name for k, _, f in fields]),
            column=np.array([at for _, at, _ in fields] or [0], np.int32),
            type=np.array([_TYPE_CODE[f.type] for _, _, f in fields] or [0], np.int8),
            choices=Names.of([chr(k + 1) + chr(at + 1) + c for k, at, _, c in choices]),
            choice=np.array([n for *_, n, _ in choices] or [0], np.int32),
            width=max((len(kind.fields) for kind in kinds), default=1),
        )


@dataclass(frozen=True, slots=True)
class Roll:
    """The devices in service: their ids, and each one's kind number and slot."""

    ids: Names
    kind: I32
    slot: I32


@dataclass(frozen=True, slots=True)
class Scanned:
    """n lines. `kind` is a number in `Shapes.kinds`, ODD or UNKNOWN; `values` is (n, width)."""

    kind: I32
    slot: I32
    time: I64
    digest: I64
    start: I64
    values: F64


def scan(body: bytes, count: int, of: Shapes, roll: Roll) -> Scanned:
    """Read `count` newline-ended lines. Raises ValueError if there are more or fewer."""
    text = np.frombuffer(body, np.uint8)
    found = Scanned(
        kind=np.empty(count, np.int32),
        slot=np.empty(count, np.int32),
        time=np.empty(count, np.int64),
        digest=np.empty(count, np.int64),
        start=np.empty(count + 1, np.int64),
        values=np.full((count, of.width), np.nan),
    )
    lines = int(_starts(text, found.start, found.digest))
    if lines != count or (body and body[-1] != ord("\n")):
        raise ValueError(f"{lines} lines instead of {count}")
    _scan(
        text, found.start, _table(roll.ids), roll.kind, roll.slot,
        _table(of.keys), of.column, of.type, _table(of.choices), of.choice,
        found.kind, found.slot, found.time, found.values,
    )  # fmt: skip
    return found


Table = tuple[I32, I64, Bytes, I64]


def _table(names: Names) -> Table:
    return names.slots, names.hashes, names.text, names.starts


@jit
def _fill(slots: I32, hashes: I64, text: Bytes, starts: I64) -> None:
    mask = len(slots) - 1
    for n in range(len(starts) - 1):
        h = fnv1a(text, starts[n], starts[n + 1])
        at = h & mask
        while slots[at] >= 0:
            at = (at + 1) & mask
        slots[at] = n
        hashes[at] = h


@jit
def _find(table: Table, h: np.int64, prefix: Bytes, body: Bytes, start: int, end: int) -> int:
    """The number of the word prefix + body[start:end] with hash `h`, or -1."""
    slots, hashes, text, starts = table
    mask = len(slots) - 1
    at = h & mask
    while slots[at] >= 0:
        n = slots[at]
        if hashes[at] == h and starts[n + 1] - starts[n] == len(prefix) + end - start:
            same = True
            for i in range(len(prefix)):
                same &= text[starts[n] + i] == prefix[i]
            for i in range(end - start):
                same &= text[starts[n] + len(prefix) + i] == body[start + i]
            if same:
                return int(n)
        at = (at + 1) & mask
    return -1


@jit
def _starts(text: Bytes, start: I64, digest: I64) -> int:
    """Where each line starts, and its FNV-1a; returns how many lines there are."""
    line = 0
    begun = 0
    h = _SEED
    for at in range(len(text)):
        if text[at] != 10:
            h = (h ^ np.uint64(text[at])) * _PRIME
            continue
        if line < len(digest):
            start[line], digest[line] = begun, np.int64(h)
        line += 1
        begun = at + 1
        h = _SEED
    if line < len(start):
        start[line] = begun
    return line


@jit
def _scan(
    text: Bytes, start: I64, ids: Table, kind_of: I32, slot_of: I32, keys: Table, column: I32,
    type_of: I8, choices: Table, choice: I32, kind: I32, slot: I32, time: I64, values: F64,
) -> None:  # fmt: skip
    nothing = np.zeros(0, np.uint8)
    for line in range(len(kind)):
        at, end = start[line], start[line + 1] - 1
        kind[line] = ODD
        if end - at < 24 or not _stands(text, at, _HEAD):
            continue
        at += len(_HEAD)
        closed, h = _word(text, at, end, _SEED)
        if closed < 0 or end - closed < 11 or not _stands(text, closed, _TIME):
            continue
        device = _find(ids, h, nothing, text, at, closed)
        at, moment = _whole(text, closed + len(_TIME))
        if at < 0:
            continue
        if device < 0:
            at = _skip(text, at, end)
            kind[line] = UNKNOWN if at == end else ODD
            continue
        time[line], slot[line] = moment, slot_of[device]
        number = kind_of[device]
        at = _fields(text, at, end, number, keys, column, type_of, choices, choice, values[line])
        if at == end:
            kind[line] = number


@jit
def _fields(
    text: Bytes, at: int, end: int, kind: int, keys: Table, column: I32, type_of: I8,
    choices: Table, choice: I32, values: F64,
) -> int:  # fmt: skip
    """Read `,"name":value…}` into values; returns `end` if all of it is plain, else -1."""
    prefix = np.array([kind + 1], np.uint8)
    seed = (_SEED ^ np.uint64(kind + 1)) * _PRIME
    while text[at] == 44:
        if at + 3 >= end or text[at + 1] != 34:
            return -1
        closed, h = _word(text, at + 2, end, seed)
        if closed < 0 or text[closed + 1] != 58 or _reserved(text, at + 2, closed):
            return -1
        key = _find(keys, h, prefix, text, at + 2, closed)
        if key < 0:
            at = _skip_value(text, closed + 2, end)
        else:
            at, value = _value(
                text, closed + 2, end, kind, column[key], type_of[key], choices, choice
            )
            values[column[key]] = value
        if at < 0:
            return -1
    return end if text[at] == 125 and at + 1 == end else -1


@jit
def _value(
    text: Bytes, at: int, end: int, kind: int, column: int, type_of: int, choices: Table,
    choice: I32,
) -> tuple[int, float]:  # fmt: skip
    """One plain value of the field's own type (or null): where it ends, and its number; -1 else."""
    if text[at] == 110:
        return (at + 4 if _stands(text, at, _NULL) else -1), np.nan
    if type_of == _NUMBER:
        return _number(text, at)
    if type_of == _BOOL:
        return _truth(text, at)
    if text[at] != 34:
        return -1, np.nan
    if type_of == _CHOICE:
        return _choice(text, at + 1, end, kind, column, choices, choice)
    closed, h = _word(text, at + 1, end, _SEED)
    return (closed + 1 if closed >= 0 else -1), np.float64((h ^ (h >> 12)) & _MASK)


@jit
def _truth(text: Bytes, at: int) -> tuple[int, float]:
    if _stands(text, at, _TRUE):
        return at + 4, 1.0
    return (at + 5 if _stands(text, at, _FALSE) else -1), 0.0


@jit
def _choice(
    text: Bytes, at: int, end: int, kind: int, column: int, choices: Table, choice: I32
) -> tuple[int, float]:
    prefix = np.array([kind + 1, column + 1], np.uint8)
    seed = _SEED
    for byte in prefix:
        seed = (seed ^ np.uint64(byte)) * _PRIME
    closed, h = _word(text, at, end, seed)
    n = _find(choices, h, prefix, text, at, closed) if closed >= 0 else -1
    return (closed + 1 if n >= 0 else -1), np.float64(choice[max(n, 0)])


@jit
def _stands(text: Bytes, at: int, word: Bytes) -> bool:
    """Whether the word stands there. Every line ends in a newline, which no word holds."""
    if at + len(word) > len(text):
        return False
    same = True
    for i in range(len(word)):
        same &= text[at + i] == word[i]
    return same


@jit
def _word(text: Bytes, at: int, end: int, seed: np.uint64) -> tuple[int, np.int64]:
    """The end of a plain word (printable ASCII, no escape) before its quote, and its hash; -1."""
    h = seed
    while at < end and text[at] != 34:
        if text[at] < 32 or text[at] > 126 or text[at] == 92:
            return -1, np.int64(0)
        h = (h ^ np.uint64(text[at])) * _PRIME
        at += 1
    return (at if at < end else -1), np.int64(h)


@jit
def _reserved(text: Bytes, start: int, end: int) -> bool:
    """Whether the key is device or time, which count where they stand first only by chance."""
    if end - start == 6:
        return _stands(text, start, _HEAD[2:8])
    return end - start == 4 and _stands(text, start, _TIME[3:7])


@jit
def _whole(text: Bytes, at: int) -> tuple[int, int]:
    """A whole number of 1 to 15 digits without sign: where it ends, and what it is; -1."""
    begun, number = at, 0
    while 48 <= text[at] <= 57:
        number = number * 10 + (text[at] - 48)
        at += 1
    digits = at - begun
    if digits == 0 or digits > 15 or (digits > 1 and text[begun] == 48):
        return -1, 0
    return (at if text[at] == 44 or text[at] == 125 else -1), number


@jit
def _number(text: Bytes, at: int) -> tuple[int, float]:
    """A plain number of at most 15 digits, exactly as correct rounding has it; -1."""
    negative = text[at] == 45
    if negative:
        at += 1
    begun, mantissa = at, 0
    while 48 <= text[at] <= 57:
        mantissa = mantissa * 10 + (text[at] - 48)
        at += 1
        if at - begun > 15:
            return -1, np.nan
    digits = at - begun
    if digits == 0 or (digits > 1 and text[begun] == 48):
        return -1, np.nan
    places = 0
    if text[at] == 46:
        at += 1
        while 48 <= text[at] <= 57:
            mantissa = mantissa * 10 + (text[at] - 48)
            at += 1
            places += 1
            if digits + places > 15:
                return -1, np.nan
        if places == 0:
            return -1, np.nan
    if text[at] != 44 and text[at] != 125:
        return -1, np.nan
    value = np.float64(mantissa) / _TENS[places]
    return at, (-value if negative and (places > 0 or mantissa != 0) else value)


@jit
def _skip_value(text: Bytes, at: int, end: int) -> int:
    """Past a plain value of a field that is not the kind's; -1 if it is not plain."""
    if text[at] == 34:
        closed, _ = _word(text, at + 1, end, _SEED)
        return closed + 1 if closed >= 0 else -1
    if _stands(text, at, _TRUE) or _stands(text, at, _NULL):
        return at + 4
    return at + 5 if _stands(text, at, _FALSE) else _number(text, at)[0]


@jit
def _skip(text: Bytes, at: int, end: int) -> int:
    """Past the rest of a line whose device nobody knows; -1 if it is not plain."""
    while text[at] == 44:
        if at + 3 >= end or text[at + 1] != 34:
            return -1
        closed, _ = _word(text, at + 2, end, _SEED)
        if closed < 0 or text[closed + 1] != 58 or _reserved(text, at + 2, closed):
            return -1
        at = _skip_value(text, closed + 2, end)
        if at < 0:
            return -1
    return end if text[at] == 125 and at + 1 == end else -1
