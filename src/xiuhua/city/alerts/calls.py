"""Whom an alert calls: which kinds of team at once, which further ones when it turns critical."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Called:
    """Kinds of team: `at_once` when a life is at risk, `further` too when it is critical."""

    at_once: tuple[str, ...]
    further: tuple[str, ...] = ()


USUAL = Called(at_once=("guard", "fire", "duty"), further=("property",))
"""Where neither the rule nor its class of case says otherwise."""

CALLED: dict[str, Called] = {
    "fire": Called(at_once=("guard", "fire", "duty"), further=("property", "repair")),
    "manhole": Called(at_once=("guard", "repair", "duty"), further=("management",)),
    "falling-object": Called(at_once=("guard", "property", "duty"), further=("management",)),
    "intrusion": Called(at_once=("guard", "duty"), further=("property",)),
    "break-in": Called(at_once=("guard", "duty"), further=("property",)),
    "fire-no-water": Called(at_once=("fire", "repair", "duty"), further=("guard", "property")),
    "crowd": Called(at_once=("guard", "management", "duty"), further=("fire",)),
    "hydrant": Called(at_once=("repair", "property", "duty"), further=("fire",)),
    "water-main": Called(at_once=("repair", "property", "duty"), further=("fire",)),
}
"""By rule id or by class of case; the rule's own line wins."""


def team_kinds(*, rule: str, case: str, life_safety: bool, level: str) -> tuple[str, ...]:
    """The kinds of team to call for an alert of this rule at this level, in order.

    Only life safety calls at once; anything else calls when it is critical, and then all of them.
    """
    called = CALLED.get(rule) or CALLED.get(case) or USUAL
    if level == "critical":
        return called.at_once + called.further
    return called.at_once if life_safety else ()
