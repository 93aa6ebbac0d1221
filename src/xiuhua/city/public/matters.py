"""What people report, in their own words rather than the standard's: each leads to a class of case.
A new one is one line; one whose class this sub-district does not have is not offered."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xiuhua.city.cases.intake import (
    CaseClass,
    classes,
)


@dataclass(frozen=True, kw_only=True)
class Matter:
    """A matter as it stands on the button. `danger`: a life may be at risk."""

    case_class: str
    words: Promise
    danger: bool = False


MATTERS = (
    Matter(case_class="fire", words=_("Fire or smoke"), danger=True),
    Matter(case_class="gas-leak", words=_("A smell of gas"), danger=True),
    Matter(case_class="person-danger", words=_("A person is in danger"), danger=True),
    Matter(case_class="lift", words=_("Somebody is stuck in a lift"), danger=True),
    Matter(case_class="manhole", words=_("A manhole is open"), danger=True),
    Matter(case_class="falling-object", words=_("Things fall from above"), danger=True),
    Matter(case_class="rubbish", words=_("Rubbish lies about")),
    Matter(case_class="hall-clutter", words=_("Things stand in the hallway")),
    Matter(case_class="fire-lane", words=_("The fire lane is blocked")),
    Matter(case_class="ebike-indoors", words=_("E-bikes in the building")),
    Matter(case_class="parking", words=_("Badly parked vehicles")),
    Matter(case_class="street-lamp", words=_("A street lamp is out")),
    Matter(case_class="door-machine", words=_("The door of the house is broken")),
    Matter(case_class="road-broken", words=_("The road or pavement is broken")),
    Matter(case_class="standing-water", words=_("Water on the road")),
    Matter(case_class="water-main", words=_("A burst pipe, no water")),
    Matter(case_class="electric-fault", words=_("Trouble with electricity")),
    Matter(case_class="noise", words=_("Noise")),
    Matter(case_class="neighbours", words=_("Trouble between neighbours")),
    Matter(case_class="care-check", words=_("Somebody needs looking after")),
    Matter(case_class="property-service", words=_("The property service does not come")),
    Matter(case_class="device-care", words=_("A device is broken")),
    Matter(case_class="public-service", words=_("Something else")),
)


def matters() -> list[Matter]:
    """Those that this sub-district has a class for. A class at which a life may be at risk counts
    as a danger whatever this table says."""
    known = {one.code: one for one in classes()}
    return [_as(known[one.case_class], one) for one in MATTERS if one.case_class in known]


def _as(case_class: CaseClass, one: Matter) -> Matter:
    danger = one.danger or case_class.life_safety
    return Matter(case_class=one.case_class, words=one.words, danger=danger)


def matter(case_class: str) -> Matter | None:
    """The matter of that class, or None where the public is not offered it."""
    return next((one for one in matters() if one.case_class == case_class), None)
