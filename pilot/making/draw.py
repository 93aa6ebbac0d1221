"""The base drawing, `map.json`: what lies under the sensors."""

from __future__ import annotations

from typing import Any

from shapely import unary_union
from shapely.geometry import MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from . import streets
from .blocks import Site, Slab
from .frame import chance, geojson


def feature(kind: str, shape: BaseGeometry, **properties: str | float) -> dict[str, Any]:
    """One feature of the drawing."""
    return {
        "type": "Feature",
        "properties": {"kind": kind, **properties},
        "geometry": geojson(shape),
    }


def drawing(sites: list[Site]) -> list[dict[str, Any]]:
    """Every feature, in the order in which it is painted."""
    features = [feature("ground", streets.EDGE, zh="漕田街道", en="Caotian Sub-district")]
    features += _water_and_green()
    features += _roads()
    for code, ground in streets.grounds().items():
        zh, en, _ = streets.PUBLIC[code]
        features.append(feature("public", ground, use=code, zh=zh, en=en))
        features += _public_buildings(code, ground)
    for site in sites:
        features += _compound(site)
    features.append(feature("tree", _street_trees()))
    features += _metro()
    return features


def _water_and_green() -> list[dict[str, Any]]:
    river = streets.RIVER.buffer(streets.RIVER_WIDTH / 2, cap_style="flat")
    bank = streets.RIVER.buffer(streets.RIVER_WIDTH / 2 + streets.BANK, cap_style="flat") - river
    walk = streets.RIVER.offset_curve(streets.RIVER_WIDTH / 2 + 9).simplify(0.5)
    other = streets.RIVER.offset_curve(-(streets.RIVER_WIDTH / 2 + 9)).simplify(0.5)
    return [
        feature("green", bank.simplify(0.3), use="bank"),
        feature("river", river.simplify(0.3), zh="曲溪港", en="Quxi Creek"),
        feature("river_line", streets.RIVER, zh="曲溪港", en="Quxi Creek"),
        feature("path", unary_union([walk, other]), width=2.5),
    ]


def _roads() -> list[dict[str, Any]]:
    return [
        feature("road", road.line, code=road.code, zh=road.zh, en=road.en, width=road.width)
        for road in sorted(streets.ROADS, key=lambda road: road.width)
    ]


def _public_buildings(code: str, ground: Polygon) -> list[dict[str, Any]]:
    """A park has a pond and paths; a school a track; the rest a building that fills most of it."""
    if code == "park":
        middle = ground.centroid
        pond = (middle.buffer(16) | Point(middle.x + 14, middle.y - 20).buffer(13)).buffer(9)
        pond = pond.buffer(-11).simplify(0.4)
        loop = ground.buffer(-10).exterior.simplify(1)
        return [
            feature("green", ground.buffer(-3), use="park"),
            feature("pond", pond),
            feature("path", unary_union([loop, pond.buffer(6).exterior.simplify(0.5)]), width=2.5),
            feature("tree", scatter(ground.buffer(-5) - pond.buffer(9), 70, code)),
        ]
    left, bottom, right, top = ground.buffer(-9).bounds
    if code == "school":
        middle = Point((left + right) / 2 - 22, (bottom + top) / 2)
        line = unary_union([Point(middle.x - 22, middle.y), Point(middle.x + 22, middle.y)])
        track = line.convex_hull.buffer(22)
        wings = [(right - 42, bottom, right, bottom + 13), (right - 42, top - 13, right, top),
                 (right - 13, bottom, right, top)]  # fmt: skip
        hall = unary_union([box(*wing) for wing in wings]) & ground.buffer(-6)
        return [feature("track", track & ground.buffer(-4)), feature("hall", hall)]
    body = ground.buffer(-9, join_style="mitre")
    yard = body.centroid.buffer(9) if code == "hall" else Polygon()
    return [feature("hall", (body - yard).simplify(0.3))]


def _compound(site: Site) -> list[dict[str, Any]]:
    row = site.compound
    lawns = unary_union([_lawn(slab) for slab in site.slabs])
    free = site.fence.buffer(-8) - site.built.buffer(1.2) - unary_union(site.rows).buffer(1.6)
    lawns = (lawns & free) - unary_union(site.spines).buffer(2)
    features = [
        feature("compound", site.fence, code=row.code, zh=row.zh, en=row.en),
        feature("green", lawns, use="lawn"),
        feature("green", site.garden, use="garden"),
        feature("path", unary_union([site.ring, *site.spines]), width=4, site=row.code),
        feature("path", unary_union(site.rows), width=2.5, site=row.code),
        feature("tree", _compound_trees(site, lawns), site=row.code),
    ]
    for slab, label in zip(site.slabs, _labels(site), strict=True):
        about: dict[str, str | float] = {
            "site": row.code,
            "floors": row.style.floors,
            "zh": f"{label}号",
            "en": label,
        }
        features.append(feature("building", slab.shape(), **about))
    features += [feature("shed", shed, site=row.code) for shed in site.sheds]
    features += [feature("gate", gate, site=row.code) for gate in site.gates]
    return features


def _lawn(slab: Slab) -> Polygon:
    """Grass on the sunny side of a slab; all round a tower."""
    if slab.units == slab.style.units == 1:
        return slab.shape().buffer(11)
    left, bottom, right, _ = slab.shape().bounds
    return box(left, bottom - 7, right, bottom - 1.2)


def _labels(site: Site) -> list[str]:
    """What house numbers a slab bears: 29–31."""
    labels, first = [], 1
    for slab in site.slabs:
        last = first + slab.units - 1
        labels.append(f"{first}–{last}" if last > first else f"{first}")
        first = last + 1
    return labels


def scatter(ground: BaseGeometry, count: int, purpose: str) -> MultiPoint:
    """About `count` points inside, no two closer than five metres."""
    draw = chance(f"trees:{purpose}")
    left, bottom, right, top = ground.bounds
    points: list[Point] = []
    for _ in range(count * 12):
        point = Point(draw.uniform(left, right), draw.uniform(bottom, top))
        if ground.contains(point) and all(point.distance(other) > 5 for other in points):
            points.append(point)
        if len(points) == count:
            break
    return MultiPoint(points)


def _compound_trees(site: Site, lawns: BaseGeometry) -> MultiPoint:
    edge = site.fence.buffer(-1.5) - site.fence.buffer(-3.5)
    gates = unary_union(site.gates).buffer(9)
    along = scatter(edge - gates, int(site.fence.length / 16), f"{site.compound.code}:edge")
    inside = scatter(lawns, len(site.slabs) * 2, f"{site.compound.code}:lawn")
    garden = scatter(site.garden.buffer(-2), int(site.garden.area / 90), site.compound.code)
    return unary_union([along, inside, garden])


def _street_trees() -> MultiPoint:
    """Planes on both sides of every road, not on its crossings."""
    roads = streets.ROADS
    trees = []
    for road in roads:
        others = unary_union([other.line.buffer(other.width / 2 + 6) for other in roads
                              if other is not road] + [streets.RIVER.buffer(24)])  # fmt: skip
        for side in (road.width / 2 + 2.2, -(road.width / 2 + 2.2)):
            kerb = road.line.offset_curve(side)
            points = [kerb.interpolate(at) for at in range(4, int(kerb.length), 15)]
            trees += [p for p in points if not others.contains(p) and abs(p.x) < 620]
    return MultiPoint([tree for tree in trees if abs(tree.y) < 480])


def _metro() -> list[dict[str, Any]]:
    features = [
        feature("metro", streets.METRO, zh="轨道交通漕田线", en="Metro Caotian line"),
        feature("station", streets.STATION, zh="漕田路站", en="Caotian Road Station"),
    ]
    features += [
        feature("exit", Point(at), zh=f"{number}号口", en=f"Exit {number}")
        for number, at in streets.EXITS.items()
    ]
    return features
