"""The ledger: 1,680 sensors, each in its place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle, islice

from shapely.geometry import Point

from xiuhua.kinds import kind as kind_of
from xiuhua.neighbourhood import Device, Gateway, Place

from .blocks import spread
from .frame import chance, degrees
from .places import Atlas
from .table import KINDS, SENSORS, sensors

Spot = tuple[Place, tuple[str, ...], dict[str, float]]
"""Where a sensor hangs, with its tags and its own numbers."""


def gateways() -> list[Gateway]:
    """One at each site, two in the old compound with many doors and cameras."""
    boxes = []
    for site in SENSORS:
        for number in range(1, 3 if site == "tl04" else 2):
            boxes.append(Gateway(f"{site}-gw-{number:02}", site, f"{number}号网关",
                                 f"Gateway {number}"))  # fmt: skip
    return boxes


def devices(atlas: Atlas) -> list[Device]:
    """Every sensor, by site and kind."""
    return [device for site in SENSORS for kind in KINDS for device in _of(atlas, site, kind)]


def _of(atlas: Atlas, site: str, kind: str) -> Iterator[Device]:
    wanted = sensors(site, kind)
    chooser = _street if site == "street" else _compound
    spots = list(islice(chooser(atlas, site, kind, wanted), wanted))
    assert len(spots) == wanted, (site, kind, len(spots), wanted)
    draw = chance(f"devices:{site}:{kind}")
    for number, (place, tags, params) in enumerate(spots, 1):
        yield _device(atlas, kind, number, place, tags, params, draw)


def _device(
    atlas: Atlas, kind: str, number: int, place: Place, tags: tuple[str, ...],
    params: dict[str, float], draw: random.Random,
) -> Device:  # fmt: skip
    at = _beside(atlas.at[place.code], place.kind, draw)
    lon, lat = degrees(at.x, at.y)
    site = place.site
    building = (
        place.parent if place.kind == "flat" else place.code if place.kind == "building" else ""
    )
    home = f"{building.rsplit('-b', 1)[-1].lstrip('0')}号" if place.kind == "flat" else ""
    what = kind_of(kind)
    return Device(
        id=f"{site}-{kind}-{number:04}", kind=kind, place=place.code, site=site,
        building=building, flat=place.code if place.kind == "flat" else "", lon=lon, lat=lat,
        under=_gateway(site, kind, number, tags), tags=tags, params=params,
        zh=f"{home}{place.zh} {what.zh}",
        en=f"{what.en}, {('No. ' + home[:-1] + ', ') if home else ''}{place.en}",
    )  # fmt: skip


def _beside(at: Point, kind: str, draw: random.Random) -> Point:
    """Sensors of one place do not lie on top of each other."""
    reach = {"flat": 0.6, "building": 3.5, "shed": 2.0, "spot": 1.0}[kind]
    return Point(at.x + draw.uniform(-reach, reach), at.y + draw.uniform(-reach, reach))


def _gateway(site: str, kind: str, number: int, tags: tuple[str, ...]) -> str:
    """Battery sensors in homes and in the ground speak for themselves by radio."""
    if kind == "manhole" or (kind == "smoke" and "home" in tags):
        return ""
    second = site == "tl04" and kind == "door" and number > 42
    return f"{site}-gw-{2 if second else 1:02}"


def _compound(atlas: Atlas, site: str, kind: str, wanted: int) -> Iterator[Spot]:
    doors = atlas.of(site, "building")
    homes = [place for place in atlas.of(site, "flat")]
    tagged = {
        tag: [home for home in homes if tag in home.tags] for tag in ("elder_alone", "elder_pair")
    }
    spots = {place.code: place for place in atlas.of(site, "spot")}
    gates = [place for place in spots.values() if "gate" in place.tags]
    garden = spots[f"{site}-garden"]
    sheds = atlas.of(site, "shed")
    match kind:
        case "smoke":
            yield from (
                (home, ("home", "elder_alone"), {"limit": 0.08}) for home in tagged["elder_alone"]
            )
            yield from ((home, ("home",), {}) for home in tagged["elder_pair"])
            yield from ((door, ("stairwell",), {}) for door in islice(cycle(doors), wanted))
        case "arc":
            yield from ((home, ("home", "elder_alone"), {}) for home in tagged["elder_alone"])
            yield from (
                (door, ("riser",), {"rating": 100.0})
                for door in _apart(atlas, doors, wanted, "arc")
            )
        case "door":
            yield from (
                (door, (), {})
                for door in sorted(_apart(atlas, doors, wanted, "door"), key=lambda d: d.code)
            )
        case "camera":
            yield from _cameras(atlas, site, doors, gates, garden, sheds)
        case "face":
            yield from ((gate, ("gate",), {}) for gate in gates)
            yield from ((door, ("lobby",), {}) for door in _apart(atlas, doors, wanted, "face"))
        case "vehicle":
            yield from ((gate, ("gate",), {}) for gate in islice(cycle(gates), wanted))
        case "water":
            hydrants = [place for place in spots.values() if "hydrant" in place.tags]
            yield from ((place, ("hydrant",), {}) for place in hydrants)
        case "manhole":
            lids = [place for place in spots.values() if "manhole" in place.tags]
            yield from ((place, place.tags[1:], {}) for place in lids)
        case "bikeshed":
            yield from ((shed, (), {"watts": 8000.0}) for shed in sheds)
        case "sniffer":
            yield from ((gate, ("gate",), {}) for gate in gates)
            yield (garden, (), {})


def _cameras(
    atlas: Atlas, site: str, doors: list[Place], gates: list[Place], garden: Place,
    sheds: list[Place],
) -> Iterator[Spot]:  # fmt: skip
    """Gates and garden first, then every second shed, then façades and lobbies far apart."""
    yield from ((gate, ("gate", "fire_lane"), {"capacity": 80.0}) for gate in gates)
    yield (garden, ("garden",), {"capacity": 150.0})
    yield from ((shed, ("shed",), {}) for shed in sheds[::2])
    views = cycle((("facade",), ("lobby",), ("facade", "construction")))
    for door in _apart(atlas, doors, len(doors), f"camera:{site}"):
        yield (door, next(views), {})


def _apart(atlas: Atlas, places: list[Place], wanted: int, purpose: str) -> list[Place]:
    """That many of the places, far from each other, all of them if there are no more."""
    if wanted >= len(places):
        return places
    points = {id(atlas.at[place.code]): place for place in places}
    chosen = spread([atlas.at[place.code] for place in places], wanted, purpose)
    return [points[id(point)] for point in chosen]


def _street(atlas: Atlas, site: str, kind: str, wanted: int) -> Iterator[Spot]:
    spots = atlas.of(site, "spot")

    def tagged(tag: str) -> list[Place]:
        return [place for place in spots if tag in place.tags]

    exits, shops = tagged("metro_exit"), tagged("shop")
    match kind:
        case "smoke":
            yield from ((shop, ("shop",), {}) for shop in shops)
        case "arc":
            yield from ((shop, ("shop",), {}) for shop in shops[::2])
        case "camera":
            yield from ((place, ("metro_exit",), {"capacity": float(place.capacity or 0)})
                        for place in exits)  # fmt: skip
            for tag in ("stall", "low_lying", "market", "school", "park", "mall"):
                yield from ((place, (tag,), {"capacity": 400.0}) for place in tagged(tag))
            yield from ((place, ("road",), {"capacity": 200.0}) for place in tagged("crossing"))
            yield from ((shop, ("road",), {"capacity": 200.0}) for shop in shops)
        case "water":
            yield from ((place, ("hydrant",), {}) for place in tagged("hydrant"))
        case "manhole":
            yield from ((place, place.tags[1:], {}) for place in tagged("manhole"))
        case "sniffer":
            yield from ((place, ("metro_exit",), {}) for place in exits)
            yield from ((place, (place.tags[0],), {}) for tag in ("market", "mall", "park")
                        for place in tagged(tag))  # fmt: skip
