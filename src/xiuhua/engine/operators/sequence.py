"""sequence: one thing and then another at the same subject, or then not, within a time.

`then`: the second thing comes after the first, at most `within` later. The newest first thing is
the one that counts. Ends `clear_after` after the last second thing that followed so.

`absent`: the second thing does not come within `within` of the first. The oldest first thing that
still waits is the one that counts. Ends when the second thing comes at last, or `clear_after` after
it was missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit
from xiuhua.kinds import Kind

from .base import (
    ON_COLUMN,
    Arrays,
    Firings,
    Logic,
    Operator,
    Part,
    Surroundings,
    earliest,
    earliest_of_all,
    emit,
)
from .count import NEVER, read_within
from .parts import part_words, read_part

LONGEST = 31 * 86_400_000
OFF, PENDING, ON = 0, 1, 3
WAITS = 1
"""The bit that pending and on share: both have a time at which they are over."""


@dataclass(frozen=True, slots=True)
class Sequence(Operator):
    """`parts` are the first thing and the second. Times in ms."""

    parts: tuple[Part, ...]
    within: int
    absent: bool
    clear_after: int

    NAME: ClassVar[str] = "sequence"
    SETTINGS: ClassVar[set[str]] = {"first", "then", "within", "absent", "clear_after"}
    PLACES: ClassVar[bool] = True

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Sequence:
        return cls.join(settings, (of,), params)

    @classmethod
    def join(
        cls, settings: dict[str, Any], kinds: tuple[Kind, ...], params: frozenset[str]
    ) -> Sequence:
        absent = settings.get("absent", False)
        if not isinstance(absent, bool):
            raise RuleError("absent 只能是 true 或 false。", "absent must be true or false.")
        within = read_within(settings, LONGEST)
        clear_after = settings.get("clear_after", "24h" if absent else "10m")
        return cls(
            parts=tuple(
                read_part(settings.get(name), name, kinds, params) for name in ("first", "then")
            ),
            within=within,
            absent=absent,
            clear_after=durations.parse(clear_after, "clear_after", least=1),
        )

    def asks(self) -> tuple[Part, ...]:
        return self.parts

    def logic(self) -> SequenceLogic:
        return SequenceLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        del of
        (first_zh, first_en), (then_zh, then_en) = part_words(self.parts)
        (zh, en), (end_zh, end_en) = durations.words(self.within), durations.words(self.clear_after)
        if self.absent:
            zh = f"先是{first_zh}，之后 {zh}内没有{then_zh}，即触发；出现后或再过 {end_zh}解除"
            until_en = f"ends when there is, or after {end_en}"
            return zh, f"when after {first_en} there is no {then_en} within {en}; {until_en}"
        zh = f"先是{first_zh}，{zh}内又{then_zh}，即触发；{end_zh}内没有再发生即解除"
        until_en = f"ends after {end_en} without another"
        return zh, f"when after {first_en} there is {then_en} within {en}; {until_en}"


class SequenceLogic(Logic):
    """Per seat: the phase; event time of the first thing that counts; the event time from which the
    end is reckoned; when, in log time, what it waits for is over; the position at which it began to
    wait: 33 bytes."""

    def __init__(self, config: Sequence) -> None:
        self.config = config
        self.phase = np.zeros(0, np.int8)
        self.first = np.zeros(0, np.int64)
        self.last = np.zeros(0, np.int64)
        self.due = np.zeros(0, np.int64)
        self.armed = np.zeros(0, np.int64)

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        del tried
        table = np.empty((3 * len(rows), 7), np.int64)
        follow = _missing if self.config.absent else _following
        count = follow(
            rows.slot, rows.time, rows.now, rows.position, rows.values, self.config.within,
            self.config.clear_after, self.phase, self.first, self.last, self.due, self.armed,
            around.before, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def tick(self, now: int, around: Surroundings) -> Firings:
        del around
        table = np.empty((2 * len(self.phase), 7), np.int64)
        count = _tick(
            now, self.config.clear_after, self.phase, self.first, self.last, self.due, self.armed,
            table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def soonest(self, seats: I32 | None = None) -> int:
        if seats is None:
            return earliest_of_all(self.phase, WAITS, self.due)
        return earliest(seats, self.phase, WAITS, self.due)

    def arrays(self) -> Arrays:
        return {
            "phase": self.phase, "first": self.first, "last": self.last,
            "due": self.due, "armed": self.armed,
        }  # fmt: skip

    def forget(self, slots: I32, now: int) -> None:
        del now
        self.phase[slots] = OFF
        self.first[slots] = NEVER

    def excuse(self, millis: int) -> None:
        self.due[self.phase != OFF] += millis
        self.last[self.phase == PENDING] += millis


@jit
def _following(
    slot: I32, time: I64, now: I64, position: I64, met: F64, within: int, clear_after: int,
    phase: I8, first: I64, last: I64, due: I64, armed: I64, before: I32, table: I64,
) -> int:  # fmt: skip
    """The second thing after the first. A reading that is both is the second, then the first.
    Where one device is behind another, time may run back: only what is newest counts then."""
    n = 0
    for i in range(len(slot)):
        s = slot[i]
        if phase[s] == ON and (due[s] <= now[i] or time[i] - last[s] >= clear_after):
            least = armed[s] if due[s] <= now[i] else position[i]
            instant = min(due[s], now[i])
            n = _end(table, n, s, last[s] + clear_after, instant, least, before[s], last[s], phase)
        if met[1, i] == 1.0 and 0 <= time[i] - first[s] <= within:
            if phase[s] == OFF:
                n = emit(table, n, s, time[i], now[i], position[i], i, first[s])
                phase[s], last[s] = ON, time[i]
            if time[i] >= last[s]:
                last[s], armed[s], due[s] = time[i], position[i], now[i] + clear_after
        if met[0, i] == 1.0:
            first[s] = max(first[s], time[i])
        before[s] = i
    return n


@jit
def _missing(
    slot: I32, time: I64, now: I64, position: I64, met: F64, within: int, clear_after: int,
    phase: I8, first: I64, last: I64, due: I64, armed: I64, before: I32, table: I64,
) -> int:  # fmt: skip
    """The first thing, and no second. What comes just `within` later still is in time. While the
    second is awaited, `last` is the event time until which it may come."""
    n = 0
    for i in range(len(slot)):
        s = slot[i]
        if phase[s] == PENDING and (due[s] <= now[i] or time[i] > last[s]):
            least = armed[s] if due[s] <= now[i] else position[i]
            n = _miss(
                table, n, s, min(due[s], now[i]), least, before[s], clear_after, phase, first,
                last, due,
            )  # fmt: skip
        if phase[s] == ON and (due[s] <= now[i] or time[i] - last[s] >= clear_after):
            least = armed[s] if due[s] <= now[i] else position[i]
            end, instant = last[s] + clear_after, min(due[s], now[i])
            n = _end(table, n, s, end, instant, least, before[s], last[s], phase)
        if met[1, i] == 1.0 and time[i] >= first[s]:
            if phase[s] == ON:
                n = _end(table, n, s, time[i], now[i], position[i], i, first[s], phase)
            phase[s] = OFF
        elif met[0, i] == 1.0 and phase[s] == OFF:
            phase[s], first[s], armed[s] = PENDING, time[i], position[i]
            last[s], due[s] = time[i] + within, now[i] + within + 1
        before[s] = i
    return n


@jit
def _tick(
    now: int, clear_after: int, phase: I8, first: I64, last: I64, due: I64, armed: I64,
    table: I64,
) -> int:  # fmt: skip
    n = 0
    for s in range(len(phase)):
        if phase[s] == PENDING and due[s] <= now:
            n = _miss(table, n, s, due[s], armed[s], -1, clear_after, phase, first, last, due)
        if phase[s] == ON and due[s] <= now:
            end = last[s] + clear_after
            n = _end(table, n, s, end, due[s], armed[s], -1, last[s], phase)
    return n


@jit
def _miss(
    table: I64, n: int, s: int, instant: int, least: int, row: int, clear_after: int, phase: I8,
    first: I64, last: I64, due: I64,
) -> int:  # fmt: skip
    """The second thing was missed: the level begins."""
    due[s] = instant + clear_after
    phase[s] = ON
    return int(emit(table, n, s, last[s], instant, least, row, first[s]))


@jit
def _end(
    table: I64, n: int, s: int, time: int, instant: int, least: int, row: int, since: int, phase: I8
) -> int:
    n = emit(table, n, s, time, instant, least, row, since)
    table[n - 1, ON_COLUMN] = 0
    phase[s] = OFF
    return n
