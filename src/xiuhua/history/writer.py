"""From the log's packs to parts of history."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from xiuhua import kinds
from xiuhua.engine.records import Data
from xiuhua.kinds import FieldType

from .errors import UnreadablePack
from .files import AT_ONCE, sync_folders, write_part
from .layout import Home, HomeOf, day_of, polars_schema
from .parts import Part

_FRONT = b'{"device":"'
_PYTHON: dict[FieldType, Any] = {
    "number": float | None,
    "count": int | None,
    "bool": bool | None,
    "choice": str | None,
    "token": str | None,
}


@dataclass(slots=True)
class _Gathered:
    """Lines of one home and day that wait for the next flush, with what the log says of each."""

    lines: list[bytes] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    late: list[bool] = field(default_factory=list)


class Writer:
    """Gathers readings and writes them as parts, one for each kind, site and day of arrival.

    `waiting` counts the readings gathered since the last flush; `unknown` those of devices that
    `home_of` did not know, which history has no place for (the log keeps them for its time).
    """

    def __init__(self, root: Path, home_of: HomeOf) -> None:
        self._root = root
        self._home_of = home_of
        self._gathered: dict[tuple[str, Home], _Gathered] = {}
        self.waiting = 0
        self.unknown = 0

    def add(self, pack: Data, late: Collection[int] = ()) -> None:
        """Take a pack of the log, in the order of positions. `late` are the numbers (from 0) of
        the lines that came after their `reorder` span. Raises UnreadablePack."""
        day = day_of(pack.at)
        lines = pack.body.splitlines()
        if len(lines) != pack.count:
            raise UnreadablePack(pack.position, f"{len(lines)} lines instead of {pack.count}")
        homes = [self._home_of(_device(line, pack.position)) for line in lines]
        for number, (line, home) in enumerate(zip(lines, homes, strict=True)):
            if home is None:
                self.unknown += 1
                continue
            group = self._gathered.setdefault((day, home), _Gathered())
            group.lines.append(line)
            group.positions.append(pack.position)
            group.arrivals.append(pack.at)
            group.late.append(number in late)
            self.waiting += 1

    def flush(self) -> list[Part]:
        """Write what was gathered and return the parts, on disk, for the manifest to name.

        After a crash the same packs, gathered anew, make the same files again; a file that no
        manifest came to name is not part of history. Raises UnreadablePack, or OSError where the
        disk takes no more; then everything is still gathered, for another try.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            parts = list(pool.map(self._write, sorted(self._gathered)))
        sync_folders(self._root, parts)
        self._gathered, self.waiting = {}, 0
        return parts

    def _write(self, place: tuple[str, Home]) -> Part:
        day, home = place
        return write_part(self._root, home, day, _rows(home.kind, self._gathered[place]))


def _device(line: bytes, position: int) -> str:
    end = line.find(b'"', len(_FRONT))
    if not line.startswith(_FRONT) or end < 0:
        raise UnreadablePack(position, "a line does not begin with its device")
    raw = line[len(_FRONT) : end]
    if b"\\" in raw:
        raise UnreadablePack(position, "a device's id has a backslash")
    return raw.decode()


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Any]:
    fields = [(it.name, _PYTHON[it.type], None) for it in kinds.kind(kind).fields]
    struct = msgspec.defstruct("Reading", [("device", str), ("time", int), *fields], gc=False)
    return msgspec.json.Decoder(struct)


def _decoded(kind: str, group: _Gathered) -> list[Any]:
    decoder = _decoder(kind)
    try:
        return decoder.decode_lines(b"\n".join(group.lines))
    except msgspec.DecodeError:
        for line, position in zip(group.lines, group.positions, strict=True):
            _check(decoder, line, position)
        raise


def _check(decoder: msgspec.json.Decoder[Any], line: bytes, position: int) -> None:
    try:
        decoder.decode(line)
    except msgspec.DecodeError as error:
        raise UnreadablePack(position, str(error)) from error


def _rows(kind: str, group: _Gathered) -> pl.DataFrame:
    readings = _decoded(kind, group)
    known: dict[str, list[Any]] = {
        "position": group.positions,
        "arrival": group.arrivals,
        "late": group.late,
    }
    return pl.DataFrame(
        {
            name: pl.Series(name, known.get(name) or [*map(attrgetter(name), readings)], dtype)
            for name, dtype in polars_schema(kind).items()
        }
    )
