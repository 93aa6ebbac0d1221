"""Plain lines: NDJSON files of readings, as `xiuhua simulate --stdout` writes them.

Lines stand in the order in which they arrived. `time` is epoch milliseconds or RFC 3339; where a
line says no `arrival`, it arrived at its `time`, or with the line before it if that came later.
Lines that are no reading are counted and passed over, as the doors would refuse them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from xiuhua.engine.control import Device
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Data, Millis, Record
from xiuhua.epoch import millis

from . import Curve, NothingToReplay, Span
from .records import Records, curve_of, in_pieces

MOST_LINES = 5000
"""Lines of one millisecond that are one record."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Lines:
    """Readings in files, one after the other, and the ledger that they are read with."""

    def __init__(
        self, files: Sequence[Path], ledger: Callable[[], Ledger], span: Span, *, log: str
    ) -> None:
        missing = [str(file) for file in files if not file.is_file()]
        if missing:
            raise NothingToReplay(f"There is no file {', '.join(missing)}; nothing was replayed.")
        self.log = log
        self.refused = 0
        self._files = files
        self._ledger = ledger
        self._span = span

    def sites(self) -> Sequence[str]:
        return [""]

    def total(self) -> int:
        return 0

    def ledger(self, site: str) -> Ledger | None:
        del site
        return self._ledger()

    def pieces(self, site: str) -> Iterator[Records]:
        del site
        self.refused = 0
        return in_pieces(self._records(self._span))

    def curves(self, asked: Sequence[tuple[Device, str, Span]]) -> list[Curve]:
        ledger = self._ledger()
        return [
            curve_of(self._records(span), ledger, device.id, field) for device, field, span in asked
        ]

    def _records(self, span: Span) -> Iterator[Record]:
        arrived = (one for one in self._arrivals() if span.holds(one[0]))
        position = 0
        for at, group in groupby(arrived, key=itemgetter(0)):
            lines = [line for _, line in group]
            for first in range(0, len(lines), MOST_LINES):
                some = lines[first : first + MOST_LINES]
                position += 1
                yield Data(position, at, len(some), b"".join(some))

    def _arrivals(self) -> Iterator[tuple[Millis, bytes]]:
        at = 0
        for file in self._files:
            with file.open("rb") as lines:
                for line in lines:
                    read = read_line(line)
                    if read is None:
                        self.refused += bool(line.strip())
                        continue
                    at = max(at, read[0])
                    yield at, read[1]


def read_line(line: bytes) -> tuple[Millis, bytes] | None:
    """When it arrived, and the line as the log would hold it; None for what is no reading."""
    try:
        said = _decode(line)
        time = _ms(said["time"])
        arrival = _ms(said.pop("arrival", time))
        device = said.pop("device")
    except (msgspec.DecodeError, KeyError, RecursionError, TypeError, ValueError):
        return None
    if not isinstance(device, str):
        return None
    return arrival, msgspec.json.encode({"device": device, **said, "time": time}) + b"\n"


def _ms(time: object) -> Millis:
    if isinstance(time, int) and not isinstance(time, bool):
        return time
    if isinstance(time, str):
        return millis(datetime.fromisoformat(time))
    raise TypeError
