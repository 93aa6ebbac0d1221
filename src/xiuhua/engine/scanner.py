"""The fast way to read the log's lines: one pass over the bytes, straight into columns.

It takes only the plain shape that the door writes; whatever is odd about a line (an escape, an
exponent, white space, a number beyond 15 digits, a type that is not the field's) is left to the
slow way in `decode`, and both agree on every input.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from xiuhua.kinds import Kind

from .eights import PADDING, QUOTE, Texts, byte, past, plain, read_word, stands
from .jit import F64, I8, I32, I64, U64, Bytes, jit, lean, within
from .plain import read_null, read_number, read_token, read_truth, read_whole, skip_value

ODD, UNKNOWN = -2, -1
"""In the place of a kind: the slow way must read the line; its device is not in the ledger."""

_NUMBER, _BOOL, _CHOICE, _TOKEN = range(4)
_TYPE_CODE = {"number": _NUMBER, "count": _NUMBER, "bool": _BOOL, "choice": _CHOICE,
              "token": _TOKEN}  # fmt: skip
_HEAD, _TIME, _DEVICE_KEY, _TIME_KEY, _NEXT, _END = range(6)
_FRAME = Texts.of([b'{"device":"', b'","time":', b'device"', b'time"', b',"', b"}\n"])
_COLON, _NEWLINE, _N = 58, 10, 110


@dataclass(frozen=True, slots=True)
class Names:
    """Words in a hash table: `slots` holds the number of each plain word or -1, at the place that
    its hash says or after; `texts` are the words with the quote that ends them."""

    slots: I32
    hashes: U64
    texts: Texts

    @staticmethod
    def of(words: list[str]) -> Names:
        """The table of these words, at most half full."""
        ended = [_ended(word, b'"') for word in words]
        size = 1 << max(4, (2 * len(words)).bit_length())
        slots, hashes = np.full(size, -1, np.int32), np.zeros(size, np.uint64)
        text = np.frombuffer(b"".join(word or b"" for word in ended) + PADDING, np.uint8)
        numbers = np.array([n for n, word in enumerate(ended) if word], np.int32)
        _fill(slots, hashes, text, numbers)
        return Names(slots, hashes, Texts.of(ended))


@dataclass(frozen=True, slots=True)
class Shapes:
    """What the kinds' lines may hold. Fields are numbered through all kinds, those of kind k from
    `first[k]`; choices through all fields, those of field f from `choice[f]`. Behind the last kind
    stands one without fields: that of unknown devices."""

    kinds: tuple[Kind, ...]
    width: int
    reorder: I64
    first: I64
    type: I8
    keys: Texts
    choice: I64
    choices: Texts

    @staticmethod
    def of(kinds: tuple[Kind, ...]) -> Shapes:
        """The shapes of these kinds."""
        fields = [field for kind in kinds for field in kind.fields]
        keys = [
            None if field.name in ("device", "time") else _ended(field.name, b'":')
            for field in fields
        ]
        choices = [_ended(choice, b'"') for field in fields for choice in field.choices]
        return Shapes(
            kinds=kinds,
            width=max((len(kind.fields) for kind in kinds), default=1),
            reorder=np.array(
                [int(kind.reorder.total_seconds() * 1000) for kind in kinds], np.int64
            ),
            first=_running(len(kind.fields) for kind in kinds),
            type=np.array([_TYPE_CODE[field.type] for field in fields] or [0], np.int8),
            keys=Texts.of(keys),
            choice=_running(len(field.choices) for field in fields),
            choices=Texts.of(choices),
        )


def _ended(word: str, end: bytes) -> bytes | None:
    """A word as a line has it, with what follows; None if a line can't have it as it is."""
    encoded = word.encode()
    return encoded + end if plain(encoded) else None


def _running(counts: Iterable[int]) -> I64:
    return np.cumsum([0, *counts, 0], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Roll:
    """The devices in service: their ids, and each one's kind number and slot."""

    ids: Names
    kind: I32
    slot: I32


@dataclass(frozen=True, slots=True)
class Scanned:
    """n lines. `kind` is a number in `Shapes.kinds`, ODD or UNKNOWN; line i is
    text[start[i]:start[i + 1]], its newline included; `values` is (n, width), of which the kind's
    own width is filled; `odd` of them are ODD."""

    kind: I32
    slot: I32
    time: I64
    start: I64
    values: F64
    odd: int


def scan(body: bytes, count: int, of: Shapes, roll: Roll) -> Scanned:
    """Read `count` newline-ended lines; `body` ends in PADDING besides. Raises ValueError if there
    are more or fewer."""
    kind, slot = np.empty(count, np.int32), np.empty(count, np.int32)
    time, start = np.empty(count, np.int64), np.empty(count + 1, np.int64)
    values = np.empty((count, of.width))
    odd = _scan(
        np.frombuffer(body, np.uint8), len(body) - len(PADDING),
        (roll.ids.slots, roll.ids.hashes, roll.ids.texts), roll.kind, roll.slot,
        (of.first, of.type, of.keys, of.choice, of.choices), _FRAME,
        kind, slot, time, start, values,
    )  # fmt: skip
    if odd < 0:
        raise ValueError(f"not {count} lines")
    return Scanned(kind, slot, time, start, values, odd)


Table = tuple[I32, U64, Texts]
Plan = tuple[I64, I8, Texts, I64, Texts]
"""`Names` and `Shapes` within a kernel."""


@jit
def _fill(slots: I32, hashes: U64, text: Bytes, numbers: I32) -> None:
    mask = len(slots) - 1
    start = 0
    for n in numbers:
        closed, h = read_word(text, start)
        at = np.int64(h) & mask
        while slots[at] >= 0:
            at = (at + 1) & mask
        slots[at], hashes[at] = n, h
        start = closed + 1


@lean
def _scan(
    text: Bytes, size: int, ids: Table, kind_of: I32, slot_of: I32, plan: Plan, frame: Texts,
    kind: I32, slot: I32, time: I64, start: I64, values: F64,
) -> int:  # fmt: skip
    """Fill kind to values; how many lines are odd, or -1 if there are not as many lines as
    expected."""
    first = plan[0]
    nobody = len(first) - 2
    line_end = odd = 0
    for line in range(len(kind)):
        start[line] = line_end
        if line_end >= size:
            return -1
        at, device, moment = _head(text, line_end, ids, frame)
        number = nobody
        if device >= 0:
            number, slot[line] = kind_of[device], slot_of[device]
        for column in range(first[number + 1] - first[number]):
            values[line, column] = np.nan
        at = _fields(text, at, number, plan, frame, values, line)
        if at >= 0:
            at = past(text, at, frame, _END)
        time[line] = moment
        kind[line] = UNKNOWN if number == nobody else number
        if at < 0:
            kind[line] = ODD
            odd += 1
            at = _next_line(text, line_end, size)
        line_end = at
    start[len(kind)] = line_end
    return odd if line_end == size else -1


@within
def _head(text: Bytes, at: int, ids: Table, frame: Texts) -> tuple[int, int, int]:
    """`{"device":"...","time":0`: where it ends, the number of the device, and the time."""
    name = past(text, at, frame, _HEAD)
    if name < 0:
        return -1, -1, 0
    at, h = read_word(text, name)
    if at >= 0:
        at = past(text, at, frame, _TIME)
    if at < 0:
        return -1, -1, 0
    at, moment = read_whole(text, at)
    return at, _find(text, name, h, ids), moment


@within
def _find(text: Bytes, at: int, h: np.uint64, table: Table) -> int:
    """The number of the name that stands there and has this hash, or -1."""
    slots, hashes, texts = table
    mask = np.uint64(len(slots) - 1)
    place = h & mask
    n = int(slots[place])
    while n >= 0 and not (hashes[place] == h and stands(text, at, texts, n)):
        place = (place + np.uint64(1)) & mask
        n = int(slots[place])
    return n


@within
def _fields(
    text: Bytes, at: int, kind: int, plan: Plan, frame: Texts, values: F64, line: int
) -> int:
    """`,"name":value` and so on into a row of values; where it ends, -1 if not all is plain."""
    first, types, keys, choice, choices = plan
    begin, end = first[kind], first[kind + 1]
    guess = begin
    while at >= 0 and stands(text, at, frame, _NEXT):
        at += 2
        field = _key(text, at, guess, begin, end, keys)
        if field < 0:
            at = _skip_field(text, at, frame)
            continue
        at += keys.lengths[field]
        if byte(text, at) == _N:
            at, value = read_null(text, at), np.nan
        elif types[field] == _NUMBER:
            at, value = read_number(text, at)
        elif types[field] == _BOOL:
            at, value = read_truth(text, at)
        elif types[field] == _TOKEN:
            at, value = read_token(text, at)
        else:
            at, value = _choice(text, at, choice[field], choice[field + 1], choices)
        values[line, field - begin] = value
        guess = field + 1
    return at


@within
def _key(text: Bytes, at: int, guess: int, begin: int, end: int, keys: Texts) -> int:
    """Which field's key stands there, of begin..end, or -1. Lines name their fields in the kind's
    order as a rule, so the guess is nearly always right."""
    field = guess
    for _ in range(begin, end):
        if field >= end:
            field = begin
        if stands(text, at, keys, field):
            return field
        field += 1
    return -1


@within
def _choice(text: Bytes, at: int, begin: int, end: int, choices: Texts) -> tuple[int, float]:
    """Which of the choices begin..end stands there in quotes, by its number among them."""
    if byte(text, at) == QUOTE:
        for n in range(begin, end):
            closed = past(text, at + 1, choices, n)
            if closed >= 0:
                return closed, np.float64(n - begin)
    return -1, np.nan


@within
def _skip_field(text: Bytes, at: int, frame: Texts) -> int:
    """Past `name":value` of a field that is not the kind's; -1 if it is not plain, or names device
    or time, of which the slow way takes the last."""
    closed, _ = read_word(text, at)
    if closed < 0 or byte(text, closed + 1) != _COLON:
        return -1
    if stands(text, at, frame, _DEVICE_KEY) or stands(text, at, frame, _TIME_KEY):
        return -1
    return skip_value(text, closed + 2)


@within
def _next_line(text: Bytes, at: int, size: int) -> int:
    """Where the line ends, its newline included; beyond `size` if it has none."""
    while at < size and text[at] != _NEWLINE:
        at += 1
    return at + 1
