"""From packs to columns by kind: the fast way for the plain lines that the door writes, msgspec for
whatever is odd about one. Both agree on every input: the slow way is the oracle of the fast one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from xiuhua.kinds import Field

from .columns import Rows, begun, ended, taken_in
from .eights import PADDING
from .jit import F64, I32, I64, U64, lean
from .ledger import Ledger
from .records import Data
from .scanner import ODD, UNKNOWN, Scanned, Shapes, scan
from .tokens import token_hash

NOTHING = float("nan")
_FARTHEST = 1 << 62

_line = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Decoded:
    """A batch of packs: the readings by kind in log order, and how many named no device in
    service or no time."""

    rows: dict[str, Rows]
    unknown: int


def decode(packs: list[Data], ledger: Ledger) -> Decoded:
    """Read packs in log order. Raises ValueError naming the position of a pack that is not as the
    door writes it (a damaged log, never a device's fault)."""
    if not packs:
        return Decoded({}, 0)
    came = np.array([(pack.position, pack.at, pack.count) for pack in packs], np.int64)
    body = b"".join([*(pack.body for pack in packs), PADDING])
    try:
        scanned = scan(body, sum(pack.count for pack in packs), ledger.shapes, ledger.roll)
    except ValueError:
        raise _miscounted(packs) from None
    if scanned.odd:
        _read_the_odd(body, came, ledger, scanned)
    return _by_kind(scanned, came, ledger.shapes)


def _miscounted(packs: list[Data]) -> ValueError:
    for pack in packs:
        lines = pack.body.count(b"\n")
        if lines != pack.count or not pack.body.endswith(b"\n"):
            return ValueError(
                f"the pack at position {pack.position} holds {lines} lines, not {pack.count}"
            )
    raise AssertionError("lines are missing, but from no pack")


def _read_the_odd(body: bytes, came: I64, ledger: Ledger, scanned: Scanned) -> None:
    """Read what the fast way has left, each line where that would have put it."""
    ends = np.cumsum(came[:, 2])
    for line in np.flatnonzero(scanned.kind == ODD).tolist():
        position = int(came[np.searchsorted(ends, line, side="right"), 0])
        start, end = scanned.start[line], scanned.start[line + 1]
        _read_slowly(body[start:end], position, ledger, scanned, line)


def _read_slowly(line: bytes, position: int, ledger: Ledger, into: Scanned, at: int) -> None:
    """Read one odd line in full and put it where the fast way would have."""
    try:
        reading = _line.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"the pack at position {position} cannot be read: {error}") from error
    device, time = reading.get("device"), reading.get("time")
    code = ledger.kind_of.get(device) if isinstance(device, str) else None
    if code is None or not isinstance(time, int) or abs(time) > _FARTHEST:
        into.kind[at] = UNKNOWN
        return
    kinds = ledger.shapes.kinds
    number = next(n for n, kind in enumerate(kinds) if kind.code == code)
    into.kind[at], into.time[at] = number, time
    into.slot[at] = ledger.rosters[code].slots[str(device)]
    into.values[at] = NOTHING
    for column, field in enumerate(kinds[number].fields):
        into.values[at, column] = number_of(field, reading.get(field.name))


def number_of(field: Field, value: object) -> float:
    """A field's value as a column's number: NaN where it is missing or not of the field's type."""
    if isinstance(value, bool):
        return float(value) if field.type == "bool" else NOTHING
    if isinstance(value, int | float):
        return _as_float(value) if field.type in ("number", "count") else NOTHING
    if not isinstance(value, str):
        return NOTHING
    if field.type == "token":
        return token_hash(value)
    return float(field.choices.index(value)) if value in field.choices else NOTHING


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond the floats
        return math.inf if value > 0 else -math.inf


def _by_kind(scanned: Scanned, came: I64, shapes: Shapes) -> Decoded:
    """The lines as columns, kind by kind. Columns of one sort are views of one array."""
    count, width = scanned.values.shape
    found = np.zeros((4, len(shapes.kinds) + 1), np.int64)
    whole = np.empty((5, count), np.int64)
    short = np.empty((2, count), np.int32)
    values = np.empty(count * width)
    _spread(
        scanned.kind, scanned.slot, scanned.time, scanned.values, scanned.values.view(np.uint64),
        came, shapes.first, shapes.reorder, found, whole, short, values,
    )  # fmt: skip
    rows = {}
    sizes, begins, bases, _ = found.tolist()
    for kind, size, begin, base in zip(shapes.kinds, sizes, begins, bases, strict=False):
        if size:
            end, fields = begin + size, len(kind.fields)
            own = values[base : base + fields * size].reshape(fields, size)
            rows[kind.code] = Rows.of(whole[:, begin:end], short[:, begin:end], own)
    return Decoded(rows, sizes[-1])


@lean
def _spread(
    kind: I32, slot: I32, time: I64, row: F64, bits: U64, came: I64, first: I64, reorder: I64,
    found: I64, whole: I64, short: I32, values: F64,
) -> None:  # fmt: skip
    """Fill `whole` (time, arrival, now, position, digest), `short` (slot, line) and `values` (field
    by field) kind by kind in log order, and `found` per kind: how many lines, where its rows and
    where its values begin. The last kind is that of UNKNOWN, which is -1."""
    size, begin, base, done = found[0], found[1], found[2], found[3]
    for k in kind:
        size[k] += 1
    for k in range(1, len(size)):
        begin[k] = begin[k - 1] + size[k - 1]
        base[k] = base[k - 1] + size[k - 1] * (first[k] - first[k - 1])
    i = -1
    for pack in range(len(came)):
        position, arrival = came[pack, 0], came[pack, 1]
        for line in range(came[pack, 2]):
            i += 1
            k = kind[i]
            if k < 0:
                continue
            at, to = begin[k] + done[k], base[k] + done[k]
            done[k] += 1
            h = begun(time[i])
            for column in range(first[k + 1] - first[k]):
                h = taken_in(h, bits[i, column])
                values[to + column * size[k]] = row[i, column]
            moment = min(time[i], arrival)
            whole[0, at], whole[1, at] = moment, arrival
            whole[2, at], whole[3, at] = max(arrival, moment + reorder[k]), position
            whole[4, at] = ended(h)
            short[0, at], short[1, at] = slot[i], line


def encode_value(field: Field, number: float) -> float | bool | str | None:
    """A column's number as the field's own value; None for a missing one or a token."""
    if math.isnan(number) or field.type == "token":
        return None
    if field.type == "choice":
        return field.choices[int(number)]
    if field.type == "bool":
        return bool(number)
    return number
