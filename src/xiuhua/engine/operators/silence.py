"""silence: nothing has been heard for too long, or nothing that says a certain thing.

Without `when`, any word counts and log time alone decides. With it, only readings that fulfil it
count as a word, and the others show that the sensor is alive: an elder's door that has not opened
since yesterday is silent only if it says so itself, for a dead sensor has a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.conditions import Condition
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import I8, I32, I64, Bools, jit, lean
from xiuhua.engine.schedule import FOREVER
from xiuhua.engine.sorting import ordered
from xiuhua.kinds import Kind

from .base import NONE, ON_COLUMN, Arrays, Firings, Logic, Operator, Part, Surroundings, emit
from .parts import part_words, read_parts
from .threshold import read_condition


@dataclass(frozen=True, slots=True)
class Silence(Operator):
    """`after` ms of log time without a word of the subject, late readings and copies included;
    the next ends the level. Time while our own door was shut does not count. `when` (of one kind)
    or `parts` (one of them being enough) say what counts as a word; else anything does."""

    after: int
    parts: tuple[Part, ...] = ()
    when: Condition | None = None

    NAME: ClassVar[str] = "silence"
    SETTINGS: ClassVar[set[str]] = {"after", "when", "of"}
    PLACES: ClassVar[bool] = True

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Silence:
        if "of" in settings:
            return cls.join(settings, (of,), params)
        after = _after(settings, (of,))
        if "when" not in settings:
            return cls(after)
        return cls(after, when=read_condition(settings, "when", of, params))

    @classmethod
    def join(
        cls, settings: dict[str, Any], kinds: tuple[Kind, ...], params: frozenset[str]
    ) -> Silence:
        if "when" in settings and (len(kinds) > 1 or "of" in settings):
            raise RuleError(
                "看几种传感器或写了 [[rule.level.of]] 时，when 要写在 [[rule.level.of]] 里。",
                "With several kinds, or with [[rule.level.of]], when belongs in there.",
            )
        if "of" not in settings:
            if len(kinds) == 1:
                return cls.read(settings, kinds[0], params)
            return cls(_after(settings, kinds))
        return cls(_after(settings, kinds), read_parts(settings["of"], kinds, params, 1))

    def asks(self) -> tuple[Part, ...]:
        return self.parts

    def logic(self) -> SilenceLogic:
        return SilenceLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        zh, en = durations.words(self.after)
        parts = (Part(of, when=self.when),) if self.when else self.parts
        if not parts:
            return (
                f"{zh}没有任何读数时触发；再次收到读数即解除",
                f"when nothing is heard for {en}; ends at the next reading",
            )
        words = part_words(parts)
        words_zh, words_en = "或".join(w[0] for w in words), " or ".join(w[1] for w in words)
        return (
            f"设备正常，却 {zh}没有“{words_zh}”时触发；一旦出现即解除",
            f"when sensors speak, but for {en} none says: {words_en}; ends when one does",
        )


def _after(settings: dict[str, Any], kinds: tuple[Kind, ...]) -> int:
    spans = [of.interval for of in kinds if of.interval is not None]
    if not spans:
        raise RuleError(
            f"{kinds[0].zh}只在有事时发声，沉默不说明什么，不能用 silence。",
            f"{kinds[0].code} speaks only when something passes; its silence means nothing.",
        )
    after = durations.parse(settings.get("after"), "after")
    least = int(min(spans).total_seconds() * 1000)
    if after <= least:
        zh, en = durations.words(least)
        raise RuleError(
            f"after 要比正常间隔 {zh} 长。", f"after must be longer than the usual {en}."
        )
    return after


class SilenceLogic(Logic):
    """Per seat: when something was last heard, log time, and whether the level is on: 9 bytes."""

    HEARS = "arrivals"

    def __init__(self, config: Silence) -> None:
        self.config = config
        self.conditions = (config.when,) if config.when else ()
        self.choosy = bool(config.when or config.parts)
        """Whether only some readings are words; then only a reading decides, never a tick."""
        self.heard = np.zeros(0, np.int64)
        self.on = np.zeros(0, np.int8)

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        words = self._words(rows, tried)
        order = np.arange(len(rows))
        if self.choosy:  # who says several things in one record has said the word
            record = rows.position * len(self.on) + rows.slot
            order = ordered(record, ~words, rows.time, rows.digest)
        table = np.empty((2 * len(rows), 7), np.int64)
        count = _update(
            order, rows.slot, rows.arrival, rows.position, words, self.config.after,
            not self.choosy, self.heard, self.on, around.before, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def only_listens(self) -> bool:
        return not self.choosy and not self.on.any()

    def hear(self, seats: I32, arrival: I64) -> None:
        np.maximum.at(self.heard, seats, arrival)

    def _words(self, rows: Rows, tried: Bools) -> Bools:
        """Which readings count as a word."""
        words: Bools = np.ones(len(rows), np.bool_)
        if self.conditions:
            words = tried[0, 0]
        elif self.config.parts:
            words = (rows.values == 1.0).any(axis=0)
        return words

    def tick(self, now: int, around: Surroundings) -> Firings:
        if self.choosy:
            return NONE
        table = np.empty((len(self.on), 7), np.int64)
        count = _tick(now, self.config.after, self.heard, self.on, around.covered, table)
        return Firings.cut(table, count)

    def soonest(self, seats: I32 | None = None) -> int:
        if self.choosy:
            return FOREVER
        if seats is None:
            seats = np.arange(len(self.on), dtype=np.int32)
        return int(_earliest(seats, self.on, self.heard)) + self.config.after

    def arrays(self) -> Arrays:
        return {"heard": self.heard, "on": self.on}

    def forget(self, slots: I32, now: int) -> None:
        self.heard[slots] = now
        self.on[slots] = 0

    def excuse(self, millis: int) -> None:
        self.heard += millis


@jit
def _update(
    order: I64, slot: I32, arrival: I64, position: I64, word: Bools, after: int, ticks: bool,
    heard: I64, on: I8, before: I32, table: I64,
) -> int:  # fmt: skip
    """Where log time alone decides (`ticks`), it has before the reading came; else only a reading
    that is no word does."""
    n = 0
    for i in order:
        s = slot[i]
        due = heard[s] + after
        if on[s] == 0 and due <= arrival[i]:
            if ticks:
                n = emit(table, n, s, due, due, 0, before[s], heard[s])
                on[s] = 1
            elif not word[i]:
                n = emit(table, n, s, due, arrival[i], position[i], i, heard[s])
                on[s] = 1
        if word[i]:
            if on[s] == 1:
                n = emit(table, n, s, arrival[i], arrival[i], position[i], i, heard[s])
                table[n - 1, ON_COLUMN] = 0
                on[s] = 0
            heard[s] = max(heard[s], arrival[i])
        before[s] = i
    return n


@jit
def _tick(now: int, after: int, heard: I64, on: I8, covered: np.ndarray, table: I64) -> int:
    n = 0
    for s in range(len(on)):
        if on[s] == 0 and covered[s] and heard[s] + after <= now:
            n = emit(table, n, s, heard[s] + after, heard[s] + after, 0, -1, heard[s])
            on[s] = 1
    return n


@lean
def _earliest(seats: I32, on: I8, heard: I64) -> int:
    """When the first of those that are not silent yet was last heard."""
    first = FOREVER // 2
    for k in range(len(seats)):
        if on[seats[k]] == 0:
            first = min(first, heard[seats[k]])
    return first
