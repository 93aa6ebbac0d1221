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
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit, lean
from xiuhua.engine.ledger import Ledger
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
    def hits(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        """(n,) which readings are hits."""

    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        table = np.empty((2 * len(rows), 7), np.int64)
        count = _update(
            rows.slot, rows.time, rows.now, rows.position, self.hits(rows, around, tried),
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
        self.conditions = (config.when,) if config.when else ()
        self._around: Surroundings | None = None
        self._lists = _Lists([], np.zeros(0, np.int32))

    def hits(self, rows: Rows, around: Surroundings, tried: Bools) -> Bools:
        if self._around is not around:
            self._around, self._lists = around, self._asked(around)
        self._lists.renew(around.ledger)
        tokens = rows.values[around.kind.column(self.config.field)]
        hits = tried[0, 0].copy() if self.conditions else np.ones(len(rows), np.bool_)
        lists = self._lists
        _stands(tokens, lists.of_seat[rows.slot], lists.starts, lists.members,
                self.config.inside, hits)  # fmt: skip
        return hits

    def _asked(self, around: Surroundings) -> _Lists:
        """Which lists are asked, and which of them at each seat."""
        seats = range(len(around.covered))
        of_seat = [self.config.list_of(around.device_at(seat)) for seat in seats]
        numbers = {name: number for number, name in enumerate(sorted(set(of_seat)))}
        return _Lists(list(numbers), np.array([numbers[name] for name in of_seat], np.int32))

    def unmoved(self, seats: I32) -> bool:
        return bool(self.conditions) and not self.on[seats].any()


class _Lists:
    """The members of some lists, sorted, one list after the other."""

    def __init__(self, names: list[str], of_seat: I32) -> None:
        self.names = names
        self.of_seat = of_seat
        self.starts = np.zeros(1, np.int64)
        self.members = np.zeros(0)
        self._listings = -1

    def renew(self, ledger: Ledger) -> None:
        """Take in the lists as they stand, if any has changed."""
        if self._listings == ledger.listings:
            return
        self._listings = ledger.listings
        members = [ledger.members(name) for name in self.names]
        self.starts = np.cumsum([0, *map(len, members)])
        self.members = np.concatenate([*members, np.zeros(0)])


@lean
def _stands(tokens: F64, asked: I32, starts: I64, members: F64, inside: bool, hits: Bools) -> None:
    """Leave those hits whose token is there and stands in (or not in) the list that is asked."""
    for i in range(len(tokens)):
        token = tokens[i]
        if hits[i]:
            low, high = starts[asked[i]], starts[asked[i] + 1]
            end = high
            while low < high:
                middle = (low + high) // 2
                if members[middle] < token:
                    low = middle + 1
                else:
                    high = middle
            known = low < end and members[low] == token
            hits[i] = not np.isnan(token) and known == inside


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
