"""What stands inside a compound's fence: rows of slabs facing south, a garden, sheds, paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from shapely import unary_union
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from .frame import chance, rounded
from .table import Compound, Style, sensors

_T = TypeVar("_T", bound=BaseGeometry)


@dataclass
class Slab:
    """A row of entrances under one roof, its lower left corner at (`x`, `y`)."""

    x: float
    y: float
    units: int
    style: Style

    def shape(self) -> Polygon:
        return box(self.x, self.y, self.x + self.units * self.style.unit, self.y + self.style.depth)

    def unit(self, at: int) -> Polygon:
        left = self.x + at * self.style.unit
        return box(left, self.y, left + self.style.unit, self.y + self.style.depth)


@dataclass
class Site:
    """A compound laid out. `doors` are the footprints of 1号, 2号, … in order."""

    compound: Compound
    fence: Polygon
    slabs: list[Slab]
    garden: Polygon
    rows: list[LineString] = field(default_factory=list)
    spines: list[LineString] = field(default_factory=list)
    sheds: list[Polygon] = field(default_factory=list)
    gates: list[Point] = field(default_factory=list)

    @property
    def doors(self) -> list[Polygon]:
        return [slab.unit(at) for slab in self.slabs for at in range(slab.units)]

    @property
    def built(self) -> BaseGeometry:
        return unary_union([slab.shape() for slab in self.slabs] + self.sheds)

    @property
    def ring(self) -> LineString:
        return LineString(self.fence.buffer(-5.5).exterior.coords).simplify(0.2)


def lay_out(compound: Compound, fence: Polygon) -> Site:
    """Fill the fence with slabs, clear a garden until the number of entrances is right, and add
    what lies between: paths, sheds, gates."""
    slabs = _fill(compound.style, fence.buffer(-10))
    kept, garden = _clear_garden(compound, fence, slabs)
    site = Site(compound, fence, _number(kept), garden)
    _paths(site)
    site.sheds = _sheds(site)
    site.gates = [nearest_points(fence.exterior, Point(at))[0] for at in compound.gates]
    return site


def _steps(low: float, high: float, size: float, gap: float) -> list[float]:
    """Where things of `size` with `gap` between them begin, centred between low and high."""
    count = int((high - low + gap) // (size + gap))
    start = (low + high - count * size - (count - 1) * gap) / 2
    return [start + at * (size + gap) for at in range(count)]


def _fill(style: Style, ground: Polygon) -> list[Slab]:
    left, bottom, right, top = ground.bounds
    wide = style.unit * style.units
    slabs = []
    for y in _steps(bottom, top, style.depth, style.spacing - style.depth):
        for x in _steps(left, right, wide, style.gap):
            slab = _fit(style, x, y, ground)
            if slab:
                slabs.append(slab)
    return slabs


def _fit(style: Style, x: float, y: float, ground: Polygon) -> Slab | None:
    """The longest slab that fits at this place of the raster, cut from either end."""
    for units in range(style.units, max(style.units - 2, 0), -1):
        for skip in range(style.units - units + 1):
            slab = Slab(x + skip * style.unit, y, units, style)
            if ground.contains(slab.shape()):
                return slab
    return None


def _clear_garden(
    compound: Compound, fence: Polygon, slabs: list[Slab]
) -> tuple[list[Slab], Polygon]:
    """Take slabs away around the middle until `doors` entrances are left."""
    spare = sum(slab.units for slab in slabs) - compound.doors
    if spare < 0:
        raise ValueError(f"{compound.code}: {-spare} of {compound.doors} doors find no ground")
    middle = fence.centroid
    removed = []
    for slab in sorted(slabs, key=lambda slab: slab.shape().centroid.distance(middle)):
        if slab.units <= spare:
            removed.append(slab)
            spare -= slab.units
    kept = [slab for slab in slabs if slab not in removed]
    for slab in kept[:spare]:
        slab.units -= 1
    cleared = unary_union([slab.shape().buffer(9) for slab in removed] or [middle.buffer(14)])
    blocked = unary_union([slab.shape().buffer(5) for slab in kept])
    parts = rounded((cleared.buffer(26).buffer(-26) - blocked) & fence.buffer(-9), 7)
    garden = max(getattr(parts, "geoms", [parts]), key=lambda part: part.area)
    return kept, Polygon(garden.exterior)


def _number(slabs: list[Slab]) -> list[Slab]:
    """In the order of the house numbers: row by row from the south, each from the west."""
    return sorted(slabs, key=lambda slab: (slab.y, slab.x))


def _lines(shape: BaseGeometry) -> list[LineString]:
    return [part for part in getattr(shape, "geoms", [shape]) if part.length > 12]


def _paths(site: Site) -> None:
    """A path north of every row, where the entrances are, and one up the gap between columns."""
    style = site.compound.style
    ground = site.fence.buffer(-5.5) - site.garden.buffer(2)
    left, bottom, right, top = site.fence.bounds
    for y in sorted({slab.y for slab in site.slabs}):
        at = y + style.depth + min(4.5, (style.spacing - style.depth) / 2)
        site.rows += _lines(LineString([(left, at), (right, at)]) & ground)
    starts = sorted({slab.x for slab in site.slabs if slab.units == style.units})
    columns = [x for at, x in enumerate(starts) if at and x - starts[at - 1] > style.unit]
    for x in columns[:: max(len(columns) // 2, 1)]:
        at = x - style.gap / 2
        free = ground - site.built.buffer(1)
        site.spines += _lines(LineString([(at, bottom), (at, top)]) & free)


def _sheds(site: Site) -> list[Polygon]:
    """Bike sheds: small roofs south of the slabs' ends, as far from each other as they can be."""
    style = site.compound.style
    taken = site.built.buffer(2.5).union(unary_union(site.rows + site.spines).buffer(1.7))
    ground = site.fence.buffer(-9) - taken - site.garden
    spots = [
        box(x, slab.y - 6.7, x + 11, slab.y - 2.7)
        for slab in site.slabs
        for x in (slab.x, slab.x + slab.units * style.unit - 11)
    ]
    free = [spot for spot in spots if ground.contains(spot)]
    return spread(free, sensors(site.compound.code, "bikeshed"), site.compound.code)


def spread(shapes: list[_T], count: int, purpose: str) -> list[_T]:
    """`count` of the shapes, each next one the farthest from those chosen."""
    if len(shapes) < count:
        raise ValueError(f"{purpose}: {count} wanted, {len(shapes)} there")
    chosen = [chance(f"spread:{purpose}").choice(shapes)]
    while len(chosen) < count:
        cloud = MultiPoint([shape.centroid for shape in chosen])
        chosen.append(max(shapes, key=lambda shape: shape.centroid.distance(cloud)))
    return chosen[:count]
