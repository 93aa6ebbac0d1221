"""member: a reading's token stands, or does not stand, on a named list."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xiuhua.engine import durations
from xiuhua.engine.columns import Rows
from xiuhua.engine.conditions import Condition
from xiuhua.engine.control import Device
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import I8, I32, I64, Bools, jit
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
    token_field,
)
from .threshold import read_condition

_LIST = re.compile(r"[a-z][a-z0-9-]*(@(\{site\}|\{building\}|[a-z0-9-]+))?")


@dataclass(frozen=True, slots=True)
class Member(Operator):
    """A token of `field` in (or not in) the list begins the level; without another such reading
    for `clear_after` ms it ends. `{site}` and `{building}` in the list's name are the device's."""

    field: str
    list: str
    inside: bool
    when: Condition | None
    clear_after: int

    NAME: ClassVar[str] = "member"
    PLACES: ClassVar[bool] = True
    SETTINGS: ClassVar[set[str]] = {"field", "list", "is", "when", "clear_after"}

    @classmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Member:
        where = settings.get("is")
        if where not in ("in", "not in"):
            raise RuleError('is 只能是 "in" 或 "not in"。', 'is must be "in" or "not in".')
        return cls(
            field=token_field(settings.get("field"), of).name,
            list=_list_name(settings.get("list")),
            inside=where == "in",
            when=read_condition(settings, "when", of, params) if "when" in settings else None,
            clear_after=durations.parse(settings.get("clear_after", "5m"), "clear_after", least=1),
        )

    def logic(self) -> MemberLogic:
        return MemberLogic(self)

    def explain(self, of: Kind) -> tuple[str, str]:
        field = token_field(self.field, of)
        zh, en = durations.words(self.clear_after)
        when_zh, when_en = condition_words(self.when, of) if self.when else ("", "")
        stands_zh, stands_en = ("在", "is") if self.inside else ("不在", "is not")
        said_zh = f"{when_zh and when_zh + '，且'}{field.zh}{stands_zh}名单 {self.list} 时触发"
        said_en = f"when {when_en and when_en + ' and '}{field.en.lower()} {stands_en} on the list"
        return (
            f"{said_zh}；{zh}内没有再出现即解除",
            f"{said_en} {self.list}; ends after {en} without another",
        )

    def list_of(self, device: Device) -> str:
        """The list's name for a device."""
        return self.list.replace("{site}", device.site).replace("{building}", device.building)


def _list_name(name: object) -> str:
    if not isinstance(name, str) or not _LIST.fullmatch(name):
        raise RuleError(
            f'list 要写成名单名，例如 "vehicles@{{site}}"，现在是 {name!r}。',
            f'list must be the name of a list such as "vehicles@{{site}}"; it is {name!r}.',
        )
    return name


class Lingering(Logic):
    """What begins with a hit and ends `clear_after` ms after the last one. Per slot: whether the
    level is on, event time of the newest hit, when it is due to end: 25 bytes."""

    def __init__(self, clear_after: int) -> None:
        self.clear_after = clear_after
        self.on = np.zeros(0, np.int8)
        self.last = np.zeros(0, np.int64)
        self.due = np.zeros(0, np.int64)
        self.armed = np.zeros(0, np.int64)

    @abstractmethod
    def hits(self, rows: Rows, around: Surroundings) -> Bools:
        """(n,) which readings are hits."""

    def update(self, rows: Rows, around: Surroundings) -> Firings:
        table = np.empty((2 * len(rows), 7), np.int64)
        count = _update(
            rows.slot, rows.time, rows.now, rows.position, self.hits(rows, around),
            self.clear_after, self.on, self.last, self.due, self.armed,
            around.before, table,
        )  # fmt: skip
        return Firings.cut(table, count)

    def tick(self, now: int, around: Surroundings) -> Firings:
        del around
        table = np.empty((len(self.on), 7), np.int64)
        count = _tick(now, self.clear_after, self.on, self.last, self.due, self.armed, table)
        return Firings.cut(table, count)

    def arrays(self) -> Arrays:
        return {"on": self.on, "last": self.last, "due": self.due, "armed": self.armed}

    def soonest(self, seats: I32 | None = None) -> int:
        if seats is None:
            return earliest_of_all(self.on, 1, self.due)
        return earliest(seats, self.on, 1, self.due)

    def forget(self, slots: I32, now: int) -> None:
        del now
        self.on[slots] = 0

    def excuse(self, millis: int) -> None:
        self.due += millis


class MemberLogic(Lingering):
    """What a token on a list begins."""

    def __init__(self, config: Member) -> None:
        super().__init__(config.clear_after)
        self.config = config
        self._known: tuple[Surroundings, list[str], I32] | None = None

    def hits(self, rows: Rows, around: Surroundings) -> Bools:
        tokens = rows.values[around.kind.column(self.config.field)]
        hits: Bools = ~np.isnan(tokens)
        if self.config.when is not None:
            params = {name: array[rows.slot] for name, array in around.params.items()}
            hits &= self.config.when(rows.values, params)[0]
        names, number = self._lists(around)
        asked = number[rows.slot]
        for which in np.unique(asked[hits]).tolist():
            mine = hits & (asked == which)
            known = np.isin(tokens[mine], around.ledger.members(names[which]))
            hits[mine] = known if self.config.inside else ~known
        return hits

    def _lists(self, around: Surroundings) -> tuple[list[str], I32]:
        """The lists that are asked, and which of them at each seat; worked out once for the same
        surroundings."""
        if self._known is None or self._known[0] is not around:
            seats = range(len(around.covered))
            of_seat = [self.config.list_of(around.device_at(seat)) for seat in seats]
            names = sorted(set(of_seat))
            numbers = {name: n for n, name in enumerate(names)}
            number = np.array([numbers[name] for name in of_seat], np.int32)
            self._known = around, names, number
        return self._known[1:]


@jit
def _update(
    slot: I32, time: I64, now: I64, position: I64, hit: Bools, clear_after: int,
    on: I8, last: I64, due: I64, armed: I64, before: I32, table: I64,
) -> int:  # fmt: skip
    n = 0
    for i in range(len(slot)):
        s = slot[i]
        if on[s] == 1 and (due[s] <= now[i] or time[i] - last[s] >= clear_after):
            least = armed[s] if due[s] <= now[i] else position[i]
            end = last[s] + clear_after
            n = emit(table, n, s, end, min(due[s], now[i]), least, before[s], last[s])
            table[n - 1, ON_COLUMN] = 0
            on[s] = 0
        if hit[i]:
            if on[s] == 0:
                n = emit(table, n, s, time[i], now[i], position[i], i, time[i])
                on[s], last[s] = 1, time[i]
            if time[i] >= last[s]:  # at a place, one device may be behind another
                last[s], armed[s], due[s] = time[i], position[i], now[i] + clear_after
        before[s] = i
    return n


@jit
def _tick(now: int, clear_after: int, on: I8, last: I64, due: I64, armed: I64, table: I64) -> int:
    n = 0
    for s in range(len(on)):
        if on[s] == 1 and due[s] <= now:
            n = emit(table, n, s, last[s] + clear_after, due[s], armed[s], -1, last[s])
            table[n - 1, ON_COLUMN] = 0
            on[s] = 0
    return n
