"""Rules in which several devices, perhaps of several kinds, have a say in one alert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from xiuhua.kinds import Kind

from .columns import Rows
from .jit import F64, I8, I32, Bools
from .ledger import Ledger, subject_of
from .operators import Operator
from .operators.crowd import CrowdLogic
from .records import Millis
from .rules import Rule
from .running import Decision, Fired, Heard, Left, Running, Where
from .schedule import FOREVER
from .seats import Route
from .waiting import Clock

_NOBODY = np.zeros(0, np.int32)


class Junction:
    """Where readings of several kinds meet: those of the quicker kinds wait until the slowest's
    span is over too, so that all count in the order of event time."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self.span = max(int(of.reorder.total_seconds() * 1000) for of in kinds)
        self.rows = {of.code: Rows.empty(len(of.fields)) for of in kinds}
        self._through = {
            of.code for of in kinds if int(of.reorder.total_seconds() * 1000) == self.span
        }

    def pass_on(self, applied: Mapping[str, Rows], clock: Clock) -> dict[str, Rows]:
        """Take in what counts for each kind, and give what counts for all of them together."""
        passed = {}
        for code, waiting in self.rows.items():
            rows = applied.get(code)
            if code in self._through:
                ready = rows
            else:
                ready, self.rows[code] = self._wait(waiting, rows, clock)
            if ready is not None and len(ready):
                passed[code] = ready
        return passed

    def _wait(self, waiting: Rows, rows: Rows | None, clock: Clock) -> tuple[Rows, Rows]:
        if rows is not None:
            now = np.maximum(rows.now, rows.time + self.span)
            waiting = Rows.joined(waiting, replace(rows, now=now))
        due = waiting.now <= clock.times[-1]
        ready = waiting.take(due)
        if len(ready):
            ready = ready.released(clock.position_at(ready.now, ready.position))
        return ready, waiting.take(~due)

    @property
    def soonest(self) -> Millis:
        """When the next reading that waits here counts."""
        return min((int(rows.now.min()) for rows in self.rows.values() if len(rows)),
                   default=FOREVER)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merged:
    """Readings of all kinds at their seats, in the order in which they count. `rows` has the seats
    and the members but no values; `order` leads to it from the kinds' rows one after the other;
    `kind` and `inner` say which reading each is."""

    rows: Rows
    order: np.ndarray
    kind: I8
    inner: I32
    of: Mapping[str, Rows]


class Joined(Running):
    """Rules about places, or about devices by operators with parts; all of one shape."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.subject = rule.subject
        self.junction = Junction(rule.kinds)
        self.codes_at: list[str] = []
        self.shown = np.zeros((sum(len(of.fields) for of in rule.kinds), 0))
        self.spoke = np.zeros((0, 2), np.int32)
        """At each seat, kind and slot of the device that last had something to say."""
        self._index: dict[tuple[str, str], int] = {}
        self._routes: dict[str, Route] = {}
        self._members: dict[int, tuple[tuple[int, int], ...]] = {}

    # The ledger and the rules

    def _seat(self, ledger: Ledger) -> tuple[list[Left], I32]:
        gone: list[Left] = []
        touched = []
        wanted = {rule.id: self._subjects(rule, ledger) for rule in self.rules.values()}
        for rule in [*self._ended, *self.rules.values()]:
            mine = self.seats.of(rule.id).tolist()
            leaving = [s for s in mine if self.codes_at[s] not in wanted.get(rule.id, {})]
            touched.append(self._leave(rule, np.array(leaving, np.int32), ledger, gone))
        self._ended = []
        for rule in self.rules.values():
            have = {self.codes_at[seat] for seat in self.seats.of(rule.id).tolist()}
            fresh = [code for code in wanted[rule.id] if code not in have]
            touched.append(self._sit(rule, fresh))
        self._lay_routes(wanted, ledger)
        return gone, np.concatenate([*touched, _NOBODY])

    def _subjects(self, rule: Rule, ledger: Ledger) -> dict[str, list[tuple[int, int]]]:
        """The rule's subjects, each with its members: numbers of kind and slot, in order."""
        found: dict[str, list[tuple[int, int]]] = {}
        for number, code in enumerate(self.codes):
            roster = ledger.roster(code)
            for slot in np.flatnonzero(rule.scope.covered(roster)).tolist():
                subject = subject_of(roster.devices[slot], rule.subject)
                if subject:
                    found.setdefault(subject, []).append((number, slot))
        return found

    def _sit(self, rule: Rule, codes: list[str]) -> I32:
        seats = self.seats.take(rule.id, len(codes))
        more = len(self.seats) - len(self.codes_at)
        self.codes_at += [""] * more
        self.spoke = np.concatenate((self.spoke, np.zeros((more, 2), np.int32)))
        gap = np.full((len(self.shown), more), np.nan)
        self.shown = np.concatenate((self.shown, gap), axis=1)
        for seat, code in zip(seats.tolist(), codes, strict=True):
            self.codes_at[seat] = code
            self._members.pop(seat, None)
        self.shown[:, seats] = np.nan
        return seats

    def _lay_routes(
        self, wanted: Mapping[str, Mapping[str, list[tuple[int, int]]]], ledger: Ledger
    ) -> None:
        pairs: list[list[tuple[int, int, int]]] = [[] for _ in self.codes]
        moved = []
        for rule, subjects in wanted.items():
            for seat in self.seats.of(rule).tolist():
                members = tuple(subjects[self.codes_at[seat]])
                if self._members.get(seat) != members:
                    moved.append((seat, seat in self._members))
                    self._members[seat] = members
                    self.spoke[seat] = members[0]
                for at, (number, slot) in enumerate(members):
                    pairs[number].append((slot, seat, at))
        for number, code in enumerate(self.codes):
            table = np.array(pairs[number], np.int32).reshape(-1, 3)
            route = Route.of(
                table[:, 0], table[:, 1], table[:, 2], len(ledger.roster(code).devices)
            )
            self._routes[code] = replace(route, straight=False)  # members must be told apart
        self._recount(np.array([seat for seat, known in moved if known], np.int32))

    def _recount(self, seats: I32) -> None:
        for logic in self.logics:
            if isinstance(logic, CrowdLogic):
                logic.recount(seats)

    def tables(self) -> dict[str, np.ndarray]:
        return super().tables() | {"shown": self.shown.T, "spoke": self.spoke}

    def restore(
        self, names: list[str], tables: dict[str, np.ndarray], ledger: Ledger, now: Millis
    ) -> None:
        if tables:
            self.shown = np.ascontiguousarray(tables["shown"].T)
            self.spoke = tables["spoke"]
        super().restore(names, tables, ledger, now)
        if tables:
            self.spoke = tables["spoke"]

    def where(self, seat: int, ledger: Ledger) -> Where:
        kind, slot = self.spoke[seat].tolist()
        return Where(self.codes_at[seat], ledger.roster(self.codes[kind]).devices[slot])

    # Readings

    @property
    def soonest(self) -> Millis:
        return min(super().soonest, self.junction.soonest)

    def decide(self, heard: Heard, clock: Clock) -> Iterator[Decision]:
        merged = {"applied": self._merged(self.junction.pass_on(heard.applied, clock)),
                  "arrivals": self._merged(heard.arrivals)}  # fmt: skip
        told = []
        for level, logic in enumerate(self.logics):
            found = merged[logic.HEARS]
            rows = self._rows(self.levels[level].operator, found) if found else None
            told += [(found, fired) for fired in self._fire(level, rows, clock)]
        hears = {logic.HEARS for logic in self.logics}
        weighty = {name: self._weighty(found) for name, found in merged.items() if found}
        for found, fired in told:
            yield self._joined_decision(found, weighty, fired)
        for name in hears & weighty.keys():
            self._remember(merged[name], weighty[name])

    def _merged(self, kinds: Mapping[str, Rows]) -> Merged | None:
        of = {code: self._routes[code].follow(kinds[code]) for code in self.codes if code in kinds}
        of = {code: rows for code, rows in of.items() if len(rows)}
        return _merge(self.codes, of) if of else None

    def _rows(self, operator: Operator, merged: Merged) -> Rows:
        """What a level sees: its parts of each reading, or the readings of its only kind."""
        assert self._around is not None, "rules run when they have seen the ledger"
        parts = operator.asks()
        if not parts and len(self.codes) > 1:
            return merged.rows  # only that something came can matter to an operator without parts
        if not parts:
            (rows,) = merged.of.values()
            return replace(merged.rows, values=rows.values[:, merged.order])
        values = np.full((len(parts), len(merged.order)), np.nan)
        for at, part in enumerate(parts):
            of = merged.of.get(part.kind.code)
            if of is not None:
                params = {name: array[of.slot] for name, array in self._around.params.items()}
                values[at] = self._spread(merged, part.kind.code, part.column(of.values, params))
        return replace(merged.rows, values=values)

    def _spread(self, merged: Merged, code: str, column: F64) -> F64:
        """A kind's column among the readings of all, NaN at the others'."""
        pieces = [
            column if other == code else np.full(len(rows), np.nan)
            for other, rows in merged.of.items()
        ]
        return np.take(np.concatenate(pieces), merged.order)

    # Why

    def _weighty(self, merged: Merged) -> Bools:
        """Which readings had something to say for some level."""
        found = np.zeros(len(merged.order), np.bool_)
        for level in self.levels:
            parts = level.operator.asks()
            if not parts:
                return ~found
            values = self._rows(level.operator, merged).values
            counted = np.array([not part.when for part in parts])
            found |= ((values == 1.0) | (counted[:, None] & ~np.isnan(values))).any(axis=0)
        return found

    def _joined_decision(
        self, merged: Merged | None, weighty: Mapping[str, Bools], fired: Fired
    ) -> Decision:
        values, spoke = self.shown[:, fired.seat].copy(), tuple(self.spoke[fired.seat].tolist())
        if merged is not None and fired.row >= 0:
            hears = self.logics[fired.level].HEARS
            until = slice(0, fired.row + 1)
            mine = (merged.rows.slot[until] == fired.seat) & weighty[hears][until]
            for row in np.flatnonzero(mine).tolist():
                kind = int(merged.kind[row])
                values[self._block(kind)] = merged.of[self.codes[kind]].values[:, merged.inner[row]]
                spoke = self._speaker(merged, row)
        words = fired.shown.words(fired.row, fired.seat)
        device = self._ledger.roster(self.codes[spoke[0]]).devices[spoke[1]]
        where = Where(self.codes_at[fired.seat], device)
        return self._decision(fired, where, np.concatenate((values, words)))

    def _block(self, kind: int) -> slice:
        first = sum(len(of.fields) for of in self.kinds[:kind])
        return slice(first, first + len(self.kinds[kind].fields))

    def _speaker(self, merged: Merged, row: int) -> tuple[int, int]:
        return self._members[int(merged.rows.slot[row])][int(merged.rows.line[row])]

    def _remember(self, merged: Merged | None, weighty: Bools) -> None:
        """Keep the newest weighty reading of each kind at each seat, and who said the newest."""
        if merged is None:
            return
        for kind, code in enumerate(self.codes):
            rows = np.flatnonzero(weighty & (merged.kind == kind))
            if len(rows):
                block, seats = self._block(kind), merged.rows.slot[rows]
                self.shown[block, seats] = merged.of[code].values[:, merged.inner[rows]]
        for row in _newest(merged.rows.slot, weighty):
            self.spoke[merged.rows.slot[row]] = self._speaker(merged, row)


def _newest(seats: I32, weighty: Bools) -> list[int]:
    """The last weighty row of each seat."""
    rows = np.flatnonzero(weighty)
    return list(dict(zip(seats[rows].tolist(), rows.tolist(), strict=True)).values())


def _merge(codes: tuple[str, ...], of: Mapping[str, Rows]) -> Merged:
    names = ("slot", "time", "arrival", "now", "position", "line", "digest")
    columns = {
        name: np.concatenate([getattr(rows, name) for rows in of.values()]) for name in names
    }
    kind = np.concatenate([np.full(len(rows), codes.index(c), np.int8) for c, rows in of.items()])
    inner = np.concatenate([np.arange(len(rows), dtype=np.int32) for rows in of.values()])
    keys = (columns["digest"], columns["line"], columns["slot"], kind, columns["time"],
            columns["position"])  # fmt: skip
    order = np.lexsort(keys)
    rows = Rows(values=np.zeros((0, len(order))), **{n: c[order] for n, c in columns.items()})
    return Merged(rows, order, kind[order], inner[order], of)


def running_of(rule: Rule) -> Running:
    """What lets rules of this one's shape work."""
    return Joined(rule) if rule.joined else Running(rule)
