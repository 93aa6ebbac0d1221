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
from .decisions import Decision, Heard
from .decode import decode
from .jit import F64
from .joined import running_of
from .ledger import Ledger
from .machine import AlertMachine
from .operators import Logic
from .records import Control, Data, Millis, Record
from .rules import Rule, RuleError, parse
from .running import Running
from .schedule import FOREVER
from .waiting import Clock, WaitingRoom
from .watch import Watch

RELEASE = "3"
"""Rises whenever the same log would give other alerts or the saved state another shape."""
READS = frozenset({"2", RELEASE})
"""Releases whose saved state has this shape: a house goes on from it, by this release's rules."""


class State:
    """All that the engine knows. Made by `State(log)` or `snapshot.restore`, moved by `step`."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.position = 0
        self.time = 0
        self.edge: Millis = FOREVER
        """When the clock next wakes a rule, sends one to sleep, or changes a parameter."""
        self.ledger = Ledger()
        self.rules: dict[str, Rule] = {}
        self.runs: dict[bytes, Running] = {}
        """What lets the rules of each shape work."""
        self.rooms: dict[str, WaitingRoom] = {}
        self.last: dict[str, F64] = {}
        self.alerts = AlertMachine(log)
        self.unknown = 0
        self.late: list[tuple[int, int]] = []
        """(position, line) of what came late in the newest step; for history, not part of the
        state that is saved."""
        self.watches: dict[str, Watch] = {}
        """By kind, what stands in `runs`, ready to be tried; likewise."""
        self.saved: dict[str, bytes] = {}
        """Which chunks were saved, with the digest of those that are compared; likewise."""
        self.refused: list[RuleError] = []
        """Rules that came in the newest step and that this release cannot read; likewise."""

    def watch(self, code: str) -> Watch:
        """The conditions of the rules on a kind, to be tried all at once; made anew when rules,
        ledger or parameters have changed."""
        if code not in self.watches:
            tries = [(run, run.tries(code)) for run in self.runs.values() if code in run.codes]
            self.watches[code] = Watch(level for _, levels in tries for level in levels)
            firsts = iter(self.watches[code].first)
            for run, levels in tries:
                if levels:
                    run.first[code] = [next(firsts) for _ in levels]
        return self.watches[code]

    def logics(self, rule: str) -> list[Logic]:
        """What decides the levels of a rule, and of all others of its shape; raises KeyError."""
        return self.runs[self.rules[rule].shape].logics

    def room(self, code: str) -> WaitingRoom:
        """The waiting room of a kind, as large as its roster."""
        if code not in self.rooms:
            self.rooms[code] = WaitingRoom(kind(code))
            self.last[code] = np.zeros((len(kind(code).fields), 0))
        slots = len(self.ledger.roster(code).devices)
        fresh = np.arange(len(self.rooms[code].newest), slots, dtype=np.int32)
        self.rooms[code].grow(slots)
        self.rooms[code].touched.mark(fresh)
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
        if stretch and isinstance(record, Control):
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
    """Fold in what came, by kind and in log order, while the clock passed these records: a stretch
    of log without a control record, after what the state has seen."""
    changes: list[AlertChange] = []
    while (struck := int(np.searchsorted(clock.times, state.edge))) < len(clock.times):
        before, arrivals = _cut(arrivals, state.edge)
        if struck:
            changes += _fold(state, before, clock.part(slice(0, struck)))
        clock = clock.part(slice(struck, None))
        changes += _strike(state, int(clock.positions[0]))
    return changes + _fold(state, arrivals, clock)


def _cut(arrivals: Mapping[str, Rows], edge: Millis) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """What came before a moment, and what from then on."""
    before, after = {}, {}
    for code, rows in arrivals.items():
        at = int(np.searchsorted(rows.arrival, edge))
        if at:
            before[code] = rows.part(slice(0, at))
        if at < len(rows):
            after[code] = rows.part(slice(at, None))
    return before, after


def _fold(state: State, arrivals: Mapping[str, Rows], clock: Clock) -> list[AlertChange]:
    heard = _hear(state, arrivals, clock)
    now = int(clock.times[-1])
    decisions = _decide(state, heard, clock)
    state.position, state.time = int(clock.positions[-1]), now
    changes: list[AlertChange] = []
    if decisions or now >= state.alerts.soonest:
        changes = state.alerts.settle(decisions, state.rules, clock)
    for code, applied in heard.applied.items():
        state.last[code][:, applied.slot] = applied.values
    return changes


def _strike(state: State, position: int) -> list[AlertChange]:
    """The clock of some rules strikes, before the record at `position`: when all is done that falls
    due until that very moment, parameters change, and rules wake or fall asleep."""
    edge = state.edge
    changes = _fold(state, {}, Clock(np.array([position]), np.array([edge])))
    struck = [run for run in state.runs.values() if run.next_edge(edge - 1) == edge]
    turned = [run for run in struck if run.renew(state.ledger, edge)]
    _wind(state, edge)
    return changes + _woken(state, turned, edge, position)


def _decide(state: State, heard: Heard, clock: Clock) -> list[Decision]:
    """Let those rules decide whom what was heard concerns, or for whom something falls due."""
    now, decisions = int(clock.times[-1]), list[Decision]()
    looked = {code: state.watch(code).look(rows) for code, rows in heard.applied.items()}
    for run in state.runs.values():
        if now >= run.soonest or run.stirred(heard, looked):
            decisions += run.decide(heard, clock, looked)
    return decisions


def _hear(state: State, arrivals: Mapping[str, Rows], clock: Clock) -> Heard:
    """Let arrivals into the waiting rooms and out what counts by now."""
    applied = {}
    for code in sorted(state.ledger.rosters):
        room, came = state.room(code), arrivals.get(code)
        if came is not None:
            late = room.enter(came)
            state.late += zip(late.position.tolist(), late.line.tolist(), strict=True)
        if len(room.rows):
            ready = room.release(clock)
            if len(ready):
                applied[code] = ready
    return Heard(arrivals, applied, state.last)


def _woken(state: State, turned: Iterable[Running], time: Millis, at: int) -> list[AlertChange]:
    return [
        change
        for run in turned
        for change in state.alerts.wake(run, state.ledger, state.last, time, at)
    ]


def _wind(state: State, now: Millis) -> None:
    """Rules, ledger or parameters have changed: find when a clock strikes next."""
    state.watches = {}
    edges = (run.next_edge(now) for run in state.runs.values())
    state.edge = min(edges, default=FOREVER)


def _excuse(state: State, change: control.DoorUp) -> None:
    for run in state.runs.values():
        run.excuse(max(0, change.at - change.since))
    state.alerts.excuse(max(0, change.at - change.since))


def _obey(state: State, change: control.Change, record: Record) -> list[AlertChange]:
    ledger, changes = state.ledger, []
    match change:
        case control.LedgerSet():
            changes = _refit(state, _concerned(state, ledger.put(change)), record)
        case control.LedgerRemove():
            changes = _refit(state, _concerned(state, ledger.remove(change)), record)
        case control.RulesSet():
            rules = [r for version, text in change.rules for r in _readable(state, text, version)]
            changes = _refit(state, _put(state, rules), record)
        case control.RulesRemove():
            changes = _refit(state, _drop(state, change.rules), record)
        case control.ListSet():
            ledger.change_list(change)
        case control.PlacesSet():
            ledger.put_places(change)
            changes = _renew_all(state, record)
        case control.CalendarSet():
            ledger.set_calendar(change)
            changes = _renew_all(state, record)
        case control.FlagSet():
            ledger.set_flag(change)
            changes = _renew_all(state, record)
        case control.DoorDown() | control.DoorUp() | control.LinkSet():
            pass
    return changes


def _readable(state: State, text: str, version: int) -> list[Rule]:
    """The rules of a text. One that this release cannot read, though an older one could, must not
    stop all the others: it is left out, and `state.refused` says why."""
    try:
        return parse(text, version=version)
    except RuleError as error:
        state.refused.append(error)
        return []


def _renew_all(state: State, record: Record) -> list[AlertChange]:
    turned = [run for run in state.runs.values() if run.renew(state.ledger, record.at)]
    _wind(state, record.at)
    return _woken(state, turned, record.at, record.position)


def _concerned(state: State, kinds: set[str]) -> list[Running]:
    for code in kinds:
        state.room(code)
    return [run for run in state.runs.values() if kinds & set(run.codes)]


def _refit(state: State, runs: Iterable[Running], record: Record) -> list[AlertChange]:
    """Let these follow ledger and rules; what is up where a rule applies no longer ends."""
    ended = []
    for run in runs:
        ended += state.alerts.leave(run.fit(state.ledger, record.at), record.at, record.position)
    state.runs = {shape: run for shape, run in sorted(state.runs.items()) if run.rules}
    _wind(state, record.at)
    return ended


def start_rules(state: State, rules: Iterable[Rule]) -> State:
    """Let rules begin where the state stands, without a record that says so: for a replay. The
    state handed in is used up."""
    for run in _put(state, rules):
        run.fit(state.ledger, state.time)
    state.runs = dict(sorted(state.runs.items()))
    _wind(state, state.time)
    return state


def _put(state: State, rules: Iterable[Rule]) -> list[Running]:
    """Take rules in. A new version of the same shape goes on where the old one stood."""
    touched: dict[bytes, Running] = {}
    for rule in rules:
        before = state.rules.get(rule.id)
        if before is not None and before.shape != rule.shape:
            state.runs[before.shape].drop(rule.id)
            touched[before.shape] = state.runs[before.shape]
        for code in rule.kinds:
            state.room(code.code)
        if rule.shape not in state.runs:
            state.runs[rule.shape] = running_of(rule)
        state.rules[rule.id] = rule
        state.runs[rule.shape].put(rule)
        touched[rule.shape] = state.runs[rule.shape]
    return list(touched.values())


def _drop(state: State, rules: Iterable[str]) -> list[Running]:
    touched: dict[bytes, Running] = {}
    for name in rules:
        rule = state.rules.pop(name, None)
        if rule is not None:
            state.runs[rule.shape].drop(name)
            touched[rule.shape] = state.runs[rule.shape]
    return list(touched.values())
