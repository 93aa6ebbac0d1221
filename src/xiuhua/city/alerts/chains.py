"""Whom an alert calls further while nobody answers: rung after rung, each with its patience."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Rung:
    """After `patience` without an answer: these kinds of team and the people of these offices."""

    patience: timedelta
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


LIFE = (
    Rung(timedelta(seconds=60), kinds=("property",), roles=("shift_leader",)),
    Rung(timedelta(seconds=120), kinds=("repair", "management"), roles=("subdistrict_head",)),
    Rung(timedelta(seconds=120), roles=("police_head", "district_officer")),
)
"""Where a life may be at risk: minutes."""

CRITICAL = (
    Rung(timedelta(minutes=5), roles=("shift_leader",)),
    Rung(timedelta(minutes=15), roles=("subdistrict_head",)),
)
"""For whatever else is critical."""


def chain(*, life_safety: bool) -> tuple[Rung, ...]:
    """The rungs for an alert that has called somebody."""
    return LIFE if life_safety else CRITICAL
