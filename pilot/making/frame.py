"""The plan's own frame: metres east and north of its middle, turned a little as the streets are."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import Any

import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, mapping
from shapely.geometry.base import BaseGeometry

LON, LAT = 121.43, 31.17
METRES_LAT = 110_862.0
METRES_LON = 111_412.84 * math.cos(math.radians(LAT))
TURN = -6.0
"""Degrees: the streets run six degrees clockwise of the compass."""


def chance(purpose: str) -> random.Random:
    """Chance for one purpose: another purpose's draws do not shift it."""
    return random.Random(f"caotian:{purpose}")  # noqa: S311 chance in a drawing is no secret


def wgs84(shape: BaseGeometry) -> BaseGeometry:
    """A shape of the frame in degrees, six decimals (a tenth of a metre)."""
    turned = affinity.rotate(shape, TURN, origin=(0, 0))
    degrees = affinity.affine_transform(turned, [1 / METRES_LON, 0, 0, 1 / METRES_LAT, LON, LAT])
    return shapely.transform(shapely.set_precision(degrees, 1e-6), lambda points: points.round(6))


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a point of the frame."""
    point = wgs84(Point(x, y))
    return round(point.x, 6), round(point.y, 6)


def geojson(shape: BaseGeometry) -> dict[str, Any]:
    """The shape as GeoJSON in degrees."""
    return dict(mapping(wgs84(shape)))


def rounded(shape: BaseGeometry, radius: float) -> BaseGeometry:
    """The shape with its corners rounded off."""
    inner = shape.buffer(-radius, join_style="mitre")
    return inner.buffer(radius, quad_segs=4).simplify(0.15)


def smooth(points: list[tuple[float, float]], rounds: int = 3) -> LineString:
    """A line through the points with its bends cut (Chaikin), ends kept."""
    for _ in range(rounds):
        cut = [points[0]]
        for (ax, ay), (bx, by) in pairwise(points):
            cut += [(0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by)]
            cut += [(0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by)]
        points = [*cut, points[-1]]
    return LineString(points).simplify(0.1)
