"""Rules of one shape at work: their levels' logics, who sits at which seat, which levels are on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from .blocks import Touched
from .changes import LEVELS, Level
from .columns import Rows
from .control import Device
from .decisions import Decision, Fired, Heard, Left, Values, Where, each
from .decode import encode_value
from .evidence import Shown
from .jit import F64, I32, Bools
from .ledger import Ledger
from .operators import Logic, Surroundings
from .records import Millis
from .rule import Rule
from .schedule import FOREVER
from .seats import Numbering, Route
from .waiting import Clock
from .watch import Looked, Tries, Watch

_NOBODY = np.zeros(0, np.int32)


class Running:
    """Rules about single devices of one kind, all of one shape, between two control records."""

    def __init__(self, rule: Rule) -> None:
        self.kinds = rule.kinds
        self.codes = tuple(of.code for of in rule.kinds)
        self.levels = rule.levels
        self.schedule = rule.schedule
        self.rules: dict[str, Rule] = {}
        self._names = tuple(rule.params)
        self.logics: list[Logic] = [level.operator.logic() for level in rule.levels]
        self.said = [np.zeros((len(level.operator.WORDS), 0)) for level in rule.levels]
        self.seats = Numbering()
        self.slot = np.zeros(0, np.int32)
        self.active = np.zeros(0, np.uint8)
        self.awake = True
        self.touched = Touched()
        self._ended: list[Rule] = []
        self._due = [0] * len(self.logics)
        self.soonest = 0
        """The log time at which something falls due if nothing is heard, or a moment before."""
        self.first: dict[str, list[int]] = {}
        """By kind, where each level's conditions begin in what is looked at for all rules; nothing
        where they are not among them."""
        self._watches: list[Watch] = []
        self._around: Surroundings | None = None
        self._route: Route | None = None

    # The ledger and the rules

    def put(self, rule: Rule) -> None:
        """Take a rule in, or a new version of one; it works from the next `fit` on."""
        self.rules[rule.id] = rule

    def drop(self, rule: str) -> None:
        """Let a rule go; its seats are free from the next `fit` on."""
        self._ended.append(self.rules.pop(rule))

    def fit(self, ledger: Ledger, now: Millis) -> list[Left]:
        """Follow ledger and rules; returns whom a rule no longer covers."""
        if self._around is None:
            self.awake = self.schedule.open_at(now, ledger.calendar)
        self.rules = dict(sorted(self.rules.items()))  # the order in which seats are given
        gone, touched = self._seat(ledger)
        self._grow(now)
        for logic, said in zip(self.logics, self.said, strict=True):
            logic.forget(touched, now)
            said[:, touched] = np.nan
        self.active[touched] = 0
        self.touched.mark(touched)
        self._look_around(ledger, now)
        return gone

    def tables(self) -> dict[str, np.ndarray]:
        """Everything that is kept by seat, by name; the first axis is the seat."""
        kept: dict[str, np.ndarray] = {"rule": self.seats.rule, "slot": self.slot,
                                       "active": self.active}  # fmt: skip
        for level, logic in enumerate(self.logics):
            kept[f"{level}.said"] = self.said[level].T
            kept |= {f"{level}/{name}": array for name, array in logic.arrays().items()}
        return kept

    def restore(
        self, names: list[str], tables: dict[str, np.ndarray], ledger: Ledger, now: Millis
    ) -> None:
        """Go on with what `tables` kept, for the same rules and the same ledger."""
        self.seats.restore(names, tables.get("rule", _NOBODY))
        if tables:
            self.slot, self.active = tables["slot"], tables["active"]
        self._seat(ledger)
        self._grow(now)
        if tables:
            for level, logic in enumerate(self.logics):
                self.said[level] = np.ascontiguousarray(tables[f"{level}.said"].T)
                logic.restore({name: tables[f"{level}/{name}"] for name in logic.arrays()})
        self._look_around(ledger, now)

    def _seat(self, ledger: Ledger) -> tuple[list[Left], I32]:
        """Give seats to whom the rules cover and take those of others; returns who has left, and
        the seats that begin anew."""
        roster = ledger.roster(self.codes[0])
        gone: list[Left] = []
        touched = [self._leave(rule, self.seats.of(rule.id), ledger, gone) for rule in self._ended]
        self._ended = []
        for rule in self.rules.values():
            wanted = np.flatnonzero(rule.scope.covered(roster)).astype(np.int32)
            mine = self.seats.of(rule.id)
            stay = np.isin(self.slot[mine], wanted)
            touched.append(self._leave(rule, mine[~stay], ledger, gone))
            fresh = wanted[~np.isin(wanted, self.slot[mine])]
            touched.append(self._take(rule, fresh))
        pairs = np.flatnonzero(self.seats.taken()).astype(np.int32)
        member = np.zeros(len(pairs), np.int32)
        self._route = Route.of(self.slot[pairs], pairs, member, len(roster.devices))
        return gone, np.concatenate([*touched, _NOBODY])

    def _leave(self, rule: Rule, seats: I32, ledger: Ledger, gone: list[Left]) -> I32:
        gone += [Left(rule, self.where(seat, ledger)) for seat in seats.tolist()]
        self.seats.leave(seats)
        return seats

    def _take(self, rule: Rule, slots: I32) -> I32:
        seats = self.seats.take(rule.id, len(slots))
        self.slot = np.concatenate(
            (self.slot, np.zeros(len(self.seats) - len(self.slot), np.int32))
        )
        self.slot[seats] = slots
        return seats

    def _grow(self, now: Millis) -> None:
        for logic in self.logics:
            logic.grow(len(self.seats), now)
        more = len(self.seats) - len(self.active)
        self.active = np.concatenate((self.active, np.zeros(more, np.uint8)))
        self.said = [
            np.concatenate((said, np.full((len(said), more), np.nan)), axis=1) for said in self.said
        ]

    def _look_around(self, ledger: Ledger, now: Millis) -> None:
        """What the logics see besides readings, as of log time `now`."""
        self._look_at_once()
        self._around = Surroundings(
            params=self._params(ledger, now),
            covered=self.seats.taken(),
            device_at=lambda seat: self._device_at(seat, ledger),
            ledger=ledger,
            kind=self.kinds[0],
            before=np.full(len(self.seats), -1, np.int32),
        )
        self.first = {}
        self._watches = [Watch([(logic.conditions, self._around.params)]) for logic in self.logics]

    def _look_at_once(self) -> None:
        """Something may fall due at any moment."""
        self._due, self.soonest = [0] * len(self.logics), 0

    def _params(self, ledger: Ledger, now: Millis) -> dict[str, F64]:
        """The parameters at each seat: the device's own, its place's, or else the rule's."""
        params = {name: np.zeros(len(self.seats)) for name in self._names}
        for rule in self.rules.values():
            seats, own = self.seats.of(rule.id), rule.params_at(now)
            for name, array in params.items():
                array[seats] = own[name]
                called = f"{rule.id}.{name}", name
                if not ledger.has_own(self.codes, *called):
                    continue
                for seat in seats.tolist():
                    device = self._device_at(seat, ledger)
                    special = ledger.own_param(device, *called, subject=rule.subject)
                    array[seat] = own[name] if special is None else special
        return params

    def renew(self, ledger: Ledger, now: Millis) -> bool:
        """The clock, the calendar or a flag has changed something: take it in. Returns whether the
        rules have woken or fallen asleep."""
        self._look_around(ledger, now)
        before, self.awake = self.awake, self.schedule.open_at(now, ledger.calendar)
        return self.awake != before

    def next_edge(self, after: Millis) -> Millis:
        """When the clock next changes something."""
        return min((rule.next_edge(after) for rule in self.rules.values()), default=FOREVER)

    # Who is where

    def where(self, seat: int, ledger: Ledger) -> Where:
        """Who sits there."""
        device = ledger.roster(self.codes[0]).devices[self.slot[seat]]
        return Where(device.id, device)

    def _device_at(self, seat: int, ledger: Ledger) -> Device:
        """The device that a seat's parameters and lists hang on."""
        return self.where(seat, ledger).device

    def rule_at(self, seat: int) -> Rule:
        """The rule that sits there."""
        return self.rules[self.seats.rule_at(seat)]

    def seats_on(self) -> list[int]:
        """Where a level is on."""
        return np.flatnonzero(self.active).tolist()

    def last_said(self, seat: int, last: Mapping[str, F64]) -> Values:
        """What is known at a seat with a level on, by name; `last` are the newest readings."""
        level = max(int(self.active[seat]).bit_length() - 1, 0)
        fields = self._last_fields(level, seat, last)
        if fields is None:
            return {}
        return self.named(level, np.concatenate((fields, self.said[level][:, seat])))

    def _last_fields(self, level: int, seat: int, last: Mapping[str, F64]) -> F64 | None:
        if self.logics[level].HEARS == "arrivals":
            return None
        return last[self.codes[0]][:, self.slot[seat]]

    def counts_at(self, time: Millis) -> bool:
        """Whether what happens at that moment, event time, may raise an alert."""
        return self.schedule.open_at(time, self._ledger.calendar)

    @property
    def _ledger(self) -> Ledger:
        assert self._around is not None, "rules run when they have seen the ledger"
        return self._around.ledger

    # Readings

    def tries(self, code: str) -> list[Tries]:
        """Level by level, what may be tried on all readings of a kind, with the conditions of other
        rules: for here seats are slots. None where they are not."""
        del code
        assert self._around is not None, "rules run when they have seen the ledger"
        if self._route is None or self._route.at is None or not self._route.straight:
            return []
        slots = len(self._route.at)  # behind them may be seats that nobody has any more
        params = {name: array[:slots] for name, array in self._around.params.items()}
        return [(logic.conditions, params) for logic in self.logics]

    def stirred(self, heard: Heard, looked: Mapping[str, Looked]) -> bool:
        """Whether what was heard may change anything."""
        (code,) = self.codes
        first = self.first.get(code)
        for level, logic in enumerate(self.logics):
            if logic.HEARS == "arrivals":
                if code in heard.arrivals:
                    return True
            elif code in heard.applied and (
                first is None
                or not logic.conditions
                or looked[code].holds[first[level]]
                or not logic.unmoved(heard.applied[code].slot)
            ):
                return True
        return False

    def decide(
        self, heard: Heard, clock: Clock, looked: Mapping[str, Looked]
    ) -> Iterator[Decision]:
        """What the levels decide over one stretch of log."""
        assert self._route is not None, "rules run when they have seen the ledger"
        (code,) = self.codes
        first = self.first.get(code)
        for level, logic in enumerate(self.logics):
            applied = logic.HEARS == "applied"
            rows = (heard.applied if applied else heard.arrivals).get(code)
            if rows is not None:
                rows = self._route.follow(rows)
                if int(clock.times[-1]) < self._due[level] and logic.only_listens():
                    logic.hear(rows.slot, rows.arrival)
                    self.touched.mark(rows.slot)
                    continue
            found = None
            if applied and first is not None and code in looked:
                found = looked[code].of(first[level], len(logic.conditions))
            for said in self._fire(level, rows, found, clock):
                values = None
                if applied or (logic.conditions and said.row >= 0):
                    values = self._values(said, heard.last[code])
                yield self._decision(said, self.where(said.seat, self._ledger), values)

    def _fire(
        self, level: int, rows: Rows | None, tried: Bools | None, clock: Clock
    ) -> Iterator[Fired]:
        """Let a level hear and then tick. Its conditions are tried here where they were not."""
        assert self._around is not None, "rules run when they have seen the ledger"
        logic, turn, shown = self.logics[level], 0, None
        if rows is not None and len(rows):
            if tried is None:
                tried = self._watches[level].look(rows).found
            firings = logic.update(rows, self._around, tried)
            self._around.before[rows.slot] = -1
            self.touched.mark(rows.slot)
            self._due[level] = min(self._due[level], logic.soonest(rows.slot))
            shown = self._shown(level, rows)
            turn = len(firings.slot)
            if turn:
                yield from each(level, firings, 0, shown, clock, ticked=False)
        now = int(clock.times[-1])
        if now >= self._due[level]:
            firings = logic.tick(now, self._around)
            self._due[level] = logic.soonest()
            if len(firings.slot):
                self.touched.mark(firings.slot)
                shown = shown or Shown(None, None, None, self.said[level])
                yield from each(level, firings, turn, shown, clock, ticked=True)
        self.soonest = min(self._due)

    def _shown(self, level: int, rows: Rows) -> Shown:
        said, held = self.logics[level].said, self.said[level]
        if said is None:
            return Shown(rows, None, None, held)
        earlier = held[:, rows.slot]
        held[:, rows.slot] = said
        return Shown(rows, said, earlier, held)

    def _values(self, said: Fired, last: F64) -> F64:
        """The fields that say why, and behind them the operator's words."""
        words = said.shown.words(said.row, said.seat)
        if said.row >= 0:
            assert said.shown.rows is not None, "a row that there is"
            return np.concatenate((said.shown.rows.values[:, said.row], words))
        return np.concatenate((last[:, self.slot[said.seat]], words))

    def _decision(self, said: Fired, where: Where, values: F64 | None) -> Decision:
        return Decision(
            position=said.position, instant=said.instant, rule=self.seats.rule_at(said.seat),
            subject=where.subject, level=said.level, turn=said.turn, time=said.time, on=said.on,
            since=said.since, seat=said.seat, where=where, values=values, run=self,
        )  # fmt: skip

    def excuse(self, millis: Millis) -> None:
        """Our own door was shut for so long."""
        self._look_at_once()
        self.touched.mark_all()
        for logic in self.logics:
            logic.excuse(millis)

    # Alerts

    def mark(self, decision: Decision) -> None:
        """The level is on, or off, there."""
        bit = 1 << decision.level
        if decision.on:
            self.active[decision.seat] |= bit
        else:
            self.active[decision.seat] &= ~bit & 0xFF

    def highest(self, seat: int) -> Level | None:
        """The gravest level that is on there."""
        active = int(self.active[seat])
        levels = [rule.level for at, rule in enumerate(self.levels) if active & (1 << at)]
        return max(levels, key=LEVELS.index, default=None)

    def params_at(self, seat: int) -> dict[str, float]:
        """The rule's parameters there."""
        assert self._around is not None, "rules run when they have seen the ledger"
        return {name: float(array[seat]) for name, array in self._around.params.items()}

    def named(self, level: int, values: F64 | None) -> Values:
        """A decision's values by name, as a sentence calls them; tokens never."""
        if values is None:
            return {}
        numbers = iter(values.tolist())
        prefixes = [f"{of.code}." if len(self.kinds) > 1 else "" for of in self.kinds]
        fields = [
            (p + f.name, f) for p, of in zip(prefixes, self.kinds, strict=True) for f in of.fields
        ]
        found = {name: encode_value(f, n) for (name, f), n in zip(fields, numbers, strict=False)}
        tokens = {name for name, f in fields if f.type == "token"}
        words = zip(self.levels[level].operator.WORDS, numbers, strict=False)
        said: Values = {word: None if math.isnan(n) else n for word, n in words}
        return {name: value for name, value in found.items() if name not in tokens} | said
