"""threshold: a condition that holds for a while begins a level; another, for a while, ends it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.conditions import Condition, compile_condition
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import I8, I32, I64, Bools, jit
from xiuhua.engine.words import condition_words
from xiuhua.kinds import Kind

from .base import (
    ON_COLUMN,
    Arrays,
    Firings,
    Logic,
    Operator,
    Surroundings,
    earliest,
    earliest_of_all,
    emit,
)

OFF, RISING, ON, FALLING = 0, 1, 2, 3
WAITS = 1
"""The bit that rising and falling share."""


@dataclass(frozen=True, slots=True)
class Threshold(Operator):
    """`when` for `hold` begins the level; `clear` for `clear_hold` ends it. Without `clear` the
    level ends when `when` is surely false. Times in ms."""

    when: Condition
    clear: Condition | None
    hold: int
    clear_hold: int

    NAME: ClassVar[str] = "threshold"
    SETTINGS: ClassVar[set[str]] = {"when", "clear", "hold", "clear_hold"}

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Threshold:
        return cls(
            when=read_condition(settings, "when", of, params),
            clear=read_condition(settings, "clear", of, params) if "clear" in settings else None,
            hold=durations.parse(settings.get("hold", "0s"), "hold"),
            clear_hold=durations.parse(settings.get("clear_hold", "0s"), "clear_hold"),
        )

    def logic(self) -> ThresholdLogic:
        return ThresholdLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        zh, en = condition_words(self.when, of)
        hold_zh, hold_en = _for(self.hold)
        after_zh, after_en = _for(self.clear_hold)
        ends_zh, ends_en = (
            condition_words(self.clear, of) if self.clear else ("不再如此", "it no longer holds")
        )
        return (
            f"{zh}{hold_zh}时触发；{ends_zh}{after_zh}后解除",
            f"when {en}{hold_en}; ends when {ends_en}{after_en}",
        )


def read_condition(
    settings: dict[str, Any], key: str, of: Kind, params: frozenset[str]
) -> Condition:
    """The condition under a key; raises RuleError."""
    text = settings.get(key)
    if not isinstance(text, str):
        raise RuleError(f"缺少条件 {key}。", f"The condition {key} is missing.")
    try:
        return compile_condition(text, of, params)
    except RuleError as error:
        raise error.within(key, key) from error


def _for(millis: int) -> tuple[str, str]:
    if not millis:
        return "", ""
    zh, en = durations.words(millis)
    return f"持续 {zh}", f" for {en}"


class Waiting(Logic):
    """What begins when something has been true for `hold` ms, and ends when something else has for
    `clear_hold`. Per slot: the phase, the event time since which it waits, the log time at which it
    is due, and the position at which it began to wait: 25 bytes."""

    def __init__(self, hold: int, clear_hold: int) -> None:
        self.hold, self.clear_hold = hold, clear_hold
        self.phase = np.zeros(0, np.int8)
        self.since = np.zeros(0, np.int64)
        self.due = np.zeros(0, np.int64)
        self.armed = np.zeros(0, np.int64)

    @abstractmethod
    def truth(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        """(4, n): where the level begins, surely does not, ends, surely stays."""

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        table = np.empty((3 * len(rows), 7), np.int64)
        count = _update(
            rows.slot, rows.time, rows.now, rows.position, self.truth(rows, around, tried),
            self.hold, self.clear_hold, self.phase, self.since, self.due, self.armed,
            around.before, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def tick(self, now: int, around: Surroundings) -> Firings:
        del around
        table = np.empty((len(self.phase), 7), np.int64)
        count = _tick(
            now, self.hold, self.clear_hold,
            self.phase, self.since, self.due, self.armed, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def arrays(self) -> Arrays:
        return {"phase": self.phase, "since": self.since, "due": self.due, "armed": self.armed}

    def soonest(self, seats: I32 | None = None) -> int:
        if seats is None:
            return earliest_of_all(self.phase, WAITS, self.due)
        return earliest(seats, self.phase, WAITS, self.due)

    def forget(self, slots: I32, now: int) -> None:
        del now
        self.phase[slots] = OFF

    def excuse(self, millis: int) -> None:
        self.due[self.phase == FALLING] += millis


class ThresholdLogic(Waiting):
    """What waits for the conditions of a rule."""

    def __init__(self, config: Threshold) -> None:
        super().__init__(config.hold, config.clear_hold)
        self.config = config
        self.conditions = (config.when, *([config.clear] if config.clear else []))

    def truth(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        del rows, around
        ends = tried[::-1, 0] if self.config.clear is None else tried[:, 1]
        return np.concatenate((tried[:, 0], ends))

    def unmoved(self, seats: I32) -> bool:
        return not self.phase[seats].any()


@jit
def _update(
    slot: I32, time: I64, now: I64, position: I64, truth: Bools, hold: int, clear_hold: int,
    phase: I8, since: I64, due: I64, armed: I64, before: I32, table: I64,
) -> int:  # fmt: skip
    """`truth` is (4, n): begins, surely does not, ends, surely stays. A wait is over when log time
    says so, or when the device's own next reading is from beyond it. `before` is each slot's
    newest row so far in this stretch, -1 for none."""
    n = 0
    for i in range(len(slot)):
        s = slot[i]
        wait = hold if phase[s] == RISING else clear_hold
        if (phase[s] == RISING or phase[s] == FALLING) and (
            due[s] <= now[i] or time[i] - since[s] >= wait
        ):
            least = armed[s] if due[s] <= now[i] else position[i]
            instant = min(due[s], now[i])
            n = emit(table, n, s, since[s] + wait, instant, least, before[s], since[s])
            n = turn(table, n, phase, s)
        if (phase[s] == RISING and truth[1, i]) or (phase[s] == FALLING and truth[3, i]):
            phase[s] = OFF if phase[s] == RISING else ON
        if (phase[s] == OFF and truth[0, i]) or (phase[s] == ON and truth[2, i]):
            phase[s] += 1
            wait = hold if phase[s] == RISING else clear_hold
            since[s], armed[s], due[s] = time[i], position[i], now[i] + wait
            if wait == 0:
                n = emit(table, n, s, time[i], now[i], position[i], i, time[i])
                n = turn(table, n, phase, s)
        before[s] = i
    return n


@jit
def _tick(
    now: int, hold: int, clear_hold: int, phase: I8, since: I64, due: I64, armed: I64, table: I64
) -> int:
    n = 0
    for s in range(len(phase)):
        if (phase[s] == RISING or phase[s] == FALLING) and due[s] <= now:
            wait = hold if phase[s] == RISING else clear_hold
            n = emit(table, n, s, since[s] + wait, due[s], armed[s], -1, since[s])
            n = turn(table, n, phase, s)
    return n


@jit
def turn(table: I64, n: int, phase: I8, slot: int) -> int:
    """The wait is over: on or off it goes, as the decision just written says."""
    phase[slot] = ON if phase[slot] == RISING else OFF
    table[n - 1, ON_COLUMN] = phase[slot] == ON
    return n
