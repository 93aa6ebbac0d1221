"""From packs to columns by kind: the fast way for the plain lines that the door writes, msgspec for
whatever is odd about one. Both agree on every input: the slow way is the oracle of the fast one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from xiuhua.kinds import Field, Kind

from .columns import Rows
from .jit import I32, I64
from .ledger import Ledger
from .records import Data
from .scanner import ODD, UNKNOWN, Scanned, scan
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
    counts = np.array([pack.count for pack in packs], np.int64)
    body = b"".join(pack.body for pack in packs)
    try:
        scanned = scan(body, int(counts.sum()), ledger.shapes, ledger.roll)
    except ValueError:
        raise _miscounted(packs) from None
    owner = np.repeat(np.arange(len(packs)), counts)
    for line in np.flatnonzero(scanned.kind == ODD).tolist():
        start, end = scanned.start[line], scanned.start[line + 1]
        _read_slowly(body[start:end], packs[owner[line]].position, ledger, scanned, line)
    rows = {
        kind.code: _rows(kind, number, scanned, packs, owner, counts)
        for number, kind in enumerate(ledger.shapes.kinds)
        if (scanned.kind == number).any()
    }
    return Decoded(rows, int(np.count_nonzero(scanned.kind == UNKNOWN)))


def _miscounted(packs: list[Data]) -> ValueError:
    for pack in packs:
        lines = pack.body.count(b"\n")
        if lines != pack.count or not pack.body.endswith(b"\n"):
            return ValueError(
                f"the pack at position {pack.position} holds {lines} lines, not {pack.count}"
            )
    raise AssertionError("lines are missing, but from no pack")


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


def _rows(
    of: Kind, number: int, scanned: Scanned, packs: list[Data], owner: I64, counts: I64
) -> Rows:
    lines = np.flatnonzero(scanned.kind == number)
    pack = owner[lines]
    first = np.cumsum(counts) - counts
    arrival = _each(packs, "at")[pack]
    time = np.minimum(scanned.time[lines], arrival)
    reorder = int(of.reorder.total_seconds() * 1000)
    width = len(of.fields)
    return Rows(
        slot=scanned.slot[lines],
        time=time,
        arrival=arrival,
        now=np.maximum(arrival, time + reorder),
        position=_each(packs, "position")[pack],
        line=_short(lines - first[pack]),
        digest=scanned.digest[lines],
        values=np.ascontiguousarray(scanned.values[lines, :width].T),
    )


def _each(packs: list[Data], name: str) -> I64:
    return np.array([getattr(pack, name) for pack in packs], np.int64)


def _short(numbers: I64) -> I32:
    return numbers.astype(np.int32)


def encode_value(field: Field, number: float) -> float | bool | str | None:
    """A column's number as the field's own value; None for a missing one or a token."""
    if math.isnan(number) or field.type == "token":
        return None
    if field.type == "choice":
        return field.choices[int(number)]
    if field.type == "bool":
        return bool(number)
    return number
