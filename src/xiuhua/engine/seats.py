"""Seats: where a rule and a subject meet. Rules of one shape share one numbering of seats, so that
thousands of rules are a few arrays; from a device's slot a route leads to where it speaks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .columns import Rows
from .jit import I32, I64, Bools

FREE = -1
_NONE = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Route:
    """From the slots of one kind to seats. Where every device speaks at one seat at most, `at`
    (slots,) holds it or FREE; else `seats[starts[slot]:starts[slot + 1]]` are a slot's. `member` is
    parallel to whichever it is."""

    at: I32 | None
    starts: I64
    seats: I32
    member: I32
    straight: bool
    """Whether each slot's seat has its own number, and nothing need be done."""

    @staticmethod
    def of(slots: I32, seats: I32, member: I32, count: int) -> Route:
        """The route for these pairs of slot and seat, among `count` slots."""
        order = np.lexsort((seats, slots))
        slots, seats, member = slots[order], seats[order], member[order]
        times = np.bincount(slots, minlength=count)
        starts = np.concatenate(([0], np.cumsum(times)))
        if times.max(initial=0) > 1:
            return Route(None, starts, seats, member, False)
        at, whose = np.full(count, FREE, np.int32), np.zeros(count, np.int32)
        at[slots], whose[slots] = seats, member
        straight = bool((at == np.arange(count)).all() and not whose.any())
        return Route(at, starts, seats, whose, straight)

    def follow(self, rows: Rows) -> Rows:
        """The rows at their seats: `slot` is the seat, `line` the member. One that speaks at
        several seats stands there as often."""
        if self.straight:
            return rows
        if self.at is None:
            return self._spread(rows)
        seat = self.at[rows.slot]
        if seat.min(initial=0) < 0:
            here = np.flatnonzero(seat >= 0)
            rows, seat = rows.take(here), seat[here]
        return replace(rows, slot=seat, line=self.member[rows.slot])

    def heard(self, rows: Rows) -> tuple[I32, I64]:
        """At which seats, and when, log time, these readings were heard."""
        if self.at is None:
            rows = self._spread(rows)
            return rows.slot, rows.arrival
        seats = self.at[rows.slot]
        if seats.min(initial=0) < 0:
            here = seats >= 0
            return seats[here], rows.arrival[here]
        return seats, rows.arrival

    def _spread(self, rows: Rows) -> Rows:
        times = np.diff(self.starts)[rows.slot]
        first = np.cumsum(times) - times
        which = np.repeat(np.arange(len(rows)), times)
        pair = np.arange(len(which)) - first[which] + self.starts[rows.slot][which]
        return replace(rows.take(which), slot=self.seats[pair], line=self.member[pair])


class Numbering:
    """Which rule sits at which seat. A seat that is left is taken again by whoever comes next."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.rule = np.zeros(0, np.int32)
        self._number: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.rule)

    def restore(self, names: list[str], rule: I32) -> None:
        """Go on from a saved numbering."""
        self.names, self.rule = names, rule
        self._number = {name: number for number, name in enumerate(names)}

    def taken(self) -> Bools:
        """(seats,) which are taken."""
        taken: Bools = self.rule != FREE
        return taken

    def of(self, rule: str) -> I32:
        """The seats of a rule."""
        number = self._number.get(rule)
        if number is None:
            return _NONE
        return np.flatnonzero(self.rule == number).astype(np.int32)

    def rule_at(self, seat: int) -> str:
        """The rule that sits there."""
        return self.names[int(self.rule[seat])]

    def take(self, rule: str, count: int) -> I32:
        """So many seats for a rule, free ones first, in rising order."""
        if rule not in self._number:
            self._number[rule] = len(self.names)
            self.names.append(rule)
        seats = np.flatnonzero(self.rule == FREE)[:count]
        more = count - len(seats)
        if more:
            first = len(self.rule)
            self.rule = np.concatenate((self.rule, np.full(more, FREE, np.int32)))
            seats = np.concatenate((seats, np.arange(first, first + more)))
        self.rule[seats] = self._number[rule]
        return seats.astype(np.int32)

    def leave(self, seats: I32) -> None:
        """These seats are free."""
        self.rule[seats] = FREE
