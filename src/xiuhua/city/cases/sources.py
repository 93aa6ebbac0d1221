"""How a matter becomes known, and what that asks for. Data: a new source is one line."""

from __future__ import annotations

from dataclasses import dataclass

from .clocks import Clock, Limit
from .models import Source
from .ways import Promise


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a source asks for: whether the matter is verified 核实 before it is filed, what is owed
    to who reported it and within how long (None: before the case is closed), whether a name and
    telephone number are asked, and whether it has an order number of its own."""

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

TERMS: dict[Source, Terms] = {
    Source.ALERT: Terms(),
    Source.PATROL: Terms(),
    Source.WEB: Terms(verify=True, owes=_ANSWERED, reporter=True),
    Source.PHONE: Terms(verify=True, owes=_ANSWERED, reporter=True),
    Source.COUNTER: Terms(verify=True, owes=_ANSWERED, reporter=True),
    Source.NEIGHBOUR: Terms(verify=True, owes=_ANSWERED, reporter=True),
    Source.COMMITTEE: Terms(verify=True, owes=_ANSWERED, reporter=True),
    Source.HOTLINE: Terms(verify=True, owes=_HOTLINE, reporter=True, order=True),
    Source.DISTRICT: Terms(order=True),
    Source.SUPERVISION: Terms(order=True),
    Source.DEPARTMENT: Terms(verify=True, order=True),
}

BY_HAND = tuple(source for source in Source if source is not Source.ALERT)
"""Those for which somebody fills in a form."""
