"""Writes of the places room. What the engine must know of places leaves through the outbox, in the
same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

import msgspec
from django.db import transaction

from xiuhua.city import outbox
from xiuhua.engine import control

from .models import BASE, Drawing, Kind, Place

_UNNAMED_ABOVE = {Kind.CITY, Kind.DISTRICT, Kind.SUBDISTRICT, Kind.COMMITTEE, Kind.GRID}
"""Kinds whose name does not begin the label of what lies in them."""

_FIELDS = (
    "kind", "parent", "zh", "en", "label_zh", "label_en", "path", "address",
    "site", "lon", "lat", "geometry", "tags", "capacity",
)  # fmt: skip
_CHUNK = 500
"""Most places in one control record."""


class NewPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place as it is put into the tree; see `models.Place`."""

    code: str
    kind: str
    zh: str
    en: str
    parent: str | None = None
    address: str = ""
    site: str = ""
    lon: float | None = None
    lat: float | None = None
    geometry: dict[str, object] | None = None
    tags: list[str] = []
    capacity: int | None = None


class NoParent(ValueError):
    """A place names a parent that is neither in the tree nor put before it."""

    def __init__(self, code: str, parent: str) -> None:
        super().__init__(
            f"Place {code} lies in {parent}, which is not known; put {parent} first. "
            "Nothing was written."
        )


@transaction.atomic
def put(*, places: Iterable[NewPlace]) -> int:
    """Put places into the tree, parents before their children; known codes are overwritten. What
    they hold becomes the parameter `capacity` of the rules there.

    Returns how many; raises NoParent, writing nothing.
    """
    known = {place.code: place for place in Place.objects.all()}
    held = {code: place.capacity for code, place in known.items()}
    fresh = [_placed(new, known) for new in places]
    Place.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=_FIELDS,
        batch_size=500,
    )
    _on_the_road(place for place in fresh if place.capacity != held.get(place.code))
    return len(fresh)


def put_drawing(*, body: str) -> None:
    """Lay down the base drawing of the map: a GeoJSON FeatureCollection as text."""
    Drawing.objects.update_or_create(name=BASE, defaults={"body": body})


def _placed(new: NewPlace, known: dict[str, Place]) -> Place:
    if new.parent is not None and new.parent not in known:
        raise NoParent(new.code, new.parent)
    above = known[new.parent] if new.parent else None
    place = Place(
        code=new.code,
        kind=new.kind,
        parent=above,
        zh=new.zh,
        en=new.en,
        label_zh=_label(above, new.zh, "zh"),
        label_en=_label(above, new.en, "en"),
        path=f"{above.path if above else ''}{new.code}/",
        address=new.address,
        site=new.site,
        lon=new.lon,
        lat=new.lat,
        geometry=new.geometry,
        tags=new.tags,
        capacity=new.capacity,
    )
    known[new.code] = place
    return place


def _on_the_road(changed: Iterable[Place]) -> None:
    """Tell the engine these places' parameters; it forgets one that has none left."""
    told = [control.Place(place.code, _params(place)) for place in changed]
    outbox.put_many(
        (uuid4().hex, control.PlacesSet(tuple(told[start : start + _CHUNK])))
        for start in range(0, len(told), _CHUNK)
    )


def _params(place: Place) -> dict[str, float]:
    return {} if place.capacity is None else {"capacity": float(place.capacity)}


def _label(above: Place | None, name: str, language: str) -> str:
    """Chinese goes from the large to the small, English from the small to the large."""
    if above is None or above.kind in _UNNAMED_ABOVE:
        return name
    if language == "zh":
        return f"{above.label_zh} {name}"
    return f"{name}, {above.label_en}"
