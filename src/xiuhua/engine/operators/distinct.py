"""distinct: so many different tokens have been shown within a sliding length of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.conditions import Condition
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit
from xiuhua.engine.schedule import FOREVER
from xiuhua.engine.words import condition_words
from xiuhua.kinds import Kind

from .base import Arrays, Firings, Operator, Surroundings, emit, token_field
from .count import MOST, CountLogic, end_words, leave, put_off, read_whole, read_within
from .threshold import read_condition

LONGEST = 31 * 86_400_000


@dataclass(frozen=True, slots=True)
class Distinct(Operator):
    """At each moment t, the different tokens of `field` that the device has shown in
    (t - `within`, t], where `when` was surely true: the level begins when they reach `at_least`
    and ends when they fall below `clear_below`. Times in ms."""

    field: str
    when: Condition | None
    within: int
    at_least: int
    clear_below: int

    NAME: ClassVar[str] = "distinct"
    PLACES: ClassVar[bool] = True
    SETTINGS: ClassVar[set[str]] = {"field", "when", "within", "at_least", "clear_below"}

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Distinct:
        at_least = read_whole(settings.get("at_least"), "at_least", 2, MOST)
        clear_below = settings.get("clear_below", at_least)
        return cls(
            field=token_field(settings.get("field"), of).name,
            when=read_condition(settings, "when", of, params) if "when" in settings else None,
            within=read_within(settings, LONGEST),
            at_least=at_least,
            clear_below=read_whole(clear_below, "clear_below", 1, at_least),
        )

    def logic(self) -> DistinctLogic:
        return DistinctLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        field = token_field(self.field, of)
        within_zh, within_en = durations.words(self.within)
        when_zh, when_en = condition_words(self.when, of) if self.when else ("", "")
        ends_zh, ends_en = end_words(self.clear_below)
        many_zh = f"{within_zh}内有 {self.at_least} 个不同的{field.zh}"
        many_en = f"{self.at_least} different values of {field.en.lower()} within {within_en}"
        shown_zh = f"（{when_zh}）" if when_zh else ""
        shown_en = f" where {when_en}" if when_en else ""
        return (f"{many_zh}{shown_zh}时触发；{ends_zh}", f"at {many_en}{shown_en}; {ends_en}")


class DistinctLogic(CountLogic):
    """Per slot besides what count keeps, and by the same argument: the `at_least` different tokens
    seen most recently, as hashes, the newest first, with the time at which each was last seen.

    16 * at_least + 17 bytes a slot. A token that has dropped out is older than that many others;
    if it is shown again it is the newest, whether it is still known or not.
    """

    def __init__(self, config: Distinct) -> None:
        super().__init__(config.within, config.at_least, config.clear_below, config.when)
        self.field = config.field
        self.tokens = np.zeros((0, config.at_least))

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        table = np.empty((2 * len(rows), 7), np.int64)
        token = rows.values[around.kind.column(self.field)]
        count = _update(
            rows.slot, rows.time, rows.now, rows.position,
            self.met(rows, tried) & ~np.isnan(token), token, self.within, self.clear_below,
            self.times, self.tokens, self.on, self.due, self.armed,
            around.before, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def arrays(self) -> Arrays:
        return {**super().arrays(), "tokens": self.tokens}

    def forget(self, slots: I32, now: int) -> None:
        super().forget(slots, now)
        self.tokens[slots] = np.nan


@jit
def _update(
    slot: I32, time: I64, now: I64, position: I64, met: Bools, token: F64, within: int,
    clear_below: int, times: I64, tokens: F64, on: I8, due: I64, armed: I64, before: I32,
    table: I64,
) -> int:  # fmt: skip
    n = 0
    last = times.shape[1] - 1
    for i in range(len(slot)):
        s = slot[i]
        end = times[s, clear_below - 1] + within
        if on[s] == 1 and (due[s] <= now[i] or time[i] > end):
            n = leave(table, n, s, end, now[i], position[i], times[s, 0], before[s], on, due, armed)
        if met[i]:
            _keep(tokens, times, s, token[i], time[i])
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
def _keep(tokens: F64, times: I64, s: int, token: float, time: int) -> None:
    """Put a token, last seen at that time, among those of row `s`, the newest first. It leaves its
    former place, or else the oldest drops out."""
    last: int = tokens.shape[1] - 1
    place = last
    for k in range(last):
        if tokens[s, k] == token:
            place = k
    if times[s, place] > time:
        return
    while place > 0 and times[s, place - 1] <= time:
        tokens[s, place], times[s, place] = tokens[s, place - 1], times[s, place - 1]
        place -= 1
    tokens[s, place], times[s, place] = token, time
