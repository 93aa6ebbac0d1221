"""Reads of the places room."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from . import saying
from .models import BASE, Drawing, Kind, Place

STREETS = "street"
"""The site of what stands outdoors: no place of the tree, but a code like one."""
NEAR_M = 200
METRES_A_DEGREE = 111_320
NAMED = (Kind.BUILDING, Kind.SHED, Kind.SPOT, Kind.COMPOUND)
"""What a spot on the map is named after: things that one can stand before."""


def place(code: str) -> Place | None:
    """The place of that code, or None."""
    return Place.objects.filter(code=code).first()


def label(code: str) -> str:
    """A place's label in the reader's language; the code itself where no such place is known."""
    return many_labels([code])[code]


def many_labels(codes: Iterable[str]) -> dict[str, str]:
    """Labels by code in the reader's language, for all the codes given."""
    wanted = set(codes)
    found = Place.objects.in_bulk(wanted)
    others = {STREETS: _("Streets and squares")}
    return {code: found[code].label if code in found else others.get(code, code) for code in wanted}


def spots(codes: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of those of these places that have a spot on the map."""
    found = Place.objects.filter(code__in=set(codes)).values_list("code", "lon", "lat")
    return {code: (lon, lat) for code, lon, lat in found if lon is not None and lat is not None}


def paths(codes: Iterable[str]) -> dict[str, str]:
    """By place, the chain of codes from the top down to it, each followed by "/"."""
    return dict(Place.objects.filter(code__in=set(codes)).values_list("code", "path"))


def above(codes: Iterable[str], kind: str) -> dict[str, str]:
    """By place, the place of that kind that it is or lies in; others are left out."""
    chains = {code: path.rstrip("/").split("/") for code, path in paths(codes).items()}
    every = {code for chain in chains.values() for code in chain}
    of_kind = set(Place.objects.filter(code__in=every, kind=kind).values_list("code", flat=True))
    found = {code: next((c for c in chain if c in of_kind), "") for code, chain in chains.items()}
    return {code: over for code, over in found.items() if over}


def flats(codes: Iterable[str]) -> set[str]:
    """Those of these places that are flats."""
    return set(
        Place.objects.filter(code__in=set(codes), kind=Kind.FLAT).values_list("code", flat=True)
    )


def within(code: str) -> QuerySet[Place]:
    """The place itself and all that lie in it, at any depth; empty for an unknown code."""
    found = place(code)
    return Place.objects.filter(path__startswith=found.path) if found else Place.objects.none()


def sites() -> QuerySet[Place]:
    """The compounds and outdoor areas that devices stand in, in the order of their codes."""
    known = Place.objects.values("site").distinct()
    return Place.objects.filter(code__in=known).exclude(code="").order_by("code")


def site_codes() -> list[str]:
    """The codes of all sites in their order, the streets' last."""
    known = Place.objects.exclude(site__in=("", STREETS)).values_list("site", flat=True)
    return [*known.order_by("site").distinct(), STREETS]


def known(codes: Iterable[str]) -> set[str]:
    """Those of these codes that are places or sites."""
    wanted = set(codes)
    found = Place.objects.filter(code__in=wanted).values_list("code", flat=True)
    return {*found, *(wanted & {STREETS})}


def subdistrict_codes() -> list[str]:
    """The codes of the sub-districts that the house knows."""
    found = Place.objects.filter(kind=Kind.SUBDISTRICT).order_by("code")
    return list(found.values_list("code", flat=True))


def reportable() -> list[tuple[str, str]]:
    """Code and label, in the reader's language, of the places that somebody may report a matter at:
    all but the flats, and what lies above the compounds."""
    above = (Kind.CITY, Kind.DISTRICT, Kind.SUBDISTRICT, Kind.FLAT)
    found = Place.objects.exclude(kind__in=above).order_by("path")
    return [(one.code, one.label) for one in found]


def looked_for(words: str) -> tuple[list[tuple[str, str]], str]:
    """Those of the `reportable` places whose names or address hold all of these words, as people
    say them ("12村31号"), and the code of the one that must be meant, or "": the only one, or the
    only one whose name ends so. That stands first."""
    said = saying.Said(words)
    offered = dict(reportable())
    known = Place.objects.filter(code__in=offered).order_by("path")
    found = [one for one in known if said.fits(one.label_zh, one.label_en, one.address, one.code)]
    just = [one for one in found if said.ends(one.label_zh)] or found
    meant = just[0].code if len(just) == 1 else ""
    found.sort(key=lambda one: one not in just)
    return [(one.code, offered[one.code]) for one in found], meant


def flats_in(building: str) -> list[tuple[str, str]]:
    """Code and name, in the reader's language, of the flats of a building door; of any other place
    none."""
    found = place(building)
    if found is None or found.kind != Kind.BUILDING:
        return []
    english = get_language() == "en"
    flats_ = within(building).filter(kind=Kind.FLAT).order_by("path")
    return [(one.code, one.en if english else one.zh) for one in flats_]


def assignable() -> list[tuple[str, str]]:
    """Code and label of the places that somebody may be made responsible for: all from the
    sub-districts down to the building doors, and the streets."""
    found = Place.objects.exclude(kind__in=(Kind.CITY, Kind.DISTRICT, Kind.FLAT)).order_by("path")
    return [*((one.code, one.label) for one in found), (STREETS, label(STREETS))]


def areas(code: str = "") -> list[tuple[str, str]]:
    """Code and label of what cases are looked for in: sub-districts, committees, compounds, the
    streets; and of that place besides, if it is known."""
    broad = (Kind.SUBDISTRICT, Kind.COMMITTEE, Kind.COMPOUND)
    found = list(Place.objects.filter(kind__in=broad).order_by("path"))
    rows = [(one.code, one.label) for one in found] + [(STREETS, label(STREETS))]
    asked = place(code) if code and code not in dict(rows) else None
    return [(asked.code, asked.label), *rows] if asked else rows


def near(lon: float, lat: float, limit: int = 5) -> list[tuple[Place, float]]:
    """The reportable places nearest to a spot (WGS-84), each with the metres to it, nearest first;
    none farther than `NEAR_M`. Those at one spot by code."""
    dy, narrow = NEAR_M / METRES_A_DEGREE, max(cos(radians(lat)), 0.01)
    box = {
        "lat__range": (lat - dy, lat + dy),
        "lon__range": (lon - dy / narrow, lon + dy / narrow),
    }
    found = [
        (one, hypot((one.lon - lon) * narrow, one.lat - lat) * METRES_A_DEGREE)
        for one in Place.objects.filter(kind__in=NAMED, **box)
        if one.lon is not None and one.lat is not None
    ]
    within = [(one, far) for one, far in found if far <= NEAR_M]
    return sorted(within, key=lambda pair: (pair[1], pair[0].code))[:limit]


def at_address(address: str) -> Place | None:
    """The place with the longest address that stands in this one, the first by code of several, or
    None."""
    known = Place.objects.filter(kind__in=NAMED).exclude(address="").order_by("code")
    fitting = [one for one in known if one.address in address]
    return max(fitting, key=lambda one: len(one.address), default=None)


def grid_at(lon: float, lat: float) -> Place | None:
    """The unit grid whose outline holds that spot, or None."""
    grids = Place.objects.filter(kind=Kind.GRID, geometry__isnull=False).order_by("code")
    return next((one for one in grids if holds(one.geometry, lon, lat)), None)


def holds(geometry: dict[str, Any] | None, lon: float, lat: float) -> bool:
    """Whether a polygon's outer ring holds a spot, by the even-odd rule."""
    if not geometry or geometry.get("type") != "Polygon":
        return False
    ring, inside = geometry["coordinates"][0], False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def subdistrict_of(code: str) -> Place | None:
    """The sub-district that a place lies in, or None."""
    found = place(code)
    above = found.path.rstrip("/").split("/") if found else []
    return Place.objects.filter(code__in=above, kind=Kind.SUBDISTRICT).first()


def drawing() -> str:
    """The base drawing of the map as GeoJSON text; an empty collection before any was laid down."""
    found = Drawing.objects.filter(name=BASE).values_list("body", flat=True).first()
    return found or '{"type":"FeatureCollection","features":[]}'
