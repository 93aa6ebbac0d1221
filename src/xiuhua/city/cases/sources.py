"""How a matter becomes known, and what that asks for. Data: a new source is one line."""

from __future__ import annotations

from dataclasses import dataclass

from xiuhua.city.access import ROLES, User, may, role_of

from .clocks import Clock, Limit
from .models import Source
from .ways import Promise


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a source asks for: whether the matter is verified 核实 before it is filed, what is owed
    to who reported it and within how long (None: before the case is closed), whether a name and
    telephone number are asked, whether it has an order number of its own, and which roles bring
    matters in by it: what is not verified first is for those who know it to be so."""

    by: frozenset[str]
    verify: bool = False
    owes: tuple[tuple[Promise, Limit | None], ...] = ()
    reporter: bool = False
    order: bool = False


_ANSWERED = ((Promise.CALL_BACK, None),)
_HOTLINE = (
    (Promise.CONTACT, Limit(Clock.WORKDAYS, 1)),
    (Promise.ANSWER, Limit(Clock.WORKDAYS, 5)),
    (Promise.CALL_BACK, None),
)

_WHOEVER = frozenset(role for role, tries in ROLES.items() if "case.report" in tries)
_TAKES_IN = frozenset({"acceptor", "duty_officer", "shift_leader"})
_WITH_PEOPLE = _WHOEVER - {"district_officer"}
_ON_THE_SPOT = _TAKES_IN | {"gate_guard", "grid_supervisor"}
_FROM_ABOVE = frozenset({"acceptor", "district_officer", "shift_leader"})

TERMS: dict[Source, Terms] = {
    Source.ALERT: Terms(by=frozenset()),
    Source.PATROL: Terms(by=_ON_THE_SPOT),
    Source.WEB: Terms(by=_TAKES_IN, verify=True, owes=_ANSWERED, reporter=True),
    Source.PHONE: Terms(by=_WHOEVER, verify=True, owes=_ANSWERED, reporter=True),
    Source.COUNTER: Terms(by=_WITH_PEOPLE, verify=True, owes=_ANSWERED, reporter=True),
    Source.NEIGHBOUR: Terms(by=_WITH_PEOPLE, verify=True, owes=_ANSWERED, reporter=True),
    Source.COMMITTEE: Terms(by=_WITH_PEOPLE, verify=True, owes=_ANSWERED, reporter=True),
    Source.HOTLINE: Terms(by=_TAKES_IN, verify=True, owes=_HOTLINE, reporter=True, order=True),
    Source.DISTRICT: Terms(by=_FROM_ABOVE, order=True),
    Source.SUPERVISION: Terms(by=_FROM_ABOVE, order=True),
    Source.DEPARTMENT: Terms(by=_TAKES_IN | _FROM_ABOVE, verify=True, order=True),
}

BY_HAND = tuple(source for source in Source if source is not Source.ALERT)
"""Those for which somebody fills in a form."""


def open_to(user: User) -> tuple[Source, ...]:
    """The sources by which this person brings matters in."""
    if not may(user, "case.report"):
        return ()
    return tuple(source for source in BY_HAND if role_of(user) in TERMS[source].by)
