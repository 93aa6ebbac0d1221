"""A simulated neighbourhood straight into the engine: readings as columns, no JSON, no doors.

What the door would do is done here: plates stand for their own tokens, and a time from before 2000
is refused. A pack a second gives positions and arrivals, as `tests/simulator/listening.py` has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from xiuhua import kinds
from xiuhua.engine import control
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.columns import Rows
from xiuhua.engine.decode import number_of
from xiuhua.engine.jit import F64, I64
from xiuhua.engine.records import Control
from xiuhua.engine.rules import Rule
from xiuhua.engine.step import State, fold, step
from xiuhua.engine.waiting import Clock
from xiuhua.kinds import Field, Kind
from xiuhua.neighbourhood import Device, Neighbourhood
from xiuhua.simulator.rhythm import MINUTE, SECOND
from xiuhua.simulator.rows import Column, Span
from xiuhua.simulator.transports.parquet import OLDEST
from xiuhua.simulator.world import World, block_of, block_span

LOG = "00000000-0000-4000-8000-000000000010"
AT_ONCE = 10 * MINUTE
"""Log time folded together; any length gives the same answer."""


class Feed:
    """One engine that hears a world from `since` on, epoch ms."""

    def __init__(self, world: World, rules: Sequence[Rule], since: int) -> None:
        self._world = world
        self._since = since - since % SECOND
        self.readings = 0
        self.faults = {fault for fault in world.wrong_clocks() if fault.amount is None}
        """In which a device could not be heard; a clock that is seconds off hinders nobody."""
        self._state = State(LOG)
        changes = _first(world.scene.stage.hood, rules)
        records = [
            Control(number, self._since, f"c{number}", control.encode(change))
            for number, change in enumerate(changes, 1)
        ]
        self._state, _ = step(self._state, records)
        if self._state.refused:
            raise self._state.refused[0]

    def until(self, end: int, only: Collection[str] = ()) -> Iterator[AlertChange]:
        """Every change of an alert up to that moment. `only` names the kinds that speak, all where
        it names none: those that are learnt from, in a warm-up."""
        flags = self._world.scene.weather.turns(Span(self._since, end))
        codes = sorted(only or {device.kind for device in self._world.devices})
        for number in range(block_of(self._since), block_of(end - 1) + 1):
            span = block_span(number)
            span = Span(max(span.since, self._since), min(span.until, end))
            block = {code: self._heard(code, number, span) for code in codes}
            cuts = sorted({*range(span.since, span.until, AT_ONCE), span.until,
                           *(at for at, _ in flags if span.since <= at < span.until)})  # fmt: skip
            for begin, close in pairwise(cuts):
                yield from self._flag([on for at, on in flags if at == begin], begin)
                yield from self._fold(block, Span(begin, close))
        self._since = end

    def _heard(self, code: str, number: int, span: Span) -> Rows:
        """What the devices of a kind say in a block, in the order in which it comes."""
        of, roster = kinds.kind(code), self._state.ledger.roster(code)
        pieces = []
        for device in self._world.scene.stage.kind(code):
            sent = self._world.block(device, number)
            self.faults |= {fault for fault in sent.faults if not fault.times}
            good = (sent.due >= span.since) & (sent.due < span.until) & (sent.rows.time >= OLDEST)
            rows, due = sent.rows.take(good), sent.due[good]
            said = np.stack([_numbers(f, rows.columns.get(f.name), len(due)) for f in of.fields])
            pieces.append((np.full(len(due), roster.slots[device.id]), rows.time, due, said))
        slot, time, due, said = (np.concatenate(p, axis=-1) for p in zip(*pieces, strict=True))
        order = np.argsort(due, kind="stable")
        return _rows(of, slot[order], time[order], due[order], said[:, order])

    def _fold(self, block: dict[str, Rows], span: Span) -> Iterator[AlertChange]:
        """Fold what arrives within a span, in stretches that no rule's clock strikes in."""
        begin = span.since
        while begin < span.until:
            close = span.until
            if begin < self._state.edge < close:
                close = -(-self._state.edge // SECOND) * SECOND
            yield from self._stretch(block, Span(begin, max(close, begin + SECOND)))
            begin = max(close, begin + SECOND)

    def _stretch(self, block: dict[str, Rows], span: Span) -> Iterator[AlertChange]:
        times = np.arange(span.since + SECOND, span.until + SECOND, SECOND, dtype=np.int64)
        first = self._state.position + 1
        clock = Clock(first + np.arange(len(times), dtype=np.int64), times)
        came = {}
        for code, rows in block.items():
            low, high = np.searchsorted(rows.arrival, (span.since + 1, span.until + 1))
            if high > low:
                some = rows.take(np.arange(low, high))
                position = first + (some.arrival - times[0]) // SECOND
                came[code] = replace(some, position=position)
                self.readings += len(some)
        yield from fold(self._state, came, clock)

    def _flag(self, turns: list[bool], at: int) -> Iterator[AlertChange]:
        for on in turns:
            body = control.encode(control.FlagSet("rain", on))
            yield from self._step(Control(0, at, f"rain-{at}", body))

    def _step(self, record: Control) -> list[AlertChange]:
        at = max(record.at, self._state.time)
        record = replace(record, position=self._state.position + 1, at=at)
        self._state, changes = step(self._state, [record])
        return changes


def _first(hood: Neighbourhood, rules: Sequence[Rule]) -> Iterator[control.Change]:
    yield control.LedgerSet(tuple(_known(device) for device in hood.devices))
    places = [place for place in hood.places if place.capacity]
    yield control.PlacesSet(tuple(_holds(place.code, place.capacity) for place in places))
    for name, members in hood.lists.items():
        yield control.ListSet(name, add=members)
    yield control.RulesSet(tuple((1, rule.text) for rule in rules))


def _holds(code: str, capacity: int | None) -> control.Place:
    return control.Place(code, {"capacity": float(capacity or 0)})


def _known(device: Device) -> control.Device:
    return control.Device(
        id=device.id, kind=device.kind, site=device.site, place=device.place,
        building=device.building, flat=device.flat, tags=device.tags, params=device.params,
    )  # fmt: skip


def _rows(of: Kind, slot: I64, time: I64, due: I64, said: F64) -> Rows:
    arrival = (due // SECOND + 1) * SECOND
    time = np.minimum(time, arrival)
    span = int(of.reorder.total_seconds() * SECOND)
    return Rows(
        slot=slot.astype(np.int32), time=time, arrival=arrival,
        now=np.maximum(arrival, time + span), position=arrival,
        line=np.arange(len(slot), dtype=np.int32), digest=_digest(time, said), values=said,
    )  # fmt: skip


def _numbers(field: Field, column: Column | None, size: int) -> F64:
    if column is None:
        return np.full(size, np.nan)
    if column.dtype.kind == "O":
        numbers = np.full(size, np.nan)
        said = np.flatnonzero(np.not_equal(column, None))  # a camera mostly says nothing
        numbers[said] = [number_of(field, value) for value in column[said]]
        return numbers
    return column.astype(np.float64)


def _digest(time: I64, said: F64) -> I64:
    """A number for each reading's content."""
    mixed = time.astype(np.uint64)
    for column in said:
        mixed = (mixed ^ column.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    digest: I64 = mixed.astype(np.int64)
    return digest
