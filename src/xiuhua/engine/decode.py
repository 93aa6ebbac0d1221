"""From a pack's lines to columns by kind. msgspec reads; what the door wrote is always readable."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from xiuhua.kinds import Field, Kind, kind

from .columns import Rows
from .jit import line_digests
from .ledger import Ledger
from .records import Data
from .tokens import token_hash

_lines = msgspec.json.Decoder(dict[str, Any])

NOTHING = float("nan")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A batch of packs: the readings by kind in log order, and how many named no device we know."""

    rows: dict[str, Rows]
    unknown: int


def decode(packs: list[Data], ledger: Ledger) -> Decoded:
    """Read packs in log order. Raises ValueError naming the position of a pack that is not as the
    door writes it (a damaged log, never a device's fault)."""
    gathered: dict[str, list[_Line]] = {}
    unknown = 0
    for pack in packs:
        for line in _lines_of(pack):
            code = ledger.kind_of.get(line.reading["device"])
            if code is None:
                unknown += 1
            else:
                gathered.setdefault(code, []).append(line)
    rows = {code: _rows(kind(code), ledger, lines) for code, lines in sorted(gathered.items())}
    return Decoded(rows, unknown)


@dataclass(slots=True)
class _Line:
    reading: dict[str, Any]
    digest: int
    arrival: int
    position: int
    number: int


def _lines_of(pack: Data) -> Iterator[_Line]:
    try:
        readings = _lines.decode_lines(pack.body)
    except msgspec.DecodeError as error:
        raise ValueError(f"the pack at position {pack.position} cannot be read: {error}") from error
    if len(readings) != pack.count:
        raise ValueError(
            f"the pack at position {pack.position} holds {len(readings)} readings, not {pack.count}"
        )
    digests = line_digests(np.frombuffer(pack.body, np.uint8), pack.count)
    for number, (reading, digest) in enumerate(zip(readings, digests.tolist(), strict=True)):
        yield _Line(reading, digest, pack.at, pack.position, number)


def _rows(of: Kind, ledger: Ledger, lines: list[_Line]) -> Rows:
    slots = ledger.roster(of.code).slots
    arrival = np.array([line.arrival for line in lines], np.int64)
    time = np.minimum(np.array([line.reading["time"] for line in lines], np.int64), arrival)
    reorder = int(of.reorder.total_seconds() * 1000)
    return Rows(
        slot=np.array([slots[line.reading["device"]] for line in lines], np.int32),
        time=time,
        arrival=arrival,
        now=np.maximum(arrival, time + reorder),
        position=np.array([line.position for line in lines], np.int64),
        line=np.array([line.number for line in lines], np.int32),
        digest=np.array([line.digest for line in lines], np.int64),
        values=_values(of, lines),
    )


def _values(of: Kind, lines: list[_Line]) -> np.ndarray:
    values = np.empty((len(of.fields), len(lines)))
    for at, field in enumerate(of.fields):
        read, name = _reader(field), field.name
        values[at] = [read(line.reading.get(name)) for line in lines]
    return values


def _reader(field: Field) -> Callable[[Any], float]:
    if field.type == "choice":
        numbers = {choice: float(at) for at, choice in enumerate(field.choices)}
        return lambda value: numbers.get(value, NOTHING)
    if field.type == "token":
        return lambda value: NOTHING if value is None else token_hash(value)
    return lambda value: NOTHING if value is None else float(value)


def encode_value(field: Field, number: float) -> float | bool | str | None:
    """A column's number as the field's own value; None for a missing one or a token."""
    if math.isnan(number) or field.type == "token":
        return None
    if field.type == "choice":
        return field.choices[int(number)]
    if field.type == "bool":
        return bool(number)
    return number
