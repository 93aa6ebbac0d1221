"""drift: a number has been a little off for days, as a leak or an ageing sensor is.

A two-sided CUSUM (Page) in event time. What a reading is above the learnt centre, in learnt
spreads and less `slack`, is added up for as long as it stands for: since the device's last reading,
a day at most. The sum is never below 0; its unit is a spread for a day. So a daily rhythm, half a
day up and half a day down, goes in and out again, and how often a device speaks does not matter.
The other sum does the same below the centre.

Centre and spread are robust (`robust`), over all hours alike, with `forget` as half-life. No
reading counts for more than MOST spreads. While the level is on nothing is learnt; if it is still
on after a third of `forget`, the device is learnt anew, and the level ends when that is done.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit
from xiuhua.engine.words import number, quantity
from xiuhua.kinds import Kind

from .base import NONE, ON_COLUMN, Arrays, Firings, Logic, Operator, Surroundings, emit
from .baseline import read_forget
from .robust import DAY, LARGEST, SIGMA, positive, pull, read_side, wide
from .slope import number_field

MOST = 6.0
_SIDE_WORDS = {
    "above": ("高于", "above"), "below": ("低于", "below"), "both": ("偏离", "off"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drift(Operator):
    """`field` off its learnt centre by more than `slack` spreads, added up to `limit` spreads times
    days, begins the level; it ends when the sum is below half of that. What is off by less than
    `least`, in the field's unit, adds nothing. Times in ms."""

    field: str
    slack: float
    limit: float
    least: float
    side: str
    learn: int
    forget: int

    NAME: ClassVar[str] = "drift"
    SETTINGS: ClassVar[set[str]] = {
        "field", "slack", "limit", "least", "side", "learn", "forget",
    }  # fmt: skip

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Drift:
        del params
        learn = durations.parse(settings.get("learn", "7d"), "learn")
        return cls(
            field=number_field(settings.get("field"), of).name,
            slack=_slack(positive(settings, "slack", 0.5)),
            limit=positive(settings, "limit", 8.0),
            least=positive(settings, "least") if "least" in settings else 0.0,
            side=read_side(settings),
            learn=learn,
            forget=read_forget(settings, learn, "28d"),
        )

    def logic(self) -> DriftLogic:
        return DriftLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        field = of.field(self.field)
        assert field is not None, self.field
        way_zh, way_en = _SIDE_WORDS[self.side]
        slack, limit = number(self.slack), number(self.limit)
        least = quantity(self.least, field)
        small_zh, small_en = (
            (f"（差不到 {least} 的不计）", f" (less than {least} counts for nothing)")
            if self.least
            else ("", "")
        )
        learn, forget = durations.words(self.learn), durations.words(self.forget)
        zh = (
            f"{field.zh}{way_zh}本设备慢慢学到的常态{small_zh}，超出 {slack} 倍离散度的部分按天累加"
            f"达到 {limit}（倍×天）时触发；回落到一半以下即解除；头 {learn[0]}只学习、不判断；"
            f"旧习惯 {forget[0]}减半，触发后不学，超过这个时长的三分之一就重新学，学会即解除"
        )
        en = (
            f"when {field.en.lower()} stays {way_en} what this device has slowly been learnt to say"
            f"{small_en}: what exceeds {slack} spreads, added up by the day, reaches {limit} "
            "(spreads times days); ends when the sum is below half; only learns for the first "
            f"{learn[1]}; forgets half in {forget[1]}; learns nothing while on, until after a "
            "third of that it learns anew, and ends when that is done"
        )
        return zh, en


def _slack(slack: float) -> float:
    if slack >= MOST:
        raise RuleError(
            f"slack 要小于 {MOST:g}：再大就什么也累加不起来。",
            f"slack must be below {MOST:g}: nothing could ever add up.",
        )
    return slack


class DriftLogic(Logic):
    """Per slot: centre, spread, what has been learnt and when it last spoke, ms; whether the level
    is on and since when (-1: it is being learnt anew); the sums above and below and since when each
    is not nothing: 73 bytes."""

    def __init__(self, config: Drift) -> None:
        self.config = config
        self.centre = np.zeros(0, np.float64)
        self.spread = np.zeros(0, np.float64)
        self.weight = np.zeros(0, np.int64)
        self.heard = np.zeros(0, np.int64)
        self.on = np.zeros(0, np.int8)
        self.began = np.zeros(0, np.int64)
        self.sums = np.zeros((0, 2), np.float64)
        self.rose = np.zeros((0, 2), np.int64)

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        del tried
        config = self.config
        table = np.empty((2 * len(rows), 7), np.int64)
        count = _update(
            rows.slot, rows.time, rows.now, rows.position,
            rows.values[around.kind.column(config.field)],
            config.slack, config.limit, config.least, config.side != "below",
            config.side != "above", config.learn, round(config.forget / math.log(2)),
            config.forget // 3, self.centre, self.spread, self.weight, self.heard, self.on,
            self.began, self.sums, self.rose, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def tick(self, now: int, around: Surroundings) -> Firings:
        del now, around
        return NONE

    def arrays(self) -> Arrays:
        return {
            "centre": self.centre, "spread": self.spread, "weight": self.weight,
            "heard": self.heard, "on": self.on, "began": self.began,
            "sums": self.sums, "rose": self.rose,
        }  # fmt: skip

    def forget(self, slots: I32, now: int) -> None:
        del now
        for array in self.arrays().values():
            array[slots] = 0


@jit
def _update(
    slot: I32, time: I64, now: I64, position: I64, value: F64,
    slack: float, limit: float, least: float, above: bool, below: bool,
    learn: int, full: int, patience: int, centre: F64, spread: F64, weight: I64, heard: I64,
    on: I8, began: I64, sums: F64, rose: I64, table: I64,
) -> int:  # fmt: skip
    n = 0
    for i in range(len(slot)):
        s, x = slot[i], value[i]
        if not abs(x) < LARGEST:
            continue
        gap = min(max(time[i] - heard[s], 0), DAY)
        heard[s] = max(heard[s], time[i])
        if weight[s] >= learn:
            anew = on[s] == 1 and began[s] < 0
            if not anew:
                off = x - centre[s] if abs(x - centre[s]) >= least else 0.0
                beyond = off / wide(spread[s], least, centre[s])
                _add(sums[s], rose[s], beyond, slack, limit, gap / DAY, time[i], above, below)
            side = 0 if sums[s, 0] >= sums[s, 1] else 1
            most = sums[s, side]
            if (on[s] == 0 and most >= limit) or (on[s] == 1 and (anew or most < limit / 2)):
                n = emit(table, n, s, time[i], now[i], position[i], i, rose[s, side])
                on[s] = 1 - on[s]
                table[n - 1, ON_COLUMN] = on[s]
                began[s] = time[i]
                if on[s] == 0:
                    sums[s, 0], sums[s, 1] = 0.0, 0.0
            elif on[s] == 1 and time[i] - began[s] >= patience:
                began[s], weight[s] = -1, 0
        if on[s] == 0 or began[s] < 0:
            _learn(centre, spread, weight, s, x, gap, least, learn, full)
    return n


@jit
def _add(
    sums: F64, rose: I64, beyond: float, slack: float, limit: float, days: float, time: int,
    above: bool, below: bool,
) -> None:  # fmt: skip
    """Add what a reading has beyond the slack to the sums that are watched, each between 0 and the
    limit, so that what is over is seen to be over."""
    beyond = min(max(beyond, -MOST), MOST)
    for side in range(2):
        if (side == 0 and not above) or (side == 1 and not below):
            continue
        if sums[side] == 0.0:
            rose[side] = time
        more = (beyond if side == 0 else -beyond) - slack
        sums[side] = min(max(sums[side] + more * days, 0.0), limit)


@jit
def _learn(
    centre: F64, spread: F64, weight: I64, s: int, x: float, gap: int, least: float, learn: int,
    full: int,
) -> None:  # fmt: skip
    """Take in a reading that stands for `gap` ms."""
    if weight[s] == 0:
        centre[s], spread[s], weight[s] = x, 0.0, 1
        return
    weight[s] = min(weight[s] + gap, full)
    width = wide(spread[s], least, centre[s])
    pulled = pull(x - centre[s], spread[s], width, weight[s] < learn)
    rate = min(gap / weight[s], 1.0)
    centre[s] += rate * pulled
    spread[s] += rate * (SIGMA * abs(pulled) - spread[s])
