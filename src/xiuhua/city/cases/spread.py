"""Cases over a stretch of the map: each by itself where they are few, else how many are where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, F, FloatField, Max, Min, QuerySet, Value
from django.db.models.functions import Floor
from django.urls import reverse

from xiuhua.city.access import User

from .models import Case
from .search import ALL_OPEN, Wanted, matching

DOTS = 400
"""So many cases stand by themselves at most."""
COLUMNS, ROWS = 24, 16
"""Into so many fields a stretch is cut where there are more."""


@dataclass(frozen=True)
class Box:
    """A stretch of the map, WGS-84 degrees."""

    west: float
    south: float
    east: float
    north: float


def box(text: str) -> Box:
    """West, south, east, north. Raises ValueError."""
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(text)
    return Box(west, south, east, north)


def open_unless_asked(wanted: Wanted) -> Wanted:
    """A map of what is open, unless a stage, a period or words narrow it down otherwise."""
    narrow = (wanted.stage, wanted.since, wanted.words, wanted.overdue)
    return wanted if any(narrow) else replace(wanted, stage=ALL_OPEN)


def spread(user: User, wanted: Wanted, within: Box, *, now: datetime) -> dict[str, Any]:
    """`dots` or `fields`, ready for JSON; of a field how many there are, and its middle."""
    found = matching(user, open_unless_asked(wanted), now=now).filter(
        lon__gte=within.west, lon__lte=within.east, lat__gte=within.south, lat__lte=within.north
    )
    dots = list(found.order_by()[: DOTS + 1])
    if len(dots) <= DOTS:
        return {"dots": [_dot(case) for case in dots], "fields": []}
    return {"dots": [], "fields": list(_fields(found, within))}


def _dot(case: Case) -> dict[str, Any]:
    return {
        "lon": case.lon, "lat": case.lat, "zh": case.zh, "en": case.en,
        "life_safety": case.life_safety, "open": case.ended is None,
        "url": reverse("cases:case", args=[case.number]),
    }  # fmt: skip


def _fields(found: QuerySet[Case], within: Box) -> Iterable[dict[str, Any]]:
    wide = (within.east - within.west) / COLUMNS
    high = (within.north - within.south) / ROWS
    cut = {
        "column": Floor((F("lon") - Value(within.west)) / Value(wide), output_field=FloatField()),
        "row": Floor((F("lat") - Value(within.south)) / Value(high), output_field=FloatField()),
    }
    rows: QuerySet[Any, Any] = found.select_related(None).order_by().annotate(**cut)
    for row in rows.values("column", "row").annotate(
        n=Count("id"), west=Min("lon"), east=Max("lon"), south=Min("lat"), north=Max("lat")
    ):
        yield {
            "lon": (row["west"] + row["east"]) / 2,
            "lat": (row["south"] + row["north"]) / 2,
            "n": row["n"],
        }
