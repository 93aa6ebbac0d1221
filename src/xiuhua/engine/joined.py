"""Rules in which several devices, perhaps of several kinds, have a say in one alert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from .columns import Rows
from .conditions import Condition
from .control import Device
from .decisions import Decision, Fired, Heard, Left, Where
from .jit import F64, I32, Bools
from .junction import Junction, Merged, merge
from .ledger import Ledger, subject_of
from .operators import Hears
from .operators.silence import SilenceLogic
from .records import Millis
from .rule import Rule
from .running import Running
from .seats import Route
from .waiting import Clock
from .watch import Looked, Tries

Member: TypeAlias = tuple[int, int]
"""A device that has a say at a seat: the number of its kind, and its slot there."""

_NOBODY = np.zeros(0, np.int32)


class Joined(Running):
    """Rules about places, or about devices by operators with parts; all of one shape."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.subject = rule.subject
        self.junction = Junction(rule.kinds)
        self.codes_at: list[str] = []
        """At each seat, what the rule's alerts there are about."""
        self.hears = sorted({logic.HEARS for logic in self.logics})
        fields = sum(len(of.fields) for of in rule.kinds)
        self.shown = {hears: np.zeros((fields, 0)) for hears in self.hears}
        """At each seat, what was last said that matters, the fields of all kinds; by what the
        levels hear, for the two reach them at different times."""
        self.spoke = {hears: np.zeros((0, 2), np.int32) for hears in self.hears}
        """At each seat, the `Member` that said the newest of that."""
        self._parts = [level.operator.asks() for level in rule.levels]
        self._conditions = {code: self._asked_of(code) for code in self.codes}
        self._partless = [
            logic
            for parts, logic in zip(self._parts, self.logics, strict=True)
            if not parts and logic.HEARS == "applied"
        ]
        """What is shown every reading of the rule's only kind, and says itself what moves it."""
        mixed = self.codes if self._partless and any(self._parts) else ()
        self._counted = {p.kind.code for parts in self._parts for p in parts if p.when is None}
        self._counted.update(mixed)
        """Kinds of which every reading counts."""
        self._choosy = any(
            isinstance(logic, SilenceLogic) and logic.choosy for logic in self.logics
        )
        """Whether it matters what those say that are heard as they come."""
        arrivals = any(logic.HEARS == "arrivals" for logic in self.logics)
        self._unasked = self.codes if arrivals else ()
        """Kinds of which whatever comes concerns a level."""
        self._routes: dict[str, Route] = {}
        self._members: dict[int, tuple[Member, ...]] = {}
        self._who = np.zeros((0, 0, 2), np.int32)
        """(seats, members, 2): the same, as a table."""

    def _asked_of(self, code: str) -> list[tuple[Condition, ...]]:
        """Level by level, the conditions on readings of a kind, as they come to count."""
        asked = []
        for parts, logic in zip(self._parts, self.logics, strict=True):
            own = tuple(p.when for p in parts if p.when is not None and p.kind.code == code)
            asked.append(own if parts else logic.conditions)
        return asked

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

    def _subjects(self, rule: Rule, ledger: Ledger) -> dict[str, list[Member]]:
        """The rule's subjects, each with its members, in order."""
        found: dict[str, list[Member]] = {}
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
        for hears in self.hears:
            spoke, shown = self.spoke[hears], self.shown[hears]
            self.spoke[hears] = np.concatenate((spoke, np.zeros((more, 2), np.int32)))
            gap = np.full((len(shown), more), np.nan)
            self.shown[hears] = np.concatenate((shown, gap), axis=1)
            self.shown[hears][:, seats] = np.nan
        for seat, code in zip(seats.tolist(), codes, strict=True):
            self.codes_at[seat] = code
            self._members.pop(seat, None)
        return seats

    @property
    def _every(self) -> I32:
        return np.flatnonzero(self.seats.taken()).astype(np.int32)

    def _lay_routes(self, wanted: Mapping[str, Mapping[str, list[Member]]], ledger: Ledger) -> None:
        pairs: list[list[tuple[int, int, int]]] = [[] for _ in self.codes]
        most = max((len(m) for subjects in wanted.values() for m in subjects.values()), default=0)
        for logic in self.logics:
            if logic.widen(most):
                self.touched.mark_all()
        self._who = np.zeros((len(self.seats), most, 2), np.int32)
        for rule, subjects in wanted.items():
            for seat in self.seats.of(rule).tolist():
                members = tuple(subjects[self.codes_at[seat]])
                self._meet(seat, members)
                self._who[seat, : len(members)] = members
                for at, (number, slot) in enumerate(members):
                    pairs[number].append((slot, seat, at))
        for number, code in enumerate(self.codes):
            table = np.array(pairs[number], np.int32).reshape(-1, 3)
            route = Route.of(
                table[:, 0], table[:, 1], table[:, 2], len(ledger.roster(code).devices)
            )
            self._routes[code] = replace(route, straight=False)  # members must be told apart

    def _meet(self, seat: int, members: tuple[Member, ...]) -> None:
        """These have a say at the seat from now on."""
        before = self._members.get(seat)
        if before == members:
            return
        self._members[seat] = members
        self.touched.mark(np.array([seat], np.int32))
        for spoke in self.spoke.values():
            if before is None or tuple(spoke[seat].tolist()) not in members:
                spoke[seat] = members[0]
        if before is not None:
            places = {member: at for at, member in enumerate(before)}
            for logic in self.logics:
                logic.recount(seat, [places.get(member, -1) for member in members])

    def tables(self) -> dict[str, np.ndarray]:
        kept = super().tables()
        for hears in self.hears:
            kept |= {f"{hears}.shown": self.shown[hears].T, f"{hears}.spoke": self.spoke[hears]}
        return kept

    def restore(
        self, names: list[str], tables: dict[str, np.ndarray], ledger: Ledger, now: Millis
    ) -> None:
        for hears in self.hears if tables else ():
            self.shown[hears] = np.ascontiguousarray(tables[f"{hears}.shown"].T)
            self.spoke[hears] = tables[f"{hears}.spoke"].copy()
        super().restore(names, tables, ledger, now)
        for hears in self.hears if tables else ():  # who spoke last, not who is first
            self.spoke[hears] = tables[f"{hears}.spoke"]

    def where(self, seat: int, ledger: Ledger) -> Where:
        spoke = self.spoke[self.hears[0]][seat].tolist()
        return Where(self.codes_at[seat], self._device(spoke, ledger))

    def _device_at(self, seat: int, ledger: Ledger) -> Device:
        members = self._members.get(seat)  # a free seat may have none
        return self._device(members[0], ledger) if members else self.where(seat, ledger).device

    def _device(self, member: Sequence[int], ledger: Ledger) -> Device:
        kind, slot = member
        return ledger.roster(self.codes[kind]).devices[slot]

    def _last_fields(self, level: int, seat: int, last: Mapping[str, F64]) -> F64 | None:
        del last
        return self.shown[self.logics[level].HEARS][:, seat]

    # Readings

    def tries(self, code: str) -> list[Tries]:
        assert self._around is not None, "rules run when they have seen the ledger"
        at = self._routes[code].at if code in self._routes else None
        if at is None:  # a device speaks at several seats, with other parameters at each
            return []
        nobody = np.zeros(len(at))  # where no place is covered, there are no seats to look at
        own = self._around.params
        params = {name: array[at] if len(array) else nobody for name, array in own.items()}
        return [(conditions, params) for conditions in self._conditions[code]]

    def stirred(self, heard: Heard, looked: Mapping[str, Looked]) -> bool:
        if any(code in heard.arrivals for code in self._unasked):
            return True
        return any(code in heard.applied and self._minds(code, looked) for code in self.codes)

    def _minds(self, code: str, looked: Mapping[str, Looked]) -> bool:
        """Whether what counts of a kind may change anything: where all depends on conditions, only
        if one holds, or (a count at a place) if something is on already."""
        first = self.first.get(code)
        if first is None or code in self._counted:
            return True
        for level, conditions in enumerate(self._conditions[code]):
            begins = range(first[level], first[level] + len(conditions))
            if any(looked[code].holds[at] for at in begins):
                return True
        return not all(logic.unmoved(self._every) for logic in self._partless)

    def decide(
        self, heard: Heard, clock: Clock, looked: Mapping[str, Looked]
    ) -> Iterator[Decision]:
        applied = self.junction.pass_on(self._met(heard.applied, looked), clock)
        merged: dict[Hears, Merged | None] = {"applied": self._merged(applied, by="now")}
        if "arrivals" in self.hears and not self._only_heard(heard.arrivals, clock):
            merged["arrivals"] = self._merged(heard.arrivals, by="arrival")
        told, seen = [], {}
        for level, logic in enumerate(self.logics):
            found = merged.get(logic.HEARS)
            rows = seen[level] = self._rows(level, found) if found else None
            told += [(found, fired) for fired in self._fire(level, rows, None, clock)]
        weighty = {
            name: self._weighty(name, found, seen) for name, found in merged.items() if found
        }
        for found, fired in told:
            yield self._joined_decision(found, weighty, fired)
        for hears in self.hears:
            found = merged.get(hears)
            if found is not None:
                self._remember(hears, found, weighty[hears])
        self.soonest = min(self.soonest, self.junction.soonest)

    def _met(self, applied: Mapping[str, Rows], looked: Mapping[str, Looked]) -> dict[str, Rows]:
        """Of a kind of which only what fulfils a part matters, only that: the others change
        nothing, for what ends by itself ends by log time. They may not enter beside what matters
        either: which readings come in one stretch hangs on how the log is cut."""
        met = {}
        for code in self.codes:
            rows, first = applied.get(code), self.first.get(code)
            if rows is not None and first is not None and not self._takes_all(code):
                begin = first[0]
                end = first[-1] + len(self._conditions[code][-1])
                rows = rows.take(np.flatnonzero(looked[code].found[0, begin:end].any(axis=0)))
            if rows is not None and len(rows):
                met[code] = rows
        return met

    def _takes_all(self, code: str) -> bool:
        """Whether every reading of a kind enters, once any may."""
        return code in self._counted or bool(self._partless)

    def _only_heard(self, arrivals: Mapping[str, Rows], clock: Clock) -> bool:
        """Where any word counts, nobody is silent and nobody falls due by now: note who was heard,
        in no order. Says whether that was all."""
        now = int(clock.times[-1])
        if now >= min(self._due) or not all(logic.only_listens() for logic in self.logics):
            return False
        for code in self.codes:
            if code in arrivals:
                seats, when = self._routes[code].heard(arrivals[code])
                for logic in self.logics:
                    logic.hear(seats, when)
                self.touched.mark(seats)
        return True

    def _merged(self, kinds: Mapping[str, Rows], by: str) -> Merged | None:
        of = {code: self._routes[code].follow(kinds[code]) for code in self.codes if code in kinds}
        of = {code: rows for code, rows in of.items() if len(rows)}
        loosely = by == "arrival" and not self._choosy
        return merge(self.codes, of, by, loosely=loosely) if of else None

    def _rows(self, level: int, merged: Merged) -> Rows:
        """What a level sees: its parts of each reading, or the readings of its only kind; of
        several, only that they came."""
        assert self._around is not None, "rules run when they have seen the ledger"
        parts = self._parts[level]
        if not parts and len(self.codes) > 1:
            return merged.rows
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

    def _weighty(self, hears: Hears, merged: Merged, seen: Mapping[int, Rows | None]) -> Bools:
        """Which readings had something to say for some level that hears them."""
        found = np.zeros(len(merged.order), np.bool_)
        for level, parts in enumerate(self._parts):
            logic, rows = self.logics[level], seen[level]
            if hears != logic.HEARS or rows is None:
                continue
            if isinstance(logic, SilenceLogic) and not logic.choosy:
                continue  # it is not what they say that ends a silence
            if not parts:
                return ~found
            counted = np.array([not part.when for part in parts])
            values = rows.values
            found |= ((values == 1.0) | (counted[:, None] & ~np.isnan(values))).any(axis=0)
        return found

    def _joined_decision(
        self, merged: Merged | None, weighty: Mapping[Hears, Bools], fired: Fired
    ) -> Decision:
        hears = self.logics[fired.level].HEARS
        values = self.shown[hears][:, fired.seat].copy()
        spoke = self.spoke[hears][fired.seat].tolist()
        if merged is not None and fired.row >= 0:
            until = slice(0, fired.row + 1)
            mine = (merged.rows.slot[until] == fired.seat) & weighty[hears][until]
            for row in np.flatnonzero(mine).tolist():
                kind = int(merged.kind[row])
                values[self._block(kind)] = merged.of[self.codes[kind]].values[:, merged.inner[row]]
                spoke = self._speaker(merged, row)
        words = fired.shown.words(fired.row, fired.seat)
        where = Where(self.codes_at[fired.seat], self._device(spoke, self._ledger))
        return self._decision(fired, where, np.concatenate((values, words)))

    def _block(self, kind: int) -> slice:
        first = sum(len(of.fields) for of in self.kinds[:kind])
        return slice(first, first + len(self.kinds[kind].fields))

    def _speaker(self, merged: Merged, row: int) -> Member:
        kind, slot = self._who[merged.rows.slot[row], merged.rows.line[row]].tolist()
        return kind, slot

    def _remember(self, hears: Hears, merged: Merged, weighty: Bools) -> None:
        """Keep the newest weighty reading of each kind at each seat, and who said the newest."""
        for kind, code in enumerate(self.codes):
            rows = np.flatnonzero(weighty & (merged.kind == kind))
            if len(rows):
                block, seats = self._block(kind), merged.rows.slot[rows]
                self.shown[hears][block, seats] = merged.of[code].values[:, merged.inner[rows]]
        rows = np.flatnonzero(weighty)  # the last one of a seat stays
        seats, members = merged.rows.slot[rows], merged.rows.line[rows]
        self.spoke[hears][seats] = self._who[seats, members]


def running_of(rule: Rule) -> Running:
    """What lets rules of this one's shape work."""
    return Joined(rule) if rule.joined else Running(rule)
