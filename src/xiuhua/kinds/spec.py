"""What a kind of sensor is: plain values, no behaviour beyond looking a field up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

FieldType = Literal["number", "count", "bool", "choice", "token"]
"""How a field travels: a float, a whole number, true/false, one of a few words, an opaque word."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a reading.

    `unit` is UCUM or SI ("Cel", "dB/m", "Pa"), empty where there is none. `low` and `high` are
    what the instrument could physically say: outside them a message is refused, not merely odd.
    `tokenised` fields (a plate) never come past the door as they are: they become tokens there.
    """

    name: str
    type: FieldType
    zh: str
    en: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    choices_zh: tuple[str, ...] = ()
    nullable: bool = False
    tokenised: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a device of a kind can be told to do; travels as `down/<device>/<name>`."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of sensor: its fields in their fixed order, how often it speaks, its default rules.

    `interval` is the longest time between two readings of a healthy device, or None where it
    speaks only when something passes. `reorder` is how long readings wait in log time to be
    sorted; zero for life safety. `personal` kinds let only their own fields through the door.
    `icon` is the path data of a 24 x 24 SVG. `rules` is TOML, read by `xiuhua.engine.rules`.
    """

    code: str
    zh: str
    en: str
    fields: tuple[Field, ...]
    interval: timedelta | None
    reorder: timedelta = timedelta(seconds=2)
    personal: bool = False
    life_safety: bool = False
    chart: str = ""
    icon: str = ""
    rules: str = ""
    orders: tuple[Order, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    def column(self, name: str) -> int:
        """Where the field stands among the kind's columns; raises KeyError for a foreign name."""
        for at, field in enumerate(self.fields):
            if field.name == name:
                return at
        raise KeyError(name)
