"""baseline: a number is far from what this very device usually says at this hour of the week.

1. The season is cut into cells (168, 24 or 1; hours are Shanghai's, which knows no summer time).
   Each keeps a robust centre and spread of its own (`robust`), by what has been heard in it.
2. What is usual now is a mixture of the cell and the neighbour that is nearer, linear between the
   middles of their hours: there is no jump at the edge of an hour.
3. Learning is paced by event time, not by how often a device speaks: one reading is learnt for each
   unit of it (a cell's half-life is `forget` / cells, or 0.69 times as many units as its weight can
   count: 163 s by default). So a burst in an alarm weighs no more than the quiet before it.
4. A cell that is heard for the first time begins with that reading, but no further than three
   spreads from where the device was in the past day, and with the past day's spread.
5. Nothing is decided in a device's first `learn`, nor in an hour of which less than half of its
   share of that has been learnt; while little is known, the spread counts as wider.
6. Far out: at or beyond `spreads`, until it is back within half. The first such reading is learnt,
   no more than three spreads' worth; those after it are not, until they have lasted a third
   of `forget`: then that is the new usual, learnt as fast as in the beginning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit
from xiuhua.engine.words import number, quantity
from xiuhua.kinds import Kind

from .base import Arrays, Operator, Surroundings
from .robust import DAY, FAR, LARGEST, SIGMA, positive, pull, read_side, wide
from .slope import number_field
from .threshold import Waiting

F32 = NDArray[np.float32]
Counts = NDArray[Any]
"""uint8 for a week's 168 cells, else uint16: what each has learnt, in units of event time."""

HOUR = 3_600_000
FROM_MONDAY = 3 * DAY + 8 * HOUR
"""The epoch was a Thursday, and eight hours earlier than Shanghai."""
YOUNG = 8.0
"""The spread counts as wider by this over the number of readings learnt."""
SEASONS = {"week": (168, HOUR, 255), "day": (24, HOUR, 1023), "none": (1, DAY, 4095)}
"""Cells, the length of one, and what its weight can count."""
_SEASON_WORDS = {
    "week": ("每周这个小时", " at this hour of the week"),
    "day": ("每天这个小时", " at this hour of the day"),
    "none": ("平时", ""),
}
_SIDE_WORDS = {
    "above": ("高于", "is above"), "below": ("低于", "is below"), "both": ("偏离", "is off"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Baseline(Operator):
    """`field` off its usual value by `spreads` spreads, and by `least` in its own unit, for `hold`
    ms begins the level; within half of that for as long ends it. Times in ms."""

    field: str
    spreads: float
    least: float
    side: str
    season: str
    learn: int
    forget: int
    hold: int

    NAME: ClassVar[str] = "baseline"
    SETTINGS: ClassVar[set[str]] = {
        "field", "spreads", "least", "side", "season", "learn", "forget", "hold",
    }  # fmt: skip
    WORDS: ClassVar[tuple[str, ...]] = ("usual", "spread")

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Baseline:
        del params
        season = _season(settings.get("season", "week"))
        learn = durations.parse(settings.get("learn", "14d"), "learn")
        return cls(
            field=number_field(settings.get("field"), of).name,
            spreads=positive(settings, "spreads"),
            least=positive(settings, "least") if "least" in settings else 0.0,
            side=read_side(settings),
            season=season,
            learn=_long_enough(learn, season),
            forget=read_forget(settings, learn, "56d"),
            hold=durations.parse(settings.get("hold", "0s"), "hold"),
        )

    def logic(self) -> BaselineLogic:
        return BaselineLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        field = of.field(self.field)
        assert field is not None, self.field
        (when_zh, when_en), (way_zh, way_en) = _SEASON_WORDS[self.season], _SIDE_WORDS[self.side]
        hold_zh, hold_en = durations.words(self.hold)
        held_zh, held_en = (f"持续 {hold_zh}", f" for {hold_en}") if self.hold else ("", "")
        least = quantity(self.least, field)
        far_zh, far_en = (
            (f"（且至少差 {least}）", f" (and at least {least})") if self.least else ("", "")
        )
        learn, forget = durations.words(self.learn), durations.words(self.forget)
        zh = (
            f"{field.zh}{way_zh}本设备{when_zh}的常态 {number(self.spreads)} 倍离散度以上{far_zh}"
            f"{held_zh}时触发；回到一半以内{held_zh}后解除；头 {learn[0]}只学习、不判断，"
            f"学得不够的时段也不判断；旧习惯 {forget[0]}减半，偏离时不学，"
            "超过这个时长的三分之一就当作新常态来学"
        )
        en = (
            f"when {field.en.lower()} {way_en} what this device usually says{when_en} by "
            f"{number(self.spreads)} spreads or more{far_en}{held_en}; ends within half of that"
            f"{held_en}; only learns for the first {learn[1]}, and decides nothing at hours it "
            f"knows too little of; forgets half in {forget[1]}; learns nothing while off, until "
            "after a third of that it takes it for the new usual"
        )
        return zh, en


def _season(name: object) -> str:
    if name not in SEASONS:
        raise RuleError(
            f'season 只能是 "week"、"day" 或 "none"，现在是 {name!r}。',
            f'season must be "week", "day" or "none"; it is {name!r}.',
        )
    return str(name)


def _long_enough(learn: int, season: str) -> int:
    cells, width, _ = SEASONS[season]
    if season != "none" and learn < cells * width:
        zh, en = durations.words(cells * width)
        raise RuleError(
            f"learn 至少要 {zh}：每个时段都要见过一次。",
            f"learn must be at least {en}: each hour must have come once.",
        )
    return learn


def read_forget(settings: dict[str, Any], learn: int, default: str) -> int:
    """The half-life under `forget`, not shorter than what is to be learnt; raises RuleError."""
    forget = durations.parse(settings.get("forget", default), "forget")
    if not 0 < learn <= forget:
        raise RuleError(
            "learn 要大于 0，且不能比 forget 长：还没学会就忘了。",
            "learn must be above 0 and not longer than forget: it would forget before it knows.",
        )
    return forget


class BaselineLogic(Waiting):
    """Per slot, besides what waits: for each cell a centre, a spread and a weight; when first
    heard, last heard, and up to when it has learnt; whether it is far out, and for how long (-1:
    so long that it learns again); centre and spread of the past day. Bytes per slot: week 1578,
    day 306, none 76."""

    def __init__(self, config: Baseline) -> None:
        super().__init__(config.hold, config.hold)
        self.config = config
        self.cells, self.width, self.full = SEASONS[config.season]
        self.unit = max(1, round(config.forget / (self.cells * self.full * math.log(2))))
        self.need = max(1, math.ceil(config.learn / (2 * self.cells * self.unit)))
        self.centre = np.zeros((0, self.cells), np.float32)
        self.spread = np.zeros((0, self.cells), np.float32)
        self.weight = np.zeros((0, self.cells), np.uint8 if self.full < 256 else np.uint16)
        self.first = np.zeros(0, np.int64)
        self.heard = np.zeros(0, np.int64)
        self.learnt = np.zeros(0, np.int64)
        self.away = np.zeros(0, np.int64)
        self.out = np.zeros(0, np.int8)
        self.past = np.zeros((0, 2), np.float32)

    def truth(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        """Whether each reading is far out, and whether it is back; neither while still learning."""
        del tried
        config = self.config
        truth = np.zeros((4, len(rows)), np.bool_)
        self.said = np.full((2, len(rows)), np.nan)
        _follow(
            rows.slot, rows.time, rows.values[around.kind.column(config.field)],
            self.cells, self.width, self.unit, self.full, self.need, config.learn,
            config.forget // 3, config.spreads, config.least / config.spreads,
            config.side != "below", config.side != "above", self.centre, self.spread, self.weight,
            self.first, self.heard, self.learnt, self.away, self.out, self.past, truth, self.said,
        )  # fmt: skip
        return truth

    def arrays(self) -> Arrays:
        return super().arrays() | {
            "centre": self.centre, "spread": self.spread, "weight": self.weight,
            "first": self.first, "heard": self.heard, "learnt": self.learnt,
            "away": self.away, "out": self.out, "past": self.past,
        }  # fmt: skip

    def forget(self, slots: I32, now: int) -> None:
        super().forget(slots, now)
        spoken = slots[self.first[slots] != 0]
        for array in (self.weight, self.first, self.heard, self.learnt, self.away, self.out):
            array[spoken] = 0


@jit
def _follow(
    slot: I32, time: I64, value: F64, cells: int, width: int, unit: int, full: int, need: int,
    learn: int, patience: int, spreads: float, least: float, above: bool, below: bool,
    centre: F32, spread: F32, weight: Counts, first: I64, heard: I64, learnt: I64, away: I64,
    out: I8, past: F32, truth: Bools, said: F64,
) -> None:  # fmt: skip
    """Judge each reading by what was known before it, then learn from it. `patience` is how long
    far out is learnt from at last; `least` the smallest spread that counts."""
    for i in range(len(slot)):
        s, x = slot[i], value[i]
        if not abs(x) < LARGEST:
            continue
        if first[s] == 0:
            first[s], heard[s], learnt[s] = time[i], time[i], time[i] - unit
        near, far, share = _place(time[i], cells, width)
        middle, usual, seen = _usual(centre[s], spread[s], weight[s], near, far, share)
        was_out = out[s] == 1
        if time[i] - first[s] >= learn and seen >= need:
            span = wide(usual * (1.0 + YOUNG / seen), least, middle)
            said[0, i], said[1, i] = middle, span
            off = (x - middle) / span
            beyond = abs(off) if above and below else (off if above else -off)
            _judge(truth, i, beyond, spreads)
            out[s] = (beyond >= spreads) or (was_out and beyond >= spreads / 2)
        gap = min(max(time[i] - heard[s], 0), DAY)
        heard[s] = max(heard[s], time[i])
        _wait(weight[s], need, away, out, s, gap, patience)
        if was_out and out[s] == 1 and away[s] >= 0:
            learnt[s] = max(learnt[s], time[i])
        units = (time[i] - learnt[s]) // unit
        if units > 0:
            most = max(1, width // unit)
            learnt[s] = time[i] if units > most else learnt[s] + units * unit
            units = min(units, most)
            _pass(past[s], x, units, (time[i] - first[s]) // unit, DAY // unit, least)
            if weight[s, near] == 0:
                centre[s, near], spread[s, near] = past[s, 0] + _near(past[s], x), past[s, 1]
                weight[s, near] = min(units, full)
            else:
                _learn(centre[s], spread[s], weight[s], near, x - middle, usual,
                       wide(usual, least, middle), units, full, need)  # fmt: skip


@jit
def _judge(truth: Bools, i: int, beyond: float, spreads: float) -> None:
    truth[0, i] = beyond >= spreads
    truth[1, i] = beyond < spreads
    truth[2, i] = beyond < spreads / 2
    truth[3, i] = beyond >= spreads / 2


@jit
def _place(time: int, cells: int, width: int) -> tuple[int, int, float]:
    """The cell of a moment, the neighbour that it is nearer to, and that one's share."""
    at = (time + FROM_MONDAY) % (cells * width)
    cell = at // width
    beside = (at - cell * width) / width - 0.5
    step = 1 if beside >= 0 else cells - 1
    return cell, (cell + step) % cells, abs(beside)


@jit
def _usual(
    centre: F32, spread: F32, weight: Counts, near: int, far: int, share: float
) -> tuple[float, float, float]:
    """Centre, spread and weight between two cells; one that knows nothing has no say."""
    seen = (1.0 - share) * weight[near] + share * weight[far]
    if weight[far] == 0:
        return float(centre[near]), float(spread[near]), seen
    if weight[near] == 0:
        return float(centre[far]), float(spread[far]), seen
    middle = (1.0 - share) * centre[near] + share * centre[far]
    return middle, (1.0 - share) * spread[near] + share * spread[far], seen


@jit
def _wait(
    weight: Counts, need: int, away: I64, out: I8, s: int, gap: int, patience: int
) -> None:  # fmt: skip
    """Count how long it has been far out, a moment inside taking only itself off; when it has
    lasted, what is known weighs no more than in the beginning."""
    if out[s] == 0:
        away[s] = max(away[s] - gap, 0)
    elif away[s] >= 0:
        away[s] += gap
        if away[s] >= patience:
            away[s] = -1
            for k in range(len(weight)):
                weight[k] = min(int(weight[k]), need)


@jit
def _pass(past: F32, x: float, units: int, age: int, day: int, least: float) -> None:
    """Keep the centre and the spread of the past day; in the first day, of what there was of it."""
    if age == 0:
        past[0], past[1] = x, 0.0
        return
    off = x - past[0]
    pulled = pull(off, past[1], wide(past[1], least, past[0]), age < day)
    rate = units / max(min(age + 1, day), units)
    past[0] += rate * pulled
    past[1] += rate * (SIGMA * abs(pulled) - past[1])


@jit
def _near(past: F32, x: float) -> float:
    """How far a new cell may begin from where the device was in the past day."""
    return float(min(max(x - past[0], -FAR * past[1]), FAR * past[1]))


@jit
def _learn(
    centre: F32, spread: F32, weight: Counts, k: int, off: float, usual: float, width: float,
    units: int, full: int, need: int,
) -> None:  # fmt: skip
    """Take a reading that stands for so many units into its cell. The mixture, not the cell alone,
    is moved to where it should be: so the peaks of an hour are not worn off by its neighbours."""
    pulled = pull(off, usual, width, weight[k] < need)
    rate = units / min(weight[k] + units, full)
    centre[k] += rate * pulled
    spread[k] += rate * (SIGMA * abs(pulled) - spread[k])
    weight[k] = min(weight[k] + units, full)
