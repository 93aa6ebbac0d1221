"""slope: a number has risen (or fallen) by too much within a window.

1. A reading counts as the median of itself and the two before it: one bad reading never does.
2. The window is cut into 16 cells of event time, aligned to the epoch; each keeps its mean.
3. The change is the newest cell's mean less that of the oldest cell, 12 to 16 cells older, that has
   readings. Where none has, the window is not covered yet and nothing is decided.

So a steady rise is never overstated. A gap longer than the window begins afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit
from xiuhua.engine.words import number, quantity
from xiuhua.kinds import Field, Kind

from .base import Arrays, Operator, Surroundings
from .threshold import Waiting

CELLS = 16
"""The window is this many cells long."""
OLD = 12
"""A cell at least so many cells older than the newest is old enough to compare with."""
_CARE_ZH = "单个坏读数不算；历史不满四分之三时段时不判断"
_CARE_EN = "one bad reading counts for nothing; three quarters of that time must be known"


@dataclass(frozen=True, slots=True)
class Slope(Operator):
    """`rise` or `fall` of `field` by so much `within` ms, for `hold` ms, begins the level; it ends
    when the change is below `clear` times as much. `sign` is 1 for a rise, -1 for a fall; `limit`
    a number in the field's unit, or the name of a parameter."""

    field: str
    within: int
    sign: int
    limit: float | str
    hold: int
    clear: float

    NAME: ClassVar[str] = "slope"
    SETTINGS: ClassVar[set[str]] = {"field", "within", "rise", "fall", "hold", "clear"}

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Slope:
        if ("rise" in settings) == ("fall" in settings):
            raise RuleError(
                "rise（上升）和 fall（下降）要写且只写一个。",
                "Write rise or fall, exactly one of them.",
            )
        way = "rise" if "rise" in settings else "fall"
        return cls(
            field=number_field(settings.get("field"), of).name,
            within=_within(settings.get("within"), of),
            sign=1 if way == "rise" else -1,
            limit=read_limit(settings[way], way, params),
            hold=durations.parse(settings.get("hold", "0s"), "hold"),
            clear=_clear(settings.get("clear", 0.5)),
        )

    def logic(self) -> SlopeLogic:
        return SlopeLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        field = of.field(self.field)
        assert field is not None, self.field
        way_zh, way_en = ("上升", "rises") if self.sign > 0 else ("下降", "falls")
        zh, en = durations.words(self.within)
        hold_zh, hold_en = durations.words(self.hold)
        held_zh, held_en = (f"并持续 {hold_zh}", f" for {hold_en}") if self.hold else ("", "")
        limit, end = (
            _limit_words(self.limit, 1.0, field),
            _limit_words(self.limit, self.clear, field),
        )
        said_zh = f"{field.zh}在 {zh}内{way_zh} {limit} 以上{held_zh}时触发；不到 {end} 即解除"
        said_en = f"when {field.en.lower()} {way_en} by {limit} or more within {en}{held_en}"
        return (
            f"{said_zh}（{_CARE_ZH}）",
            f"{said_en}; ends below {end} ({_CARE_EN})",
        )


def number_field(name: object, of: Kind, *types: str) -> Field:
    """The kind's field of that name, a number or a count (or what `types` adds); raises
    RuleError."""
    good = {"number", "count", *types}
    field = of.field(name) if isinstance(name, str) else None
    if field is None or field.type not in good:
        known = ", ".join(f.name for f in of.fields if f.type in good) or "-"
        raise RuleError(
            f"field 要是{of.zh}的数值字段（{known}），现在是 {name!r}。",
            f"field must be a number of {of.code} ({known}); it is {name!r}.",
        )
    return field


def _within(text: object, of: Kind) -> int:
    if of.interval is None:
        raise RuleError(
            f"{of.zh}只在有事时发声，没有可比的趋势，不能用 slope。",
            f"{of.code} speaks only when something passes; it has no slope.",
        )
    within = durations.parse(text, "within")
    least = 4 * int(of.interval.total_seconds() * 1000)
    if within < least:
        zh, en = durations.words(least)
        raise RuleError(
            f"within 至少要 {zh}：正常间隔的四倍。",
            f"within must be at least {en}: four times the usual interval.",
        )
    return within


def read_limit(value: object, way: str, params: frozenset[str]) -> float | str:
    """A positive number, or the name of a parameter; raises RuleError."""
    if isinstance(value, str) and value.removeprefix(":") in params and value.startswith(":"):
        return value[1:]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < np.inf:
        raise RuleError(
            f'{way} 要是正数，或 [rule.params] 里有的参数名，如 ":step"；现在是 {value!r}。',
            f'{way} must be a positive number or a parameter of [rule.params] such as ":step"; '
            f"it is {value!r}.",
        )
    return float(value)


def _clear(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise RuleError(
            f"clear 要是 0 到 1 之间的一个比例，现在是 {value!r}。",
            f"clear must be a share between 0 and 1; it is {value!r}.",
        )
    return float(value)


def _limit_words(limit: float | str, share: float, field: Field) -> str:
    if isinstance(limit, float):
        return quantity(limit * share, field)
    return quantity(f":{limit}" if share == 1 else f"{number(share)} × :{limit}", field)


class Trend(Waiting):
    """Per seat, besides what waits: the two readings before, how many of them there are, the
    newest cell's number, and each cell's count and sum: 254 bytes in all."""

    def __init__(self, hold: int, clear_hold: int) -> None:
        super().__init__(hold, clear_hold)
        self.seen = np.zeros(0, np.int8)
        self.recent = np.zeros((0, 2), np.float64)
        self.newest = np.zeros(0, np.int64)
        self.count = np.zeros((0, CELLS + 1), np.int32)
        self.total = np.zeros((0, CELLS + 1), np.float64)

    def changes(self, rows: Rows, value: F64, within: int, afresh: Bools | None = None) -> F64:
        """(n,) the change of these values over the window, NaN where it is not covered. What went
        before a row that begins `afresh` cannot be compared with it."""
        change = np.empty(len(rows))
        if afresh is None:
            afresh = np.zeros(len(rows), np.bool_)
        _changes(
            rows.slot, rows.time // (within // CELLS), value, afresh, self.seen, self.recent,
            self.newest, self.count, self.total, change,
        )  # fmt: skip
        return change

    def arrays(self) -> Arrays:
        return super().arrays() | {
            "seen": self.seen, "recent": self.recent, "newest": self.newest,
            "count": self.count, "total": self.total,
        }  # fmt: skip

    def forget(self, slots: I32, now: int) -> None:
        super().forget(slots, now)
        self.seen[slots] = 0
        self.newest[slots] = 0
        self.count[slots] = 0


class SlopeLogic(Trend):
    """The trend of a field."""

    def __init__(self, config: Slope) -> None:
        super().__init__(config.hold, 0)
        self.config = config

    def truth(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        """What the change says; where the window is not covered, nothing either way."""
        del tried
        value = rows.values[around.kind.column(self.config.field)]
        change = self.changes(rows, value, self.config.within) * self.config.sign
        limit = self.config.limit
        least = around.params[limit][rows.slot] if isinstance(limit, str) else np.float64(limit)
        end = least * self.config.clear
        return np.stack((change >= least, change < least, change < end, change >= end))


@jit
def _changes(
    slot: I32, cell: I64, value: F64, afresh: Bools, seen: I8, recent: F64, newest: I64,
    count: I32, total: F64, change: F64,
) -> None:  # fmt: skip
    """The change over the window as each reading leaves it, NaN where the window is not covered.
    One kernel, for a call with an array in it costs more than the work."""
    ring = count.shape[1]
    for i in range(len(slot)):
        s = slot[i]
        change[i] = np.nan
        if afresh[i]:
            seen[s], count[s] = 0, 0
        if np.isnan(value[i]):
            continue
        if cell[i] - newest[s] > CELLS:
            seen[s] = 0
        for new in range(max(newest[s], cell[i] - ring) + 1, cell[i] + 1):  # empty as they open
            count[s, new % ring] = 0
            total[s, new % ring] = 0.0
        newest[s] = max(newest[s], cell[i])
        if seen[s] < 2:
            recent[s, seen[s]] = value[i]
            seen[s] += 1
            continue
        at = newest[s] % ring
        count[s, at] += 1
        total[s, at] += _median(recent[s, 0], recent[s, 1], value[i])
        recent[s, 0], recent[s, 1] = recent[s, 1], value[i]
        for age in range(CELLS, OLD - 1, -1):
            old = (newest[s] - age) % ring
            if count[s, old]:
                change[i] = total[s, at] / count[s, at] - total[s, old] / count[s, old]
                break


@jit
def _median(a: float, b: float, c: float) -> float:
    return max(min(a, b), min(max(a, b), c))
