"""Which alerts are one matter: rows of data over plain facts, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from math import cos, hypot, radians

DEGREE = 111_320.0
"""Metres of one degree of latitude."""


@dataclass(frozen=True)
class Row:
    """Alerts whose rule or class of case is among `words` belong together within `scope` and
    `minutes`; `metres` is for that scope alone."""

    code: str
    words: tuple[str, ...]
    scope: str
    minutes: int = 10
    metres: int = 0


USUAL = (
    Row("flapping", ("*",), "device"),
    Row("network", ("*-silent",), "gateway"),
    Row("fire", ("fire", "gas-leak", "electric-fault", "shed-heat", "elder-smoke-early",
                 "arc-overload", "arc-quiet"), "building"),
    Row("break-in", ("intrusion", "break-in", "door-held"), "building"),
    Row("water", ("drain", "water-main", "hydrant", "fire-no-water", "standing-water"), "metres",
        minutes=15, metres=150),
)  # fmt: skip
"""The house's own; a row of the database with the same code stands before it."""


@dataclass(frozen=True)
class Facts:
    """What must be known of an alert to see what it belongs to; "" and None: not known."""

    id: str
    rule: str
    case_class: str
    subject: str
    start: datetime
    site: str = ""
    home: str = ""
    building: str = ""
    gateway: str = ""
    spot: tuple[float, float] | None = field(default=None)


def kin(new: Facts, others: Sequence[Facts], rows: Sequence[Row]) -> tuple[Facts, Row] | None:
    """The alert that a new one belongs to, the nearest in time, by the first row that says so; None
    where it stands alone."""
    for row in rows:
        if not _named(new, row):
            continue
        span = timedelta(minutes=row.minutes)
        near = [
            other
            for other in others
            if other.id != new.id
            and abs(other.start - new.start) <= span
            and _named(other, row)
            and _together(new, other, row)
        ]
        if near:
            return min(near, key=lambda other: (abs(other.start - new.start), other.id)), row
    return None


def _named(one: Facts, row: Row) -> bool:
    said = [word for word in (one.rule, one.case_class) if word]
    return any(fnmatchcase(word, pattern) for word in said for pattern in row.words)


def _together(one: Facts, other: Facts, row: Row) -> bool:
    if row.scope == "device":
        return one.subject == other.subject and bool(one.rule) and one.rule == other.rule
    if row.scope == "metres":
        return _metres(one.spot, other.spot) <= row.metres
    here: str = getattr(one, row.scope)
    return bool(here) and here == getattr(other, row.scope)


def _metres(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float:
    if one is None or other is None:
        return float("inf")
    east = (one[0] - other[0]) * cos(radians(one[1]))
    return hypot(east, one[1] - other[1]) * DEGREE
