"""together: several things, of one kind of sensor or of many, at the same subject within a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit
from xiuhua.engine.schedule import FOREVER
from xiuhua.kinds import Kind

from .base import Firings, Operator, Part, Surroundings, emit
from .count import CountLogic, leave, put_off, read_within
from .parts import part_words, read_parts

LONGEST = 31 * 86_400_000


@dataclass(frozen=True, slots=True)
class Together(Operator):
    """At each moment t: whether for every part a reading in (t - `within`, t] fulfilled it. So long
    as that is so, the level is on. Times in ms."""

    parts: tuple[Part, ...]
    within: int

    NAME: ClassVar[str] = "together"
    SETTINGS: ClassVar[set[str]] = {"of", "within"}
    PLACES: ClassVar[bool] = True

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Together:
        return cls.join(settings, (of,), params)

    @classmethod
    def join(
        cls, settings: dict[str, Any], kinds: tuple[Kind, ...], params: frozenset[str]
    ) -> Together:
        return cls(
            parts=read_parts(settings.get("of"), kinds, params, 2),
            within=read_within(settings, LONGEST),
        )

    def asks(self) -> tuple[Part, ...]:
        return self.parts

    def logic(self) -> TogetherLogic:
        return TogetherLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        del of
        zh, en = durations.words(self.within)
        words = part_words(self.parts)
        all_zh, all_en = ("；".join(w[0] for w in words), "; ".join(w[1] for w in words))
        return (
            f"{zh}内同时有：{all_zh}，即触发；少了一样就解除",
            f"when within {en} there are: {all_en}; ends when one is missing",
        )


class TogetherLogic(CountLogic):
    """Per seat: for each part, event time of the newest reading that fulfilled it; and what count
    keeps: 8 bytes a part and 17. Where the oldest of these times is `within` before now, one part
    is missing: so the level ends as count's does, when a single hit leaves the window."""

    def __init__(self, config: Together) -> None:
        super().__init__(config.within, len(config.parts), 1, None)

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        del tried
        table = np.empty((2 * len(rows), 7), np.int64)
        count = _update(
            rows.slot, rows.time, rows.now, rows.position, rows.values, self.within,
            self.times, self.on, self.due, self.armed, around.before, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def tick(self, now: int, around: Surroundings) -> Firings:
        del around
        table = np.empty((len(self.on), 7), np.int64)
        count = _tick(now, self.within, self.times, self.on, self.due, self.armed, table)
        return Firings.cut(table, count)


@jit
def _update(
    slot: I32, time: I64, now: I64, position: I64, met: F64, within: int, times: I64, on: I8,
    due: I64, armed: I64, before: I32, table: I64,
) -> int:  # fmt: skip
    n = 0
    for i in range(len(slot)):
        s = slot[i]
        end = times[s].min() + within
        if on[s] == 1 and (due[s] <= now[i] or time[i] > end):
            n = leave(
                table, n, s, end, now[i], position[i], times[s].max(), before[s], on, due, armed
            )
        fresh = False
        for part in range(met.shape[0]):
            if met[part, i] == 1.0:
                times[s, part] = max(times[s, part], time[i])
                fresh = True
        if fresh:
            oldest, newest = times[s].min(), times[s].max()
            if on[s] == 0 and oldest > newest - within:
                n = emit(table, n, s, newest, now[i], position[i], i, oldest)
                on[s] = 1
                due[s] = FOREVER
            put_off(s, oldest + within, end, newest, time[i], now[i], due)
            armed[s] = position[i]
        before[s] = i
    return n


@jit
def _tick(now: int, within: int, times: I64, on: I8, due: I64, armed: I64, table: I64) -> int:
    n = 0
    for s in range(len(on)):
        if on[s] == 1 and due[s] <= now:
            end = times[s].min() + within
            n = leave(table, n, s, end, now, 0, times[s].max(), -1, on, due, armed)
    return n
