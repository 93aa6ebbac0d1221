"""What the dispatch page's map shows: made of the scene and the rows that the page has already, so
that the map costs no further reading. Spots are degrees of WGS-84."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .gathering import NOWHERE, Scene
from .queries import Row

DIGITS = 6
"""A tenth of a metre."""


@dataclass(frozen=True, kw_only=True)
class OrderPin:
    """An order that waits: whether it risks a life, whether a limit holds it, and the accounts of
    the person proposed and of the second best."""

    number: str
    lon: float
    lat: float
    label: str
    life: bool
    held: bool
    best: str | None
    second: str | None


@dataclass(frozen=True, kw_only=True)
class PersonPin:
    """Somebody on duty, where they are reckoned to be."""

    id: str
    lon: float
    lat: float
    name: str
    label: str


@dataclass(frozen=True)
class Pins:
    """All that the map shows. An order that nobody has put on the map has no pin."""

    orders: list[OrderPin]
    people: list[PersonPin]

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers of the orders that are on the map."""
        return frozenset(pin.number for pin in self.orders)

    def told(self) -> dict[str, Any]:
        """As the page's script reads it."""
        return asdict(self)


def pins(of: Scene, rows: Iterable[Row]) -> Pins:
    """The pins of a scene, orders as the list has them. No telephone number is among the words."""
    spots = {order.id: (order.lon, order.lat) for order in of.orders}
    orders = [
        _order(row, *spots[row.case.number]) for row in rows if row.case.number not in of.adrift
    ]
    people = []
    for one in of.people:
        if (one.lon, one.lat) == NOWHERE:
            continue
        member = of.members[one.id]
        hand = ngettext("%(n)d order in hand", "%(n)d orders in hand", one.load) % {"n": one.load}
        team = member.team.name if member.team else ""
        label = _join(member.name, team, hand, _("reckoned to be here"))
        lon, lat = round(one.lon, DIGITS), round(one.lat, DIGITS)
        people.append(PersonPin(id=one.id, lon=lon, lat=lat, name=member.name, label=label))
    return Pins(orders, people)


def _order(row: Row, lon: float, lat: float) -> OrderPin:
    case = row.case
    return OrderPin(
        number=case.number,
        lon=round(lon, DIGITS),
        lat=round(lat, DIGITS),
        label=_join(
            case.title,
            row.where,
            _("Life safety") if case.life_safety else "",
            _("Held: %(why)s") % {"why": row.held} if row.held else "",
            _("proposed: %(who)s") % {"who": row.best_member.name} if row.best_member else "",
        ),
        life=case.life_safety,
        held=row.best is None,
        best=row.best.person if row.best else None,
        second=row.second.person if row.second else None,
    )


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
