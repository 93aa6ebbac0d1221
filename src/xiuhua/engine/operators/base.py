"""What an operator is: a setting that a rule writes, a logic that runs, a state that is saved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from xiuhua.engine.columns import Rows
from xiuhua.engine.errors import RuleError
from xiuhua.engine.jit import F64, I32, I64, Bools, jit
from xiuhua.engine.ledger import Ledger
from xiuhua.kinds import Field, Kind

Arrays = dict[str, np.ndarray]
"""A logic's whole state by name; the last axis of each is the slot."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an operator may look at besides its readings: the rule's parameters per slot, which
    slots the rule covers, and the lists."""

    params: Mapping[str, F64]
    covered: Bools
    ledger: Ledger
    kind: Kind


@dataclass(frozen=True, slots=True)
class Firings:
    """n decisions that a level begins (`on`) or ends at a slot.

    `time` is event time; `instant` the log time at which it was decided; `least` the position
    before which it cannot have been; `row` the reading that says why, -1 for the device's last
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
        used = table[:count]
        return Firings(
            slot=used[:, 0].astype(np.int32), on=used[:, ON_COLUMN].astype(np.bool_),
            time=used[:, 2], instant=used[:, 3], least=used[:, 4],
            row=used[:, 5].astype(np.int32), since=used[:, 6],
        )  # fmt: skip


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


class Logic(ABC):
    """What runs. Sees each reading of its rule's kind once, in the order in which they count."""

    HEARS: ClassVar[Literal["arrivals", "applied"]] = "applied"
    """`applied`: sorted readings, once each; `arrivals`: whatever came, as it came."""

    @abstractmethod
    def update(self, rows: Rows, around: Surroundings) -> Firings:
        """Take readings in. `rows.slot` are covered slots only."""

    @abstractmethod
    def tick(self, now: int, around: Surroundings) -> Firings:
        """Log time has come to `now`, ms: whatever fell due until then."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """The state, by reference: saved as it is, restored by writing into `grow`n arrays."""

    @abstractmethod
    def restore(self, arrays: Arrays) -> None:
        """Go on from a saved state."""

    @abstractmethod
    def grow(self, slots: int, now: int) -> None:
        """There are now so many slots; new ones begin at log time `now`."""

    @abstractmethod
    def forget(self, slots: I32, now: int) -> None:
        """The rule has left these slots: as if they had never spoken, from log time `now`."""

    def excuse(self, millis: int) -> None:  # noqa: B027
        """Our own door was shut for so long: what nobody could say counts for nobody's silence and
        ends no level."""


class Operator(ABC):
    """What a rule writes: checked settings, ready to make a logic."""

    NAME: ClassVar[str]
    SETTINGS: ClassVar[set[str]]

    @classmethod
    @abstractmethod
    def read(cls, settings: dict[str, Any], of: Kind, params: frozenset[str]) -> Operator:
        """Check the settings of a `[[rule.level]]`; raises RuleError."""

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
