"""A rule at work: its levels' logics, which slots it covers, which levels are on where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .columns import Rows
from .control import Device
from .jit import F64, I32, Bools
from .ledger import Ledger
from .operators import Firings, Logic, Surroundings
from .rules import Rule
from .waiting import Clock


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """A level of a rule begins or ends at a slot, with all that orders it among others."""

    position: int
    instant: int
    rule: str
    slot: int
    level: int
    turn: int
    time: int = field(compare=False)
    on: bool = field(compare=False)
    since: int = field(compare=False)
    values: F64 | None = field(compare=False)


class Running:
    """A rule between control records. Everything is per slot of the rule's kind."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.logics: list[Logic] = [level.operator.logic() for level in rule.levels]
        self.covered: Bools = np.zeros(0, np.bool_)
        self.params: dict[str, F64] = {name: np.zeros(0) for name in rule.params}
        self.active = np.zeros(0, np.uint8)
        self._everywhere = True
        self._around: Surroundings | None = None

    def fit(self, ledger: Ledger, now: int) -> I32:
        """Follow the ledger; returns the slots that the rule no longer covers."""
        roster = ledger.roster(self.rule.kind.code)
        before = np.zeros(len(roster.devices), np.bool_)
        before[: len(self.covered)] = self.covered
        for logic in self.logics:
            logic.grow(len(roster.devices), now)
        self._cover(roster.devices, roster.in_service(), ledger)
        fresh = np.flatnonzero(self.covered & ~before).astype(np.int32)
        left = np.flatnonzero(before & ~self.covered).astype(np.int32)
        for logic in self.logics:
            logic.forget(np.concatenate((fresh, left)), now)
        return left

    def _cover(self, devices: list[Device], serving: Bools, ledger: Ledger) -> None:
        rule = self.rule
        covers = np.array([rule.scope.covers(device) for device in devices], np.bool_)
        self.covered = covers & serving
        self._everywhere = bool(self.covered.all())
        self.params = {
            name: np.array([rule.param_of(device, name) for device in devices])
            for name in rule.params
        }
        more = len(devices) - len(self.active)
        self.active = np.concatenate((self.active, np.zeros(more, np.uint8)))
        self._around = Surroundings(self.params, self.covered, ledger, rule.kind)

    def decide(self, arrivals: Rows, applied: Rows, last: F64, clock: Clock) -> Iterator[Decision]:
        """What the rule's levels decide over one stretch of log. `last` is (fields, slots): each
        device's newest applied reading before the stretch."""
        assert self._around is not None, f"{self.rule.id} runs before it has seen the ledger"
        now = int(clock.times[-1])
        for level, logic in enumerate(self.logics):
            rows = applied if logic.HEARS == "applied" else arrivals
            if not self._everywhere:
                rows = rows.take(self.covered[rows.slot])
            shown = (rows.values, last) if logic.HEARS == "applied" else None
            turn = 0
            if len(rows):
                firings = logic.update(rows, self._around)
                yield from self._decisions(level, firings, turn, shown, clock)
                turn = len(firings.slot)
            yield from self._decisions(
                level, logic.tick(now, self._around), turn, shown, clock, rows
            )

    def _decisions(
        self, level: int, firings: Firings, turn: int, shown: tuple[F64, F64] | None,
        clock: Clock, rows: Rows | None = None,
    ) -> Iterator[Decision]:  # fmt: skip
        if not len(firings.slot):
            return
        positions = clock.position_at(firings.instant, firings.least)
        for i, slot in enumerate(firings.slot.tolist()):
            row = int(firings.row[i])
            if row < 0 and rows is not None:
                row = _newest(rows.slot, slot)
            yield Decision(
                position=int(positions[i]), instant=int(firings.instant[i]), rule=self.rule.id,
                slot=slot, level=level, turn=turn + i, on=bool(firings.on[i]),
                time=int(firings.time[i]), since=int(firings.since[i]),
                values=_values(shown, row, slot),
            )  # fmt: skip

    def excuse(self, millis: int) -> None:
        """Our own door was shut for so long."""
        for logic in self.logics:
            logic.excuse(millis)


def _newest(slots: I32, slot: int) -> int:
    found = np.flatnonzero(slots == slot)
    return int(found[-1]) if len(found) else -1


def _values(shown: tuple[F64, F64] | None, row: int, slot: int) -> F64 | None:
    if shown is None:
        return None
    rows, last = shown
    return rows[:, row].copy() if row >= 0 else last[:, slot].copy()
