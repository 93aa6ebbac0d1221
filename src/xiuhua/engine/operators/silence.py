"""silence: nothing has been heard of a device for too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import I8, I32, I64, jit
from xiuhua.kinds import Kind

from .base import ON_COLUMN, Arrays, Firings, Logic, Operator, Surroundings, emit


@dataclass(frozen=True, slots=True)
class Silence(Operator):
    """`after` ms of log time without anything from the device, late readings and copies included;
    the next word of it ends the level. Time while our own door was shut does not count."""

    after: int

    NAME: ClassVar[str] = "silence"
    SETTINGS: ClassVar[set[str]] = {"after"}

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Silence:
        del params
        if of.interval is None:
            raise RuleError(
                f"{of.zh}只在有事时发声，沉默不说明什么，不能用 silence。",
                f"{of.code} speaks only when something passes; its silence means nothing.",
            )
        after = durations.parse(settings.get("after"), "after")
        least = int(of.interval.total_seconds() * 1000)
        if after <= least:
            zh, en = durations.words(least)
            raise RuleError(
                f"after 要比正常间隔 {zh} 长。", f"after must be longer than the usual {en}."
            )
        return cls(after)

    def logic(self) -> SilenceLogic:
        return SilenceLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        del of
        zh, en = durations.words(self.after)
        return (
            f"{zh}没有任何读数时触发；再次收到读数即解除",
            f"when nothing is heard for {en}; ends at the next reading",
        )


class SilenceLogic(Logic):
    """Per slot: when something was last heard, log time, and whether the level is on."""

    HEARS = "arrivals"

    def __init__(self, config: Silence) -> None:
        self.config = config
        self.heard = np.zeros(0, np.int64)
        self.on = np.zeros(0, np.int8)

    def update(self, rows: Rows, around: Surroundings) -> Firings:
        del around
        table = np.empty((2 * len(rows), 7), np.int64)
        count = _update(
            rows.slot, rows.arrival, rows.position, self.config.after, self.heard, self.on,
            np.full(len(self.on), -1, np.int32), table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def tick(self, now: int, around: Surroundings) -> Firings:
        table = np.empty((len(self.on), 7), np.int64)
        count = _tick(now, self.config.after, self.heard, self.on, around.covered, table)
        return Firings.cut(table, count)

    def arrays(self) -> Arrays:
        return {"heard": self.heard, "on": self.on}

    def restore(self, arrays: Arrays) -> None:
        self.heard, self.on = arrays["heard"], arrays["on"]

    def grow(self, slots: int, now: int) -> None:
        more = slots - len(self.on)
        self.heard = np.concatenate((self.heard, np.full(more, now, np.int64)))
        self.on = np.concatenate((self.on, np.zeros(more, np.int8)))

    def forget(self, slots: I32, now: int) -> None:
        self.heard[slots] = now
        self.on[slots] = 0

    def excuse(self, millis: int) -> None:
        self.heard += millis


@jit
def _update(
    slot: I32, arrival: I64, position: I64, after: int, heard: I64, on: I8, before: I32, table: I64
) -> int:
    n = 0
    for i in range(len(slot)):
        s = slot[i]
        due = heard[s] + after
        if on[s] == 0 and due <= arrival[i]:
            n = emit(table, n, s, due, due, 0, before[s], heard[s])
            on[s] = 1
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
