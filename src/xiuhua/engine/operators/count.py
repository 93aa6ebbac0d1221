"""count: a condition has been met so many times within a sliding length of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.conditions import Condition
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import I8, I32, I64, Bools, jit
from xiuhua.engine.schedule import FOREVER
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
from .threshold import read_condition

MOST = 64
NEVER = -(1 << 60)
"""A time before all others, where nothing has been seen yet."""


@dataclass(frozen=True, slots=True)
class Count(Operator):
    """At each moment t, the readings in (t - `within`, t] of which `when` is surely true: the level
    begins when they reach `at_least` and ends when they fall below `clear_below`. Times in ms."""

    when: Condition
    within: int
    at_least: int
    clear_below: int

    NAME: ClassVar[str] = "count"
    PLACES: ClassVar[bool] = True
    SETTINGS: ClassVar[set[str]] = {"when", "within", "at_least", "clear_below"}

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Count:
        at_least = read_whole(settings.get("at_least"), "at_least", 1, MOST)
        return cls(
            when=read_condition(settings, "when", of, params),
            within=read_within(settings, durations.LONGEST),
            at_least=at_least,
            clear_below=read_whole(
                settings.get("clear_below", at_least), "clear_below", 1, at_least
            ),
        )

    def logic(self) -> CountLogic:
        return CountLogic(self.within, self.at_least, self.clear_below, self.when)

    def explain(self, of: Kind) -> tuple[str, str]:
        zh, en = condition_words(self.when, of)
        within_zh, within_en = durations.words(self.within)
        ends_zh, ends_en = end_words(self.clear_below)
        return (
            f"{within_zh}内有 {self.at_least} 个读数（{zh}）时触发；{ends_zh}",
            f"at {self.at_least} readings within {within_en} where {en}; {ends_en}",
        )


def end_words(clear_below: int) -> tuple[str, str]:
    """When the level ends, in Chinese and English."""
    if clear_below == 1:
        return "一个也不剩时解除", "ends when none is left"
    return f"不足 {clear_below} 个时解除", f"ends when fewer than {clear_below} are left"


def read_whole(value: object, name: str, least: int, most: int) -> int:
    """A setting that is a whole number between two bounds; raises RuleError."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RuleError(
            f"{name} 要是 {least} 到 {most} 的整数，现在是 {value!r}。",
            f"{name} must be a whole number from {least} to {most}; it is {value!r}.",
        )
    return value


def read_within(settings: dict[str, Any], most: int) -> int:
    """The length of the window, ms; raises RuleError."""
    within = durations.parse(settings.get("within"), "within")
    if not 0 < within <= most:
        zh, en = durations.words(most)
        raise RuleError(
            f"within 要比 0 长，最长 {zh}。", f"within must be longer than 0 and at most {en}."
        )
    return within


class CountLogic(Logic):
    """Per slot: the newest `at_least` event times, newest first; whether the level is on; when, in
    log time, it is due to end; the position of the reading that last put that off.

    8 * at_least + 17 bytes a slot. That many times are enough: so many lie in the window if and
    only if the last of them does, and the same holds of the fewer that `clear_below` asks for. The
    level ends when the `clear_below`-th leaves the window; that very moment's own readings still
    count, so it is decided a millisecond later.
    """

    def __init__(
        self, within: int, at_least: int, clear_below: int, when: Condition | None
    ) -> None:
        self.within, self.clear_below = within, clear_below
        self.conditions = (when,) if when else ()
        self.times = np.zeros((0, at_least), np.int64)
        self.on = np.zeros(0, np.int8)
        self.due = np.zeros(0, np.int64)
        self.armed = np.zeros(0, np.int64)

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        table = np.empty((2 * len(rows), 7), np.int64)
        count = _update(
            rows.slot, rows.time, rows.now, rows.position, self.met(rows, tried), self.within,
            self.clear_below, self.times, self.on, self.due, self.armed,
            around.before, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def met(self, rows: Rows, tried: Bools) -> Bools:
        """Of which readings `when` is surely true."""
        return tried[0, 0] if self.conditions else np.ones(len(rows), np.bool_)

    def unmoved(self, seats: I32) -> bool:
        return bool(self.conditions) and not self.on[seats].any()

    def tick(self, now: int, around: Surroundings) -> Firings:
        del around
        table = np.empty((len(self.on), 7), np.int64)
        count = _tick(
            now, self.within, self.clear_below, self.times, self.on, self.due, self.armed, table
        )
        return Firings.cut(table, count)

    def arrays(self) -> Arrays:
        return {"times": self.times, "on": self.on, "due": self.due, "armed": self.armed}

    def soonest(self, seats: I32 | None = None) -> int:
        if seats is None:
            return earliest_of_all(self.on, 1, self.due)
        return earliest(seats, self.on, 1, self.due)

    def forget(self, slots: I32, now: int) -> None:
        del now
        self.times[slots] = NEVER
        self.on[slots] = 0

    def excuse(self, millis: int) -> None:
        self.due[self.on == 1] += millis


@jit
def _update(
    slot: I32, time: I64, now: I64, position: I64, met: Bools, within: int, clear_below: int,
    times: I64, on: I8, due: I64, armed: I64, before: I32, table: I64,
) -> int:  # fmt: skip
    n = 0
    last = times.shape[1] - 1
    for i in range(len(slot)):
        s = slot[i]
        end = times[s, clear_below - 1] + within
        if on[s] == 1 and (due[s] <= now[i] or time[i] > end):
            n = leave(table, n, s, end, now[i], position[i], times[s, 0], before[s], on, due, armed)
        if met[i]:
            keep(times, s, time[i])
            newest = times[s, 0]
            if on[s] == 0 and times[s, last] > newest - within:
                n = emit(table, n, s, newest, now[i], position[i], i, times[s, last])
                on[s] = 1
                due[s] = FOREVER
            put_off(s, times[s, clear_below - 1] + within, end, newest, time[i], now[i], due)
            armed[s] = position[i]
        before[s] = i
    return n


@jit
def put_off(s: int, end: int, former: int, newest: int, time: int, now: int, due: I64) -> None:
    """The level now ends at `end`, event time, no longer at `former`. Log time runs with what is
    newest; what came from further back (at a place, one device may be behind another) only moves
    the end."""
    if time == newest or due[s] == FOREVER:
        due[s] = now + end - newest + 1
    else:
        due[s] += end - former


@jit
def keep(times: I64, s: int, time: int) -> None:
    """Put a time among those of row `s`, the newest first; the oldest drops out."""
    k = times.shape[1]
    while k > 0 and times[s, k - 1] < time:
        k -= 1
        if k + 1 < times.shape[1]:
            times[s, k + 1] = times[s, k]
    if k < times.shape[1]:
        times[s, k] = time


@jit
def leave(
    table: I64, n: int, s: int, end: int, now: int, position: int, newest: int, before: int,
    on: I8, due: I64, armed: I64,
) -> int:  # fmt: skip
    """End the level: log time says so, or the device's own next reading is from beyond `end`."""
    least = armed[s] if due[s] <= now else position
    n = emit(table, n, s, end, min(due[s], now), least, before, newest)
    table[n - 1, ON_COLUMN] = 0
    on[s] = 0
    return n


@jit
def _tick(
    now: int, within: int, clear_below: int, times: I64, on: I8, due: I64, armed: I64, table: I64
) -> int:
    n = 0
    for s in range(len(on)):
        if on[s] == 1 and due[s] <= now:
            end = times[s, clear_below - 1] + within
            n = emit(table, n, s, end, due[s], armed[s], -1, times[s, 0])
            table[n - 1, ON_COLUMN] = 0
            on[s] = 0
    return n
