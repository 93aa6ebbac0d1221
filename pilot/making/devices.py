"""The ledger: 1,680 sensors, each in its place."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, cycle, islice

from shapely.geometry import Point

from xiuhua.kinds import kind as kind_of
from xiuhua.neighbourhood import Device, Gateway, Place

from .blocks import spread
from .frame import chance, degrees
from .places import Atlas
from .table import KINDS, SENSORS, sensors

NAMES = {
    "smoke": ("烟感", "Smoke detector"),
    "arc": ("电弧探测器", "Arc detector"),
    "door": ("门禁", "Door access"),
    "camera": ("摄像机", "Camera"),
    "face": ("人脸机", "Face gate"),
    "vehicle": ("车辆卡口", "Vehicle checkpoint"),
    "water": ("水压计", "Pressure gauge"),
    "manhole": ("井盖传感器", "Cover sensor"),
    "bikeshed": ("车棚传感器", "Shed sensor"),
    "sniffer": ("嗅探器", "Phone counter"),
}


@dataclass(frozen=True)
class Spot:
    """Where a sensor hangs, with its tags and its own numbers."""

    place: Place
    tags: tuple[str, ...] = ()
    params: tuple[tuple[str, float], ...] = ()


class Ground:
    """A site's places, sorted for those who hang sensors."""

    def __init__(self, atlas: Atlas, site: str) -> None:
        self.atlas, self.site = atlas, site
        self.doors = atlas.of(site, "building")
        self.homes = atlas.of(site, "flat")
        self.sheds = atlas.of(site, "shed")
        self.spots = atlas.of(site, "spot")

    def tagged(self, tag: str) -> list[Place]:
        """The flats and spots that bear a tag."""
        return [place for place in (*self.homes, *self.spots) if tag in place.tags]

    def apart(self, kind: str, wanted: int | None = None) -> list[Place]:
        """As many doors as the site has sensors of the kind, far from each other."""
        wanted = sensors(self.site, kind) if wanted is None else wanted
        if wanted >= len(self.doors):
            return self.doors
        owner = {id(self.atlas.at[place.code]): place for place in self.doors}
        points = [self.atlas.at[place.code] for place in self.doors]
        return [owner[id(point)] for point in spread(points, wanted, f"{self.site}:{kind}")]


def gateways() -> list[Gateway]:
    """One at each site, two in the old compound with many doors and cameras."""
    return [
        Gateway(f"{site}-gw-{number:02}", site, f"{number}号网关", f"Gateway {number}")
        for site in SENSORS
        for number in range(1, 3 if site == "tl04" else 2)
    ]


def devices(atlas: Atlas) -> list[Device]:
    """Every sensor, by site and kind."""
    grounds = {site: Ground(atlas, site) for site in SENSORS}
    return [device for site in SENSORS for kind in KINDS for device in _of(grounds[site], kind)]


def _of(ground: Ground, kind: str) -> Iterator[Device]:
    wanted = sensors(ground.site, kind)
    choosers = STREET if ground.site == "street" else COMPOUND
    spots = list(islice(choosers[kind](ground), wanted)) if wanted else []
    assert len(spots) == wanted, (ground.site, kind, len(spots), wanted)
    draw = chance(f"devices:{ground.site}:{kind}")
    for number, spot in enumerate(spots, 1):
        yield _device(ground.atlas, kind, number, spot, draw)


def _device(atlas: Atlas, kind: str, number: int, spot: Spot, draw: random.Random) -> Device:
    place = spot.place
    at = _hung(atlas, kind, spot, draw)
    lon, lat = degrees(at.x, at.y)
    flat = place.code if place.kind == "flat" else ""
    building = place.parent if flat else place.code if place.kind == "building" else ""
    door = int(building[-3:]) if flat else 0
    zh, en = NAMES[kind]
    return Device(
        id=f"{place.site}-{kind}-{number:04}",
        kind=kind_of(kind).code,
        place=place.code,
        site=place.site,
        building=building,
        flat=flat,
        lon=lon,
        lat=lat,
        under=_gateway(place.site, kind, number, spot.tags),
        tags=spot.tags,
        params=dict(spot.params),
        zh=f"{door}号{place.zh} {zh}" if flat else f"{place.zh} {zh}",
        en=f"{en}, No. {door}, {place.en}" if flat else f"{en}, {place.en}",
    )


def _hung(atlas: Atlas, kind: str, spot: Spot, draw: random.Random) -> Point:
    """Where in its place: locks and lobbies at the entrance (north), views at a corner."""
    middle = atlas.at[spot.place.code]
    if spot.place.kind != "building":
        reach = {"flat": 0.6, "shed": 2.0, "spot": 1.0}[spot.place.kind]
        return Point(middle.x + draw.uniform(-reach, reach), middle.y + draw.uniform(-reach, reach))
    left, bottom, right, top = atlas.shape[spot.place.code].bounds
    if "facade" in spot.tags:
        return Point(left + 0.8, bottom + 0.8)
    east = {"door": 0.0, "face": 2.5, "camera": -2.5, "smoke": 1.5, "arc": -1.5}[kind]
    north = {"smoke": 3.5, "arc": 4.5}.get(kind, 0.5)
    return Point((left + right) / 2 + east, top - north)


def _gateway(site: str, kind: str, number: int, tags: tuple[str, ...]) -> str:
    """Battery sensors in homes and in the ground speak for themselves by radio."""
    if kind == "manhole" or (kind == "smoke" and "home" in tags):
        return ""
    second = site == "tl04" and kind == "door" and number > 42
    return f"{site}-gw-{2 if second else 1:02}"


def _hang(places: Iterable[Place], *tags: str, **params: float) -> Iterator[Spot]:
    return (Spot(place, tags, tuple(params.items())) for place in places)


def _smoke(ground: Ground) -> Iterator[Spot]:
    yield from _hang(ground.tagged("elder_alone"), "home", "elder_alone", limit=0.08)
    yield from _hang(ground.tagged("elder_pair"), "home")
    rest = sensors(ground.site, "smoke")
    yield from _hang(chain(ground.apart("smoke", rest), cycle(ground.doors)), "stairwell")


def _arc(ground: Ground) -> Iterator[Spot]:
    yield from _hang(ground.tagged("elder_alone"), "home", "elder_alone")
    yield from _hang(ground.apart("arc"), "riser", rating=100)


def _door(ground: Ground) -> Iterator[Spot]:
    yield from _hang(sorted(ground.apart("door"), key=lambda door: door.code))


def _camera(ground: Ground) -> Iterator[Spot]:
    """Gates and garden first, then every second shed, then façades and lobbies far apart."""
    yield from _hang(ground.tagged("gate"), "gate", "fire_lane", capacity=150)
    yield from _hang(ground.tagged("garden"), "garden", capacity=300)
    yield from _hang(ground.sheds[::2], "shed", capacity=60)
    views = cycle((("facade",), ("lobby",), ("facade", "construction")))
    for door in ground.apart("camera"):
        yield from _hang([door], *next(views), capacity=80)


def _face(ground: Ground) -> Iterator[Spot]:
    yield from _hang(ground.tagged("gate"), "gate")
    yield from _hang(ground.apart("face"), "lobby")


def _sniffer(ground: Ground) -> Iterator[Spot]:
    yield from _hang(ground.tagged("gate"), "gate")
    yield from _hang(ground.tagged("garden"), "garden")


def _water(ground: Ground) -> Iterator[Spot]:
    yield from _hang(ground.tagged("hydrant"), "hydrant")


def _manhole(ground: Ground) -> Iterator[Spot]:
    for lid in ground.tagged("manhole"):
        yield Spot(lid, lid.tags[1:])


def _vehicle(ground: Ground) -> Iterator[Spot]:
    yield from _hang(cycle(ground.tagged("gate")), "gate")


def _bikeshed(ground: Ground) -> Iterator[Spot]:
    yield from _hang(ground.sheds, watts=8000)


def _shop_smoke(ground: Ground) -> Iterator[Spot]:
    yield from _hang(ground.tagged("shop"), "shop")


def _shop_arc(ground: Ground) -> Iterator[Spot]:
    yield from _hang(ground.tagged("shop")[::2], "shop")


def _street_camera(ground: Ground) -> Iterator[Spot]:
    exits = ground.tagged("metro_exit")
    yield from _hang(chain(exits, exits), "metro_exit", capacity=600)
    for tag in ("stall", "low_lying", "market", "school", "park", "mall"):
        yield from _hang(ground.tagged(tag), tag, capacity=500)
    yield from _hang(ground.tagged("shop")[:3], "road", "stall", capacity=400)
    for place in ground.tagged("crossing"):
        low = ("low_lying",) if "文桂路" in place.zh else ()
        yield from _hang([place], "road", *low, capacity=400)


def _street_sniffer(ground: Ground) -> Iterator[Spot]:
    for tag in ("metro_exit", "market", "mall", "park"):
        yield from _hang(ground.tagged(tag), tag)


Chooser = Callable[[Ground], Iterable[Spot]]
COMPOUND: dict[str, Chooser] = {
    "smoke": _smoke, "arc": _arc, "door": _door, "camera": _camera, "face": _face,
    "vehicle": _vehicle, "water": _water, "manhole": _manhole, "bikeshed": _bikeshed,
    "sniffer": _sniffer,
}  # fmt: skip
STREET: dict[str, Chooser] = {
    "smoke": _shop_smoke, "arc": _shop_arc, "camera": _street_camera, "water": _water,
    "manhole": _manhole, "sniffer": _street_sniffer,
}  # fmt: skip
