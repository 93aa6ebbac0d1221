"""Pieces that are records of a log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from xiuhua.engine import control
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.decode import decode
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Control, Data, Millis, Record, Tick
from xiuhua.engine.step import State, step
from xiuhua.kinds import kind

from . import Curve

AT_ONCE = 2000
"""Records folded together; any number gives the same answer."""


@dataclass(frozen=True, slots=True)
class Records:
    """Consecutive records, at least one."""

    records: Sequence[Record]

    @property
    def start(self) -> tuple[int, Millis]:
        return self.records[0].position - 1, self.records[0].at

    @property
    def end(self) -> Millis:
        return self.records[-1].at

    @property
    def readings(self) -> int:
        return sum(record.count for record in self.records if isinstance(record, Data))

    def fold(self, state: State) -> tuple[State, list[AlertChange]]:
        return step(state, map(_without_rules, self.records))


def in_pieces(records: Iterable[Record]) -> Iterator[Records]:
    """Records as pieces, read no faster than these are folded."""
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == AT_ONCE:
            yield Records(batch)
            batch = []
    if batch:
        yield Records(batch)


def _without_rules(record: Record) -> Record:
    if isinstance(record, Control):
        change = control.decode(record.body)
        if isinstance(change, control.RulesSet | control.RulesRemove):
            return Tick(record.position, record.at)
    return record


def curve_of(records: Iterable[Record], ledger: Ledger, device: str, field: str) -> Curve:
    """What a device's field said in these records."""
    known = ledger.find(device)
    packs = [r for r in records if isinstance(r, Data) and device.encode() in r.body]
    if known is None or not packs:
        return Curve.empty()
    rows = decode(packs, ledger).rows.get(known.kind)
    if rows is None:
        return Curve.empty()
    mine = np.flatnonzero(rows.slot == ledger.roster(known.kind).slots[device])
    mine = mine[np.argsort(rows.time[mine], kind="stable")]
    return Curve(rows.time[mine], rows.values[kind(known.kind).column(field)][mine])
