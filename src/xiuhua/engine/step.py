"""The engine: `step(state, records) -> state, changes`, a left fold over the log.

The state is a pure function of the log and the engine's release. How the log is cut into batches
changes nothing, to the byte: each decision carries the position of the record that brought it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from xiuhua.kinds import kind

from . import control
from .changes import AlertChange
from .columns import Rows
from .decode import decode
from .jit import F64
from .ledger import Ledger
from .machine import AlertMachine, Cause
from .records import Control, Data, Millis, Record
from .rules import Rule, RuleError, parse
from .running import Decision, Running
from .waiting import Clock, WaitingRoom

RELEASE = "1"
"""Rises whenever the same log would give other alerts or the saved state another shape."""


class State:
    """All that the engine knows. Made by `State(log)` or `snapshot.restore`, moved by `step`."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.position = 0
        self.time = 0
        self.ledger = Ledger()
        self.running: dict[str, Running] = {}
        self.rooms: dict[str, WaitingRoom] = {}
        self.last: dict[str, F64] = {}
        self.alerts = AlertMachine(log)
        self.unknown = 0
        self.late: list[tuple[int, int]] = []
        """(position, line) of what came late in the newest step; for history, not part of the
        state that is saved."""
        self.refused: list[RuleError] = []
        """Rules that came in the newest step and that this release cannot read; likewise."""

    def room(self, code: str) -> WaitingRoom:
        """The waiting room of a kind, as large as its roster."""
        if code not in self.rooms:
            self.rooms[code] = WaitingRoom(kind(code))
            self.last[code] = np.zeros((len(kind(code).fields), 0))
        slots = len(self.ledger.roster(code).devices)
        self.rooms[code].grow(slots)
        more = slots - self.last[code].shape[1]
        if more:
            gap = np.full((len(kind(code).fields), more), np.nan)
            self.last[code] = np.concatenate((self.last[code], gap), axis=1)
        return self.rooms[code]


def step(state: State, records: Iterable[Record]) -> tuple[State, list[AlertChange]]:
    """Fold records into the state; the state handed in is used up, go on with the one returned.

    Records are the next ones of the log, in order. Raises ValueError for a gap or a record that
    cannot be read: the log is damaged, and nothing may be skipped in silence.
    """
    changes: list[AlertChange] = []
    state.late, state.refused = [], []
    for stretch in _stretches(state, records):
        last = stretch[-1]
        change = control.decode(last.body) if isinstance(last, Control) else None
        if isinstance(change, control.DoorUp):
            _excuse(state, change)
        changes += _live(state, stretch)
        if change is not None:
            changes += _obey(state, change, last)
    return state, changes


def _stretches(state: State, records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records between control records, and each of these by itself."""
    stretch: list[Record] = []
    expected = state.position
    for record in records:
        expected += 1
        if record.position != expected:
            raise ValueError(
                f"the log jumps to position {record.position} where {expected} was due; "
                "the state stays as it was before"
            )
        if isinstance(record, Control) and stretch:
            yield stretch
            stretch = []
        stretch.append(record)
        if isinstance(record, Control):
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _live(state: State, stretch: list[Record]) -> list[AlertChange]:
    clock = Clock(
        np.array([record.position for record in stretch], np.int64),
        np.array([record.at for record in stretch], np.int64),
    )
    decoded = decode([r for r in stretch if isinstance(r, Data)], state.ledger)
    state.unknown += decoded.unknown
    return fold(state, decoded.rows, clock)


def fold(state: State, arrivals: Mapping[str, Rows], clock: Clock) -> list[AlertChange]:
    """Fold readings that are columns already into the state, by kind and in log order; `clock` is
    the stretch of log that brought them, not empty, after what the state has seen."""
    decisions: list[Decision] = []
    for code in sorted(state.ledger.rosters):
        decisions += _live_kind(state, code, arrivals.get(code), clock)
    state.position, state.time = int(clock.positions[-1]), int(clock.times[-1])
    if not decisions:
        return []
    devices = {code: roster.devices for code, roster in state.ledger.rosters.items()}
    return state.alerts.settle(decisions, state.running, devices)


def _live_kind(state: State, code: str, arrivals: Rows | None, clock: Clock) -> list[Decision]:
    room = state.room(code)
    if arrivals is None:
        arrivals = Rows.empty(len(kind(code).fields))
    late = room.enter(arrivals)
    state.late += zip(late.position.tolist(), late.line.tolist(), strict=True)
    applied = room.release(clock)
    decisions: list[Decision] = []
    for run in state.running.values():
        if run.rule.kind.code == code:
            decisions += run.decide(arrivals, applied, state.last[code], clock)
    state.last[code][:, applied.slot] = applied.values
    return decisions


def _excuse(state: State, change: control.DoorUp) -> None:
    for run in state.running.values():
        run.excuse(max(0, change.at - change.since))


def _obey(state: State, change: control.Change, record: Record) -> list[AlertChange]:
    match change:
        case control.LedgerSet():
            return _refit(state, state.ledger.put(change), record)
        case control.LedgerRemove():
            return _refit(state, state.ledger.remove(change), record)
        case control.RulesSet():
            return [
                cleared
                for version, text in change.rules
                for rule in _readable(state, text, version)
                for cleared in _start(state, rule, record)
            ]
        case control.RulesRemove():
            return [cleared for rule in change.rules for cleared in _stop(state, rule, record)]
        case control.ListSet():
            state.ledger.change_list(change)
        case control.DoorDown() | control.DoorUp():
            pass
    return []


def _readable(state: State, text: str, version: int) -> list[Rule]:
    """The rules of a text. One that this release cannot read, though an older one could, must not
    stop all the others: it is left out, and `state.refused` says why."""
    try:
        return parse(text, version=version)
    except RuleError as error:
        state.refused.append(error)
        return []


def _refit(state: State, kinds: set[str], record: Record) -> list[AlertChange]:
    cleared = []
    for code in kinds:
        state.room(code)
    for run in state.running.values():
        if run.rule.kind.code in kinds:
            cleared += _end(state, run, run.fit(state.ledger, record.at).tolist(), record)
    return cleared


def start_rules(state: State, rules: Iterable[Rule]) -> State:
    """Let rules begin where the state stands, without a record that says so: for a replay. The
    state handed in is used up."""
    for rule in rules:
        _run(state, rule, state.time)
    return state


def _start(state: State, rule: Rule, record: Record) -> list[AlertChange]:
    cleared = _stop(state, rule.id, record)
    _run(state, rule, record.at)
    return cleared


def _run(state: State, rule: Rule, now: Millis) -> None:
    state.room(rule.kind.code)
    run = Running(rule)
    run.fit(state.ledger, now)
    state.running[rule.id] = run
    state.running = dict(sorted(state.running.items()))


def _stop(state: State, rule: str, record: Record) -> list[AlertChange]:
    run = state.running.pop(rule, None)
    if run is None:
        return []
    return _end(state, run, np.flatnonzero(run.active).tolist(), record)


def _end(state: State, run: Running, slots: list[int], record: Record) -> list[AlertChange]:
    """Clear what a rule has up at slots that it no longer covers."""
    devices = state.ledger.roster(run.rule.kind.code).devices
    cause = Cause(time=record.at, since=record.at, position=record.position, values=None)
    run.active[slots] = 0
    ended = [state.alerts.clear(run.rule, devices[slot], cause) for slot in slots]
    return [change for change in ended if change is not None]
