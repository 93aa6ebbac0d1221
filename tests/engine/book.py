"""A log written by hand, for tests: devices, rules, readings, ticks, in log time."""

from __future__ import annotations

from typing import Any

import msgspec

from xiuhua.engine import control
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device
from xiuhua.engine.records import Control, Data, Record, Tick
from xiuhua.engine.step import State, step

LOG = "00000000-0000-4000-8000-000000000001"
START = 1_790_000_000_000
SECOND = 1000
MINUTE = 60_000


class Book:
    """Writes records one after the other. `at` counts milliseconds from START."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def devices(self, *devices: Device, at: int = 0) -> Book:
        return self.change(control.LedgerSet(devices), at=at)

    def rules(self, *texts: str, at: int = 0, version: int = 1) -> Book:
        return self.change(control.RulesSet(tuple((version, text) for text in texts)), at=at)

    def change(self, change: control.Change, *, at: int = 0) -> Book:
        name = f"c{len(self.records)}"
        return self._add(Control(self._next(), START + at, name, control.encode(change)))

    def pack(self, *readings: dict[str, Any], at: int) -> Book:
        """Readings that arrive together; a reading's `time` counts from START and is `at` by
        default."""
        lines = [
            msgspec.json.encode({"device": r["device"], **r, "time": START + r.get("time", at)})
            for r in readings
        ]
        body = b"".join(line + b"\n" for line in lines)
        return self._add(Data(self._next(), START + at, len(lines), body))

    def tick(self, *, at: int) -> Book:
        return self._add(Tick(self._next(), START + at))

    def _next(self) -> int:
        return len(self.records) + 1

    def _add(self, record: Record) -> Book:
        self.records.append(record)
        return self


def play(book: Book, state: State | None = None) -> list[AlertChange]:
    """Every change that the whole book brings, in one batch."""
    return step(state or State(LOG), book.records)[1]


def deliver(book: Book, readings: list[dict[str, Any]], *, prompt: bool, end: int) -> Book:
    """Readings by rising time: each as it is made, or all at once at `end`; then a long silence."""
    if prompt:
        for reading in readings:
            book.pack(reading, at=reading["time"])
    elif readings:
        book.pack(*readings, at=end)
    return book.tick(at=2 * end)


def told(changes: list[AlertChange]) -> list[tuple[str, str, str, int]]:
    """(what, level, subject, time from START) of each change."""
    return [(c.what, c.level, c.subject, c.time - START) for c in changes]


def smoke(number: int = 1, **more: Any) -> Device:
    """A smoke detector in a flat of tl01."""
    return Device(
        id=f"tl01-smoke-{number:04}", kind="smoke", site="tl01", place="tl01-b001", **more
    )
