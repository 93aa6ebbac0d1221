"""Alerts by as little as lists are sorted and lines are drawn by, where there may be thousands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from .models import Alert
from .queries import LISTED, by_danger, matters


def raised_ids() -> list[UUID]:
    """All that `current` would list, however many, in its order."""
    return list(by_danger(Alert.objects.filter(LISTED)).values_list("id", flat=True))


class Tick(NamedTuple):
    """A matter on the line of the day."""

    id: UUID
    worst: str
    start: datetime
    zh: str
    en: str


def ticks_since(at: datetime) -> list[Tick]:
    """Matters that began since that moment, as `raised_since` has them, by as little as draws a
    line of them."""
    rows = matters(at).order_by("start", "id").values_list("id", "worst", "start", "zh", "en")
    return [Tick(*row) for row in rows]


class Standing(NamedTuple):
    """That of an alert by which lists are sorted: the worst it was, its storm, how many it has."""

    worst: str
    parent: UUID | None
    children: int


def standings(ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """How these alerts stand; unknown ids are left out."""
    found = Alert.objects.filter(id__in=set(ids))
    rows = found.values_list("id", "worst", "parent", "children")
    return {id_: Standing(worst, parent, children) for id_, worst, parent, children in rows}
