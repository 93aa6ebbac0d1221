"""crowd: how many there are at a place, against how many it holds, and when it will be full.

What each of the place's devices last said, no older than `stale`, is added up in the order of the
ledger. The trend is the change of that sum over `trend`, as `slope` reckons it; at this rate the
place is full in so many minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import F64, I32, I64, Bools, jit, lean
from xiuhua.engine.words import number
from xiuhua.kinds import Kind

from .base import Arrays, Operator, Part, Surroundings
from .parts import kind_among
from .slope import CELLS, Trend, number_field, read_limit

HALF = 0.5
"""A trend says nothing while a place is less than half as full as would fire."""
MINUTE = 60_000.0


@dataclass(frozen=True, slots=True)
class Crowd(Operator):
    """The sum of a field over a place at `at` times `capacity` or more for `hold` begins the level,
    and so does a trend that gets there within `ahead`; below `clear` times it for `clear_hold`, and
    no such trend, ends it. Times in ms."""

    parts: tuple[Part, ...]
    capacity: float | str
    at: float
    clear: float
    stale: int
    trend: int
    ahead: int
    hold: int
    clear_hold: int

    NAME: ClassVar[str] = "crowd"
    SETTINGS: ClassVar[set[str]] = {
        "kind", "field", "capacity", "at", "clear", "stale", "trend", "ahead", "hold", "clear_hold",
    }  # fmt: skip
    WORDS: ClassVar[tuple[str, ...]] = ("total", "minutes")
    PLACES: ClassVar[bool] = True

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Crowd:
        return cls.join(settings, (of,), params)

    @classmethod
    def join(
        cls, settings: dict[str, Any], kinds: tuple[Kind, ...], params: frozenset[str]
    ) -> Crowd:
        of = kind_among(settings.get("kind"), kinds)
        at = _share(settings.get("at", 1.0), "at", 10.0)
        return cls(
            parts=(Part(of, field=number_field(settings.get("field"), of).name),),
            capacity=read_limit(settings.get("capacity"), "capacity", params),
            at=at,
            clear=_share(settings.get("clear", 0.9 * at), "clear", at),
            stale=_some(settings.get("stale", "5m"), "stale"),
            trend=_some(settings.get("trend", "10m"), "trend"),
            ahead=durations.parse(settings.get("ahead", "0s"), "ahead"),
            hold=durations.parse(settings.get("hold", "0s"), "hold"),
            clear_hold=durations.parse(settings.get("clear_hold", "0s"), "clear_hold"),
        )

    def asks(self) -> tuple[Part, ...]:
        return self.parts

    def logic(self) -> CrowdLogic:
        return CrowdLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        del of
        (part,) = self.parts
        field = part.kind.field(part.field)
        assert field is not None, part.field
        most = number(self.capacity) if isinstance(self.capacity, float) else f":{self.capacity}"
        full, end = (f"{number(100 * share)} % × {most}" for share in (self.at, self.clear))
        held, ahead = durations.words(self.hold), durations.words(self.ahead)
        trend = durations.words(self.trend)
        soon_zh = f"，或按近 {trend[0]}的势头 {ahead[0]}内会达到" if self.ahead else ""
        soon_en = f", or will within {ahead[1]} by the trend of {trend[1]}" if self.ahead else ""
        held_zh, held_en = (f"并持续 {held[0]}", f" for {held[1]}") if self.hold else ("", "")
        kind = part.kind
        zh = (
            f"同一处各{kind.zh}的{field.zh}相加达到 {full}{soon_zh}{held_zh}时触发；低于 {end} 解除"
        )
        en = (
            f"when {field.en.lower()} of all {kind.en.lower()} sensors of a place add up to "
            f"{full}{soon_en}{held_en}; ends below {end}"
        )
        return zh, en


def _share(value: object, name: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise RuleError(
            f"{name} 要是大于 0、不超过 {number(most)} 的倍数，现在是 {value!r}。",
            f"{name} must be a share above 0 and at most {number(most)}; it is {value!r}.",
        )
    return float(value)


def _some(text: object, name: str) -> int:
    millis = durations.parse(text, name)
    if millis < CELLS:
        raise RuleError(f"{name} 太短。", f"{name} is too short.")
    return millis


class CrowdLogic(Trend):
    """Per seat, besides what a trend keeps: for each member what it last said (NaN
    for nothing), when, and whether it counts: 254 bytes and 17 a member."""

    def __init__(self, config: Crowd) -> None:
        super().__init__(config.hold, config.clear_hold)
        self.config = config
        self.counts = np.zeros((0, 1), np.float64)
        self.spoke = np.zeros((0, 1), np.int64)
        self.counted = np.zeros((0, 1), np.bool_)

    def truth(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        del tried
        config = self.config
        total, others = np.empty(len(rows)), np.zeros(len(rows), np.bool_)
        _totals(
            rows.slot, rows.time, rows.line, rows.values[0], config.stale, self.counts, self.spoke,
            self.counted, total, others,
        )  # fmt: skip
        change = self.changes(rows, total, config.trend, others)
        capacity = config.capacity
        most = (
            around.params[capacity][rows.slot]
            if isinstance(capacity, str)
            else np.full(len(rows), capacity)
        )
        truth, self.said = np.empty((4, len(rows)), np.bool_), np.empty((2, len(rows)))
        _judge(
            total, change, most, config.at, config.clear, config.trend, config.ahead, truth,
            self.said,
        )  # fmt: skip
        return truth

    def widen(self, members: int) -> bool:
        more = members - self.counts.shape[1]
        if more > 0:
            gap = np.full((len(self.counts), more), np.nan)
            self.counts = np.concatenate((self.counts, gap), axis=1)
            none = np.zeros((len(self.spoke), more), np.int64)
            self.spoke = np.concatenate((self.spoke, none), axis=1)
            self.counted = np.concatenate((self.counted, none.astype(np.bool_)), axis=1)
        return more > 0

    def arrays(self) -> Arrays:
        return super().arrays() | {
            "counts": self.counts, "spoke": self.spoke, "counted": self.counted
        }  # fmt: skip

    def forget(self, slots: I32, now: int) -> None:
        super().forget(slots, now)
        self.counts[slots] = np.nan
        self.spoke[slots], self.counted[slots] = 0, False

    def recount(self, seat: int, former: Sequence[int]) -> None:
        """What those that stay have said goes on counting."""
        counts, spoke = self.counts[seat].copy(), self.spoke[seat].copy()
        self.counts[seat], self.spoke[seat], self.counted[seat] = np.nan, 0, False
        for k, was in enumerate(former):
            if was >= 0:
                self.counts[seat, k], self.spoke[seat, k] = counts[was], spoke[was]


@jit
def _totals(
    slot: I32, time: I64, member: I32, value: F64, stale: int, counts: F64, spoke: I64,
    counted: Bools, total: F64, others: Bools,
) -> None:  # fmt: skip
    """The sum over the members of the seat as each reading leaves it, in the members' order; NaN
    where none of them has said anything of late. What a member says that is far behind the others
    is old the moment it comes. `others`: not the same members count as did before."""
    for i in range(len(slot)):
        s = slot[i]
        counts[s, member[i]] = value[i]
        spoke[s, member[i]] = time[i]
        newest = spoke[s].max()
        total[i] = np.nan
        for k in range(counts.shape[1]):
            counts_now = not np.isnan(counts[s, k]) and newest - spoke[s, k] <= stale
            others[i] |= counts_now != counted[s, k]
            counted[s, k] = counts_now
            if counts_now:
                total[i] = counts[s, k] if np.isnan(total[i]) else total[i] + counts[s, k]


@lean
def _judge(
    total: F64, change: F64, most: F64, at: float, clear: float, trend: int, ahead: int,
    truth: Bools, said: F64,
) -> None:  # fmt: skip
    """What each sum and its trend say against what the place holds, and when it will be full."""
    for i in range(len(total)):
        full, low = most[i] * at, most[i] * clear
        soon = False
        said[0, i], said[1, i] = total[i], np.nan
        if change[i] > 0:
            rate = change[i] / trend
            said[1, i] = np.rint(max(most[i] - total[i], 0.0) / rate / MINUTE)
            soon = ahead > 0 and total[i] >= HALF * full
            soon = soon and max(full - total[i], 0.0) / rate <= ahead
        begins, ends = total[i] >= full or soon, total[i] < low and not soon
        known = not np.isnan(total[i])
        truth[0, i], truth[1, i] = begins, known and not begins
        truth[2, i], truth[3, i] = ends, known and not ends
