"""What an operator is: a setting that a rule writes, a logic that runs, a state that is saved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from xiuhua.engine.columns import Rows
from xiuhua.engine.conditions import Condition
from xiuhua.engine.control import Device
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import F64, I8, I32, I64, Bools, jit
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.schedule import FOREVER
from xiuhua.kinds import Field, Kind

Hears: TypeAlias = Literal["applied", "arrivals"]
"""`applied`: sorted readings, once each; `arrivals`: whatever came, as it came."""

Arrays = dict[str, np.ndarray]
"""A logic's whole state by name; the first axis of each is the seat."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an operator may look at besides its readings. A *seat* is a rule's place for one subject
    (a device, a building …); everything is by seat.

    `params` are the rule's; `covered` says which seats are taken; `device_at` gives a seat's device
    (for a place: its first, whoever spoke last); `before` is scratch, -1 everywhere between two
    calls.
    """

    params: Mapping[str, F64]
    covered: Bools
    device_at: Callable[[int], Device]
    ledger: Ledger
    kind: Kind
    before: I32


@dataclass(frozen=True, slots=True)
class Firings:
    """n decisions that a level begins (`on`) or ends at a seat.

    `time` is event time; `instant` the log time at which it was decided; `least` the position
    before which it cannot have been; `row` the reading that says why, -1 for the seat's last
    one before this stretch; `since` when the condition began.
    """

    slot: I32
    on: Bools
    time: I64
    instant: I64
    least: I64
    row: I32
    since: I64

    @staticmethod
    def cut(table: I64, count: int) -> Firings:
        """The first `count` rows of a kernel's table of seven columns."""
        if not count:
            return NONE
        used = table[:count]
        return Firings(
            slot=used[:, 0].astype(np.int32), on=used[:, ON_COLUMN].astype(np.bool_),
            time=used[:, 2], instant=used[:, 3], least=used[:, 4],
            row=used[:, 5].astype(np.int32), since=used[:, 6],
        )  # fmt: skip


_SHORT, _LONG = np.zeros(0, np.int32), np.zeros(0, np.int64)
NONE = Firings(_SHORT, np.zeros(0, np.bool_), _LONG, _LONG, _LONG, _SHORT, _LONG)
"""Nothing was decided."""

ON_COLUMN = 1


@jit
def emit(
    table: I64, n: int, slot: int, time: int, instant: int, least: int, row: int, since: int
) -> int:
    """Write a decision that a level begins as row `n` of a kernel's table; returns the next n."""
    table[n, 0] = slot
    table[n, ON_COLUMN] = 1
    table[n, 2] = time
    table[n, 3] = instant
    table[n, 4] = least
    table[n, 5] = row
    table[n, 6] = since
    return n + 1


@jit
def earliest(seats: I32, flag: I8, mask: int, due: I64) -> int:
    """The first `due` among those of the seats whose flag has a bit of the mask, or FOREVER."""
    first = FOREVER
    for k in range(len(seats)):
        s = seats[k]
        if flag[s] & mask and due[s] < first:
            first = due[s]
    return first


@jit
def earliest_of_all(flag: I8, mask: int, due: I64) -> int:
    """The same over all seats."""
    first = FOREVER
    for s in range(len(flag)):
        if flag[s] & mask and due[s] < first:
            first = due[s]
    return first


class Logic(ABC):
    """What runs. Sees each reading of its rules' kinds once, in the order in which they count.
    In what it is handed, `rows.slot` are seats."""

    HEARS: ClassVar[Hears] = "applied"

    conditions: tuple[Condition, ...] = ()
    """What whoever lets it run tries beforehand on the readings that it is handed, all rules at
    once. Where there are any, what begins the level is the first."""

    said: F64 | None = None
    """(words, n): for each reading of the newest `update`, the numbers that `Operator.WORDS`
    name."""

    @abstractmethod
    def update(self, rows: Rows, around: Surroundings, tried: Bools) -> Firings:
        """Take readings in; `tried` is (2, conditions, n), where each of its conditions surely
        holds and where it surely does not."""

    def unmoved(self, seats: I32) -> bool:
        """Whether readings at these seats change nothing of which the first of its conditions does
        not surely hold."""
        del seats
        return False

    def only_listens(self) -> bool:
        """Whether readings change nothing now but when each seat was heard, as long as nothing
        falls due: then `hear` is told of them, in any order, in place of `update`."""
        return False

    def hear(self, seats: I32, arrival: I64) -> None:
        """These seats were heard."""
        raise NotImplementedError("who only listens hears")

    @abstractmethod
    def tick(self, now: int, around: Surroundings) -> Firings:
        """Log time has come to `now`, ms: whatever fell due until then."""

    def soonest(self, seats: I32 | None = None) -> int:
        """The log time at which, if no reading came, something would next fall due, at these seats
        or at all; FOREVER for never. Something earlier only costs time."""
        del seats
        return FOREVER

    @abstractmethod
    def arrays(self) -> Arrays:
        """The state, by reference; each array is an attribute of that name."""

    def restore(self, arrays: Arrays) -> None:
        """Go on from a saved state."""
        for name, array in arrays.items():
            setattr(self, name, array)

    def grow(self, seats: int, now: int) -> None:
        """There are now so many seats; new ones begin at log time `now`."""
        first = min(len(array) for array in self.arrays().values())
        for name, array in self.arrays().items():
            setattr(self, name, roomier(array, seats))
        self.forget(np.arange(first, seats, dtype=np.int32), now)

    @abstractmethod
    def forget(self, slots: I32, now: int) -> None:
        """These seats begin anew: as if they had never spoken, from log time `now`."""

    def widen(self, members: int) -> bool:
        """So many devices have a say at one place at most; returns whether the state of every seat
        has grown for it."""
        del members
        return False

    def recount(self, seat: int, former: Sequence[int]) -> None:  # noqa: B027
        """Other devices have a say at this place now: its k-th was its `former[k]`-th, -1 for
        none."""

    def excuse(self, millis: int) -> None:  # noqa: B027
        """Our own door was shut for so long: what nobody could say counts for nobody's silence and
        ends no level."""


def roomier(array: np.ndarray, seats: int) -> np.ndarray:
    """The array with `seats` rows, new ones zero. It has half as many in reserve: NumPy's zeros
    take no memory before they are written to, while a copy of millions of cells does."""
    whole = array if array.base is None else array.base
    assert isinstance(whole, np.ndarray), "our own arrays only"
    if len(whole) < seats:
        whole = np.zeros((max(seats, len(whole) * 3 // 2), *array.shape[1:]), array.dtype)
        whole[: len(array)] = array
    return whole[:seats]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a rule over places asks of one kind: how far a condition holds (1 where it is
    surely true, else 0), or the number in a field."""

    kind: Kind
    when: Condition | None = None
    field: str = ""

    def column(self, values: F64, params: Mapping[str, F64]) -> F64:
        """(n,) what it is for each of the kind's readings; `values` is (fields, n)."""
        if self.when is None:
            return values[self.kind.column(self.field)] if self.field else np.ones(values.shape[1])
        surely, _ = self.when(values, params)
        return surely.astype(np.float64)


class Operator(ABC):
    """What a rule writes: checked settings, ready to make a logic."""

    NAME: ClassVar[str]
    SETTINGS: ClassVar[set[str]]

    WORDS: ClassVar[tuple[str, ...]] = ()
    """Numbers of its own that a rule's sentence may name."""

    PLACES: ClassVar[bool] = False
    """Whether it makes sense of readings of several devices of a kind, one after the other."""

    @classmethod
    @abstractmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Operator:
        """Check the settings of a `[[rule.level]]`; raises RuleError."""

    @classmethod
    def join(
        cls, settings: dict[str, Any], kinds: tuple[Kind, ...], params: frozenset[str]
    ) -> Operator:
        """The same for a rule about places, or over several kinds."""
        if len(kinds) > 1:
            raise RuleError(
                f"{cls.NAME} 只能看一种传感器。", f"{cls.NAME} can watch one kind only."
            )
        return cls.read(settings, kinds[0], params)

    def asks(self) -> tuple[Part, ...]:
        """What it asks of which kind, where it joins several: its logic's `rows.values` are then
        (parts, n), NaN for what is not of the reading's kind, and `rows.line` says which member."""
        return ()

    @abstractmethod
    def logic(self) -> Logic:
        """A logic that has seen nothing yet."""

    @abstractmethod
    def explain(self, of: Kind) -> tuple[str, str]:
        """What it does, in Chinese and English, with its numbers and units."""


def token_field(name: object, of: Kind) -> Field:
    """The kind's token field of that name; raises RuleError."""
    field = of.field(name) if isinstance(name, str) else None
    if field is None or field.type != "token":
        tokens = ", ".join(f.name for f in of.fields if f.type == "token") or "-"
        raise RuleError(
            f"field 要是{of.zh}的标识字段（{tokens}），现在是 {name!r}。",
            f"field must be a token field of {of.code} ({tokens}); it is {name!r}.",
        )
    return field
