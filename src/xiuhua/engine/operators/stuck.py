"""stuck: the sensor itself is unwell. It says the same for too long, leaps, or flaps.

`frozen`: readings keep coming, and for so long none has differed by more than `within` from the
first of them. A gap between two readings counts for at most half the length, so that it takes three
readings, and silence is not frozen. Decided by a reading; ends with the first that differs.

`jump`: two successive readings differ by more than this. Readings further apart than three usual
intervals are not successive: much may have happened between them.

`flaps` and `per`: so many crossings of `at` (a yes or no: of 0.5) within `per`, from the first of
them to the last. A value at the midpoint counts as above it.

What jumps or flaps ends `clear_after` after the last such reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit
from xiuhua.engine.words import quantity
from xiuhua.kinds import Field, Kind

from .base import NONE, ON_COLUMN, Arrays, Firings, Logic, Operator, Surroundings, emit
from .member import Lingering
from .slope import number_field

WAYS = {
    "frozen": {"field", "frozen", "within"},
    "jump": {"field", "jump", "clear_after"},
    "flaps": {"field", "flaps", "per", "at", "clear_after"},
}
MOST_FLAPS = 32
SUCCESSIVE = 3
"""Readings so many usual intervals apart are still successive."""


@dataclass(frozen=True, slots=True)
class Stuck(Operator):
    """Exactly one of `frozen` (ms), `jump` (the field's unit) and `flaps` (crossings) is set.
    `apart` ms is how far successive readings may be apart, 0 for any."""

    field: str
    frozen: int = 0
    within: float = 0.0
    jump: float = 0.0
    apart: int = 0
    flaps: int = 0
    per: int = 0
    at: float = 0.5
    clear_after: int = 0

    NAME: ClassVar[str] = "stuck"
    SETTINGS: ClassVar[set[str]] = set().union(*WAYS.values())

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Stuck:
        del params
        ways = WAYS.keys() & settings.keys()
        if len(ways) != 1:
            raise RuleError(
                "frozen（不变）、jump（跳变）、flaps（抖动）要写且只写一个。",
                "Write frozen, jump or flaps, exactly one of them.",
            )
        way = ways.pop()
        for foreign in sorted(settings.keys() - WAYS[way]):
            raise RuleError(
                f"{way} 用不到 {foreign}；可用：{'、'.join(sorted(WAYS[way]))}。",
                f"{foreign} says nothing with {way}; known are {', '.join(sorted(WAYS[way]))}.",
            )
        return {"frozen": _frozen, "jump": _jump, "flaps": _flaps}[way](settings, of)

    def logic(self) -> Logic:
        if self.frozen:
            return FrozenLogic(self)
        return JumpLogic(self) if self.jump else FlapLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        field = of.field(self.field)
        assert field is not None, self.field
        if self.frozen:
            return self._explain_frozen(field)
        zh, en = durations.words(self.clear_after)
        began_zh, began_en = self._explain_jump(field) if self.jump else self._explain_flaps(field)
        return (
            f"{began_zh}时触发；{zh}内不再如此即解除",
            f"when {began_en}; ends after {en} without another",
        )

    def _explain_frozen(self, field: Field) -> tuple[str, str]:
        zh, en = durations.words(self.frozen)
        less_zh, less_en = "没有变化", "has not changed"
        if self.within:
            most = quantity(self.within, field)
            less_zh, less_en = f"变化不超过 {most}", f"has changed by no more than {most}"
        return (
            f"读数一直在来，{field.zh}却 {zh}{less_zh}时触发；一有变化即解除",
            f"when readings come, yet {field.en.lower()} {less_en} for {en}; ends when it does",
        )

    def _explain_jump(self, field: Field) -> tuple[str, str]:
        leap = quantity(self.jump, field)
        return (
            f"相邻两次{field.zh}相差超过 {leap}",
            f"{field.en.lower()} jumps by more than {leap} from one reading to the next",
        )

    def _explain_flaps(self, field: Field) -> tuple[str, str]:
        zh, en = durations.words(self.per)
        middle = quantity(self.at, field)
        over_zh, over_en = f"越过 {middle} ", f"crosses {middle}"
        if field.type == "bool":
            over_zh, over_en = "变化", "changes"
        return (
            f"{field.zh}在 {zh}内{over_zh}至少 {self.flaps} 次",
            f"{field.en.lower()} {over_en} at least {self.flaps} times within {en}",
        )


def _frozen(settings: dict[str, Any], of: Kind) -> Stuck:
    frozen = durations.parse(settings["frozen"], "frozen")
    least = 2 * _usual(of)
    if frozen <= least:
        zh, en = durations.words(least)
        raise RuleError(
            f"frozen 要比 {zh} 长：至少要有三个读数。",
            f"frozen must be longer than {en}: it takes three readings.",
        )
    return Stuck(
        field=number_field(settings.get("field"), of).name,
        frozen=frozen,
        within=_number(settings.get("within", 0), "within"),
    )


def _jump(settings: dict[str, Any], of: Kind) -> Stuck:
    jump = _number(settings["jump"], "jump")
    if not jump:
        raise RuleError("jump 要大于 0。", "jump must be greater than 0.")
    return Stuck(
        field=number_field(settings.get("field"), of).name,
        jump=jump,
        apart=SUCCESSIVE * _usual(of),
        clear_after=_some(settings.get("clear_after", "10m"), "clear_after"),
    )


def _flaps(settings: dict[str, Any], of: Kind) -> Stuck:
    flaps, field = settings["flaps"], number_field(settings.get("field"), of, "bool")
    if isinstance(flaps, bool) or not isinstance(flaps, int) or not 2 <= flaps <= MOST_FLAPS:
        raise RuleError(
            f"flaps 要是 2 到 {MOST_FLAPS} 的整数，现在是 {flaps!r}。",
            f"flaps must be a whole number from 2 to {MOST_FLAPS}; it is {flaps!r}.",
        )
    at = settings.get("at", 0.5 if field.type == "bool" else None)
    if isinstance(at, bool) or not isinstance(at, int | float) or not np.isfinite(at):
        raise RuleError(
            f"at 要是数字：{field.zh}在哪个值上下算抖动；现在是 {at!r}。",
            f"at must be a number, the middle that {field.en.lower()} flaps about; it is {at!r}.",
        )
    per = _some(settings.get("per"), "per")
    clear_after = (
        _some(settings["clear_after"], "clear_after") if "clear_after" in settings else per
    )
    return Stuck(field=field.name, flaps=flaps, per=per, at=float(at), clear_after=clear_after)


def _usual(of: Kind) -> int:
    return int(of.interval.total_seconds() * 1000) if of.interval else 0


def _some(text: object, name: str) -> int:
    """A length of time that is not nothing."""
    millis = durations.parse(text, name)
    if not millis:
        raise RuleError(f"{name} 要大于 0。", f"{name} must be greater than 0.")
    return millis


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < np.inf:
        raise RuleError(
            f"{name} 要是不小于 0 的数字，现在是 {value!r}。",
            f"{name} must be a number and not below 0; it is {value!r}.",
        )
    return float(value)


class FrozenLogic(Logic):
    """Per slot: whether the level is on, the value that has not changed (NaN for none), event time
    of the newest reading, and since when, less what long gaps do not count: 25 bytes."""

    def __init__(self, config: Stuck) -> None:
        self.config = config
        self.on = np.zeros(0, np.int8)
        self.value = np.zeros(0, np.float64)
        self.last = np.zeros(0, np.int64)
        self.since = np.zeros(0, np.int64)

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        del tried
        table = np.empty((len(rows), 7), np.int64)
        count = _freeze(
            rows.slot, rows.time, rows.now, rows.position,
            rows.values[around.kind.column(self.config.field)],
            self.config.frozen, self.config.within,
            self.on, self.value, self.last, self.since, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def tick(self, now: int, around: Surroundings) -> Firings:
        """Nothing: only a reading says that a sensor is frozen, or that it no longer is."""
        del now, around
        return NONE

    def arrays(self) -> Arrays:
        return {"on": self.on, "value": self.value, "last": self.last, "since": self.since}

    def forget(self, slots: I32, now: int) -> None:
        del now
        self.on[slots] = 0
        self.value[slots] = np.nan

    def excuse(self, millis: int) -> None:
        self.last += millis
        self.since += millis


class JumpLogic(Lingering):
    """Per slot, besides what lingers: the reading before (NaN for none) and its event time, 41
    bytes in all."""

    def __init__(self, config: Stuck) -> None:
        super().__init__(config.clear_after)
        self.config = config
        self.value = np.zeros(0, np.float64)
        self.spoke = np.zeros(0, np.int64)

    def hits(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        del tried
        return _jumps(
            rows.slot, rows.time, rows.values[around.kind.column(self.config.field)],
            self.config.jump, self.config.apart, self.value, self.spoke,
        )  # fmt: skip

    def arrays(self) -> Arrays:
        return super().arrays() | {"value": self.value, "spoke": self.spoke}

    def forget(self, slots: I32, now: int) -> None:
        super().forget(slots, now)
        self.value[slots] = np.nan


class FlapLogic(Lingering):
    """Per slot, besides what lingers: the side of the midpoint (0 unknown, 1 below, 2 above), how
    many crossings there were, and event times of the newest `flaps`: 30 + 8 `flaps` bytes."""

    def __init__(self, config: Stuck) -> None:
        super().__init__(config.clear_after)
        self.config = config
        self.side = np.zeros(0, np.int8)
        self.crossed = np.zeros(0, np.int32)
        self.times = np.zeros((0, config.flaps), np.int64)

    def hits(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        del tried
        return _crossings(
            rows.slot, rows.time, rows.values[around.kind.column(self.config.field)],
            self.config.at, self.config.per, self.side, self.crossed, self.times,
        )  # fmt: skip

    def arrays(self) -> Arrays:
        more: Arrays = {"side": self.side, "crossed": self.crossed, "times": self.times}
        return super().arrays() | more

    def forget(self, slots: I32, now: int) -> None:
        super().forget(slots, now)
        self.side[slots] = 0
        self.crossed[slots] = 0


@jit
def _freeze(
    slot: I32, time: I64, now: I64, position: I64, value: F64, frozen: int, within: float,
    on: I8, same: F64, last: I64, since: I64, table: I64,
) -> int:  # fmt: skip
    n = 0
    for i in range(len(slot)):
        s = slot[i]
        if np.isnan(value[i]):
            continue
        if not abs(value[i] - same[s]) <= within:  # so too where nothing is known yet
            if on[s] == 1:
                began = min(since[s], time[i])
                n = emit(table, n, s, time[i], now[i], position[i], i, began)
                table[n - 1, ON_COLUMN] = 0
            on[s], same[s], since[s] = 0, value[i], time[i]
        else:
            since[s] += max(0, time[i] - last[s] - frozen // 2)
        last[s] = time[i]
        if on[s] == 0 and time[i] - since[s] >= frozen:
            n = emit(table, n, s, time[i], now[i], position[i], i, since[s])
            on[s] = 1
    return n


@jit
def _jumps(
    slot: I32, time: I64, value: F64, jump: float, apart: int, before: F64, spoke: I64
) -> Bools:
    hit = np.zeros(len(slot), np.bool_)
    for i in range(len(slot)):
        s = slot[i]
        if np.isnan(value[i]):
            continue
        successive = apart == 0 or time[i] - spoke[s] <= apart
        hit[i] = successive and abs(value[i] - before[s]) > jump
        before[s], spoke[s] = value[i], time[i]
    return hit


@jit
def _crossings(
    slot: I32, time: I64, value: F64, at: float, per: int, side: I8, crossed: I32, times: I64
) -> Bools:
    """Which readings cross the midpoint as the last of enough crossings within `per`."""
    hit = np.zeros(len(slot), np.bool_)
    most = times.shape[1]
    for i in range(len(slot)):
        s = slot[i]
        if np.isnan(value[i]):
            continue
        here = 2 if value[i] >= at else 1
        if side[s] != 0 and side[s] != here:
            times[s, crossed[s] % most] = time[i]
            crossed[s] += 1
            oldest = times[s, crossed[s] % most]
            hit[i] = crossed[s] >= most and time[i] - oldest <= per
        side[s] = here
    return hit
