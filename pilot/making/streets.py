"""Roads, river, blocks between them, and what is public: the part of the plan nobody lives in."""

from __future__ import annotations

from dataclasses import dataclass

from shapely import unary_union
from shapely.geometry import LineString, Point, Polygon, box
from shapely.ops import polygonize

from .frame import rounded, smooth
from .table import COMPOUNDS


@dataclass(frozen=True)
class Road:
    """A road by its middle line; `width` from kerb to kerb in metres."""

    code: str
    zh: str
    en: str
    width: float
    line: LineString


ROADS = (
    Road("road-caotian", "漕田路", "Caotian Road", 30,
         smooth([(-640, 150), (-470, 162), (-160, 178), (60, 172), (190, 170), (420, 190),
                 (660, 184)])),
    Road("road-liuyin", "柳荫路", "Liuyin Road", 20,
         smooth([(-640, -135), (-400, -146), (-170, -152), (185, -150), (420, -140), (660, -150)])),
    Road("road-wangxi", "望溪路", "Wangxi Road", 18,
         smooth([(-640, 398), (-300, 404), (60, 412), (330, 400), (660, 412)])),
    Road("road-guixiang", "桂香路", "Guixiang Road", 18,
         smooth([(-640, -400), (-300, -412), (0, -414), (300, -404), (660, -412)])),
    Road("road-quxi", "曲溪路", "Quxi Road", 18,
         smooth([(-498, 520), (-486, 300), (-472, 60), (-480, -180), (-500, -520)])),
    Road("road-tianyuan", "田园路", "Tianyuan Road", 22,
         smooth([(-176, 520), (-168, 300), (-160, 100), (-172, -120), (-166, -300), (-158, -520)])),
    Road("road-wengui", "文桂路", "Wengui Road", 22,
         smooth([(198, 520), (190, 300), (186, 60), (196, -160), (188, -340), (182, -520)])),
    Road("road-yongjia", "永嘉支路", "Yongjia Branch Road", 12,
         smooth([(-170, 6), (-40, 14), (90, 8), (193, 12)])),
)  # fmt: skip
RIVER = smooth([
    (512, 560), (492, 380), (522, 200), (500, 40), (474, -110), (446, -260), (392, -400),
    (380, -560),
])  # fmt: skip
RIVER_WIDTH = 30
BANK = 20
"""Metres of green beside the river that no compound may fence in."""

METRO = smooth([(-640, 150), (-470, 162), (-160, 178), (60, 172), (190, 170), (420, 190),
                (660, 184)])  # fmt: skip
STATION = box(-58, 164, 82, 184)


def _kerb(x: float, side: int) -> tuple[float, float]:
    """A point of the main road's pavement, north (1) or south (-1) of it."""
    middle = METRO.intersection(LineString([(x, 0), (x, 400)]))
    return x, middle.y + side * 17.5


EXITS = {1: _kerb(-62, 1), 2: _kerb(84, 1), 3: _kerb(86, -1), 4: _kerb(-60, -1)}

PUBLIC = {
    "school": ("曲溪小学", "Quxi Primary School", box(-500, 302, -320, 420)),
    "hall": ("漕田街道指挥中心", "Caotian command centre", box(-180, 160, -78, 262)),
    "mall": ("永嘉广场", "Yongjia Plaza", box(96, 84, 200, 190)),
    "market": ("田园菜市场", "Tianyuan food market", box(-262, -236, -150, -140)),
    "park": ("文定公园", "Wending Park", box(392, -20, 540, 200)),
    "clinic": ("社区卫生服务中心", "Community health centre", box(104, -246, 210, -140)),
}


def _edge() -> Polygon:
    """The sub-district: within the outer roads' middle lines and the river's."""
    ring = box(-600, -500, 620, 500)
    lines = [road.line for road in ROADS if road.width == 18] + [RIVER]
    cells = polygonize(unary_union([ring.exterior, *lines]))
    return next(cell for cell in cells if cell.contains(Point(0, 0)))


EDGE = _edge()


def blocks() -> dict[str, Polygon]:
    """Each compound's block: the ground between the middle lines of the roads around it."""
    lines = [road.line for road in ROADS] + [EDGE.exterior]
    cells = [cell for cell in polygonize(unary_union(lines)) if EDGE.buffer(1).contains(cell)]
    return {
        place.code: next(cell for cell in cells if cell.contains(Point(place.inside)))
        for place in COMPOUNDS
    }


def paved() -> Polygon:
    """Roads with their pavements, and the river with its bank: where nothing may be built."""
    roads = [road.line.buffer(road.width / 2 + 5) for road in ROADS]
    return unary_union([*roads, RIVER.buffer(RIVER_WIDTH / 2 + BANK)])


def outlines() -> dict[str, Polygon]:
    """Each compound's fence."""
    taken = unary_union([paved(), *(ground.buffer(4) for _, _, ground in PUBLIC.values())])
    return {code: rounded(block - taken, 9) for code, block in blocks().items()}


def grounds() -> dict[str, Polygon]:
    """The ground of each public place."""
    free = unary_union(list(blocks().values())) - unary_union(
        [road.line.buffer(road.width / 2 + 5) for road in ROADS] + [RIVER.buffer(RIVER_WIDTH / 2)]
    )
    return {code: rounded(ground & free, 7) for code, (_, _, ground) in PUBLIC.items()}
