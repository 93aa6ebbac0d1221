"""The numbers of the pilot: compounds, how they are built, and how many sensors each one has."""

from __future__ import annotations

from dataclasses import dataclass

SUBDISTRICT = "310104911"
KINDS = (
    "smoke", "arc", "door", "camera", "face", "vehicle", "water", "manhole", "bikeshed", "sniffer",
)  # fmt: skip
SENSORS: dict[str, tuple[int, ...]] = {  # in the order of KINDS; 1,680 in all
    "tl01": (75, 20, 20, 15, 4, 2, 9, 9, 5, 2),
    "tl02": (60, 16, 16, 13, 4, 3, 8, 9, 5, 3),
    "tl03": (65, 18, 18, 14, 3, 2, 8, 8, 5, 2),
    "tl04": (130, 40, 85, 53, 6, 3, 12, 14, 8, 3),
    "tl05": (55, 15, 16, 12, 3, 2, 7, 8, 4, 2),
    "tl06": (65, 18, 12, 14, 5, 3, 9, 9, 5, 3),
    "tl07": (50, 16, 14, 12, 3, 2, 7, 7, 4, 2),
    "tl08": (72, 20, 22, 15, 4, 2, 9, 9, 5, 2),
    "tl09": (55, 15, 14, 11, 4, 2, 7, 7, 4, 3),
    "tl10": (63, 17, 18, 14, 4, 3, 8, 8, 5, 2),
    "street": (10, 5, 0, 27, 0, 0, 6, 22, 0, 7),
}


def sensors(site: str, kind: str) -> int:
    """How many sensors of a kind a site has."""
    return SENSORS[site][KINDS.index(kind)]


@dataclass(frozen=True)
class Style:
    """How a compound is built, in metres: `unit` is the width of one door's part of a slab."""

    unit: float
    depth: float
    units: int
    gap: float
    spacing: float
    floors: int
    per_floor: int


VILLAGE = Style(unit=17, depth=11, units=3, gap=13, spacing=29, floors=6, per_floor=3)
COURT = Style(unit=22, depth=13, units=2, gap=24, spacing=40, floors=7, per_floor=2)
LANE = Style(unit=14, depth=11, units=4, gap=9, spacing=24, floors=3, per_floor=2)
TOWER = Style(unit=28, depth=20, units=1, gap=32, spacing=50, floors=18, per_floor=4)


@dataclass(frozen=True)
class Compound:
    """One of the ten: `inside` is a point within its block, `doors` its numbered entrances,
    `gates` points outside near which its gates open. Metres of the plan's own frame."""

    code: str
    zh: str
    en: str
    committee: str
    lane: tuple[str, int]
    style: Style
    doors: int
    flats: int
    inside: tuple[float, float]
    gates: tuple[tuple[float, float], ...]


COMPOUNDS = (
    Compound("tl01", "曲溪新村", "Quxi New Village", "jw01", ("曲溪路", 120), VILLAGE, 40, 54,
             (-300, 240), ((-490, 250), (-300, 170), (-160, 260))),
    Compound("tl02", "梧桐苑", "Wutong Court", "jw02", ("望溪路", 66), COURT, 24, 52,
             (60, 300), ((40, 420), (200, 280), (20, 170))),
    Compound("tl03", "长桥里", "Changqiao Lane", "jw02", ("文桂路", 215), LANE, 74, 52,
             (330, 300), ((185, 290), (340, 170))),
    Compound("tl04", "田园十二村", "Tianyuan Village No. 12", "jw03", ("田园路", 88), VILLAGE, 85,
             130, (-320, 20), ((-160, 20), (-320, 180), (-330, -160))),
    Compound("tl05", "永嘉小区", "Yongjia Estate", "jw04", ("田园路", 95), VILLAGE, 28, 52,
             (0, 90), ((-170, 90), (30, 5))),
    Compound("tl06", "文定苑", "Wending Garden", "jw05", ("文桂路", 150), TOWER, 12, 52,
             (330, 0), ((185, 10), (330, -160), (300, 180))),
    Compound("tl07", "南丹坊", "Nandan Lane", "jw04", ("永嘉支路", 18), LANE, 64, 52,
             (20, -70), ((10, 20), (-170, -80))),
    Compound("tl08", "钦州新村", "Qinzhou New Village", "jw06", ("田园路", 32), VILLAGE, 58, 52,
             (-320, -290), ((-160, -320), (-330, -145))),
    Compound("tl09", "柳林公寓", "Liulin Apartments", "jw06", ("柳荫路", 57), TOWER, 14, 52,
             (0, -290), ((10, -145), (10, -420))),
    Compound("tl10", "康健园", "Kangjian Gardens", "jw07", ("柳荫路", 130), COURT, 20, 52,
             (280, -280), ((280, -145), (190, -300), (280, -420))),
)  # fmt: skip

COMMITTEES = {
    "jw01": ("曲溪居民区", "Quxi Residents' Committee"),
    "jw02": ("梧桐居民区", "Wutong Residents' Committee"),
    "jw03": ("田园居民区", "Tianyuan Residents' Committee"),
    "jw04": ("永嘉居民区", "Yongjia Residents' Committee"),
    "jw05": ("文定居民区", "Wending Residents' Committee"),
    "jw06": ("钦州居民区", "Qinzhou Residents' Committee"),
    "jw07": ("康健居民区", "Kangjian Residents' Committee"),
}
