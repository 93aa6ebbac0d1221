"""The tree of places: city to flat, with the grids, sheds and spots beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from shapely import unary_union
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from xiuhua.neighbourhood import Place
from xiuhua.neighbourhood.rows import PlaceKind

from . import streets
from .blocks import Site, spread
from .frame import chance, degrees, geojson
from .table import COMMITTEES, COMPOUNDS, SUBDISTRICT, sensors

HOMES = ("elder_alone", "elder_pair", "family", "rental", "single")


@dataclass
class Atlas:
    """The places so far, and where each stands in the plan's frame."""

    places: list[Place] = field(default_factory=list)
    at: dict[str, Point] = field(default_factory=dict)
    shape: dict[str, BaseGeometry] = field(default_factory=dict)

    def add(
        self, code: str, kind: PlaceKind, parent: str, zh: str, en: str, shape: BaseGeometry,
        *, site: str = "", address: str = "", tags: tuple[str, ...] = (), draw: bool = False,
        capacity: int | None = None,
    ) -> None:  # fmt: skip
        """Add a place; `draw`: with its shape, otherwise as a point."""
        at = shape.representative_point() if shape.geom_type != "Point" else shape
        lon, lat = degrees(at.x, at.y)
        self.at[code], self.shape[code] = at, shape
        self.places.append(
            Place(code, kind, parent, zh, en, lon, lat, address, site,
                  geojson(shape) if draw else None, tags, capacity)
        )  # fmt: skip

    def spot(
        self, code: str, parent: str, zh: str, en: str, at: Point, *tags: str, room: int = 0
    ) -> None:
        """Add a spot of the street."""
        self.add(f"street-{code}", "spot", parent, zh, en, at, site="street", tags=tags,
                 capacity=room or None)  # fmt: skip

    def of(self, site: str, kind: str) -> list[Place]:
        """The places of a kind at a site."""
        return [place for place in self.places if place.site == site and place.kind == kind]


def places(sites: list[Site]) -> Atlas:
    """Every place; parents before children."""
    atlas = Atlas()
    edge = streets.EDGE
    atlas.add("310000", "city", "", "上海市", "Shanghai", edge.centroid)
    atlas.add("310104", "district", "310000", "徐汇区", "Xuhui District", edge.centroid)
    atlas.add(SUBDISTRICT, "subdistrict", "310104", "漕田街道", "Caotian Sub-district",
              edge, draw=True)  # fmt: skip
    blocks = streets.blocks()
    for code, (zh, en) in COMMITTEES.items():
        ground = [blocks[row.code] for row in COMPOUNDS if row.committee == code]
        atlas.add(code, "committee", SUBDISTRICT, zh, en, unary_union(ground), draw=True)
        _grids(atlas, code, ground)
    for site in sites:
        _compound(atlas, site)
    _street(atlas)
    return atlas


def _grids(atlas: Atlas, committee: str, ground: list[Polygon]) -> None:
    """Unit grids: each block cut from west to east, numbered so; 15-digit codes."""
    numbers = count(1)
    for block in ground:
        left, bottom, right, top = block.bounds
        strips = max(2, round(block.area / 30_000))
        wide = (right - left) / strips
        for at in range(strips):
            number = next(numbers)
            code = f"{SUBDISTRICT}{int(committee[2:]):03}{number:03}"
            strip = block & box(left + at * wide, bottom, left + (at + 1) * wide, top)
            zh, en = COMMITTEES[committee]
            atlas.add(code, "grid", committee, f"{zh[:2]}第{number}网格",
                      f"{en.split()[0]} grid {number}", strip, draw=True)  # fmt: skip


def _compound(atlas: Atlas, site: Site) -> None:
    row = site.compound
    road, lane = row.lane
    address = f"{road}{lane}弄"
    atlas.add(row.code, "compound", row.committee, row.zh, row.en, site.fence,
              site=row.code, address=address, draw=True)  # fmt: skip
    for number, door in enumerate(site.doors, 1):
        atlas.add(f"{row.code}-b{number:03}", "building", row.code, f"{number}号",
                  f"No. {number}", door, site=row.code, address=f"{address}{number}号",
                  draw=True)  # fmt: skip
    _flats(atlas, site, address)
    for number, shed in enumerate(site.sheds, 1):
        atlas.add(f"{row.code}-shed-{number:02}", "shed", row.code, f"{number}号车棚",
                  f"Bike shed {number}", shed, site=row.code, draw=True, capacity=40)  # fmt: skip
    for number, gate in enumerate(site.gates, 1):
        inside = site.fence.buffer(-1.5).exterior
        zh, en = ("大门", "Main gate") if number == 1 else (f"{number}号门", f"Gate {number}")
        atlas.add(
            f"{row.code}-gate-{number}",
            "spot",
            row.code,
            zh,
            en,
            inside.interpolate(inside.project(gate)),
            site=row.code,
            tags=("gate",),
        )
    atlas.add(f"{row.code}-garden", "spot", row.code, "中心花园", "Garden",
              site.garden.representative_point(), site=row.code, tags=("garden",))  # fmt: skip
    _underfoot(atlas, site)


def _flats(atlas: Atlas, site: Site, address: str) -> None:
    """The flats that somebody of the pilot lives in; more of the old live low."""
    row = site.compound
    draw = chance(f"flats:{row.code}")
    alone = round(sensors(row.code, "arc") * 0.85)
    everywhere = [
        (door, floor, flat)
        for door in range(1, row.doors + 1)
        for floor in range(1, row.style.floors + 1)
        for flat in range(1, row.style.per_floor + 1)
    ]
    chosen = set(draw.sample(everywhere, row.flats))
    homes = ["elder_alone"] * alone
    homes += draw.choices(HOMES[1:], (20, 50, 16, 14), k=row.flats - alone)
    if row.code == "tl04":
        chosen = {*sorted(chosen - {(31, 4, 2)})[: row.flats - 1], (31, 4, 2)}
    draw.shuffle(homes)
    by_door = sorted(chosen)
    if row.code == "tl04":
        here = by_door.index((31, 4, 2))
        swap = homes.index("elder_alone")
        homes[here], homes[swap] = homes[swap], homes[here]
    for (door, floor, flat), home in zip(by_door, homes, strict=True):
        building = f"{row.code}-b{door:03}"
        number = f"{floor}{flat:02}"
        left, bottom, right, top = site.doors[door - 1].bounds
        at = Point(left + (right - left) * (flat - 0.5) / row.style.per_floor,
                   bottom + (top - bottom) * (0.22 + 0.5 * floor / row.style.floors))  # fmt: skip
        atlas.add(f"{building}-{floor:02}{flat:02}", "flat", building, f"{number}室",
                  f"Room {number}", at, site=row.code, tags=(home,),
                  address=f"{address}{door}号{number}室")  # fmt: skip


def _underfoot(atlas: Atlas, site: Site) -> None:
    """Hydrants beside the ring, manholes on the paths."""
    code = site.compound.code
    ring = site.ring
    hydrants = sensors(code, "water")
    for number in range(1, hydrants + 1):
        at = ring.interpolate((number - 0.4) / hydrants, normalized=True)
        atlas.add(f"{code}-hyd-{number:02}", "spot", code, f"{number}号消火栓",
                  f"Hydrant {number}", at, site=code, tags=("hydrant",))  # fmt: skip
    lines = [*site.rows, *site.spines, ring]
    spots = [line.interpolate(step) for line in lines for step in range(8, int(line.length), 17)]
    for number, at in enumerate(spread(spots, sensors(code, "manhole"), f"{code}:manhole"), 1):
        kind = ("sewage", "污水") if number % 3 else ("storm", "雨水")
        atlas.add(f"{code}-mh-{number:02}", "spot", code, f"{kind[1]}井{number}号",
                  f"{kind[0].capitalize()} manhole {number}", at, site=code,
                  tags=("manhole", kind[0]))  # fmt: skip


def _street(atlas: Atlas) -> None:
    """Roads, the metro's exits, crossings, shops, and what lies in the road."""
    for road in streets.ROADS:
        line = road.line.intersection(streets.EDGE.buffer(12))
        atlas.add(road.code, "road", SUBDISTRICT, road.zh, road.en, line, site="street",
                  draw=True)  # fmt: skip
    for number, at in streets.EXITS.items():
        atlas.spot(f"metro-{number}", "road-caotian", f"漕田路站{number}号口",
                   f"Caotian Road Station exit {number}", Point(at), "metro_exit",
                   room=600)  # fmt: skip
    for code, ground in streets.grounds().items():
        zh, en, _ = streets.PUBLIC[code]
        atlas.spot(f"{code}-1", SUBDISTRICT, zh, en, ground.representative_point(), code)
    atlas.spot("stall-1", "road-tianyuan", "田园路菜场门口", "Tianyuan Road by the market",
               Point(-152, -190), "stall")  # fmt: skip
    atlas.spot("low-1", "road-wengui", "文桂路下凹处", "Wengui Road, low point",
               Point(196, -60), "low_lying")  # fmt: skip
    for number, (zh, en, at) in enumerate(_crossings(), 1):
        atlas.spot(f"cross-{number:02}", SUBDISTRICT, zh, en, at, "crossing")
    _shops(atlas)
    _along_roads(atlas, sensors("street", "manhole"), _lid)
    _along_roads(atlas, sensors("street", "water"), _hydrant)


def _crossings() -> list[tuple[str, str, Point]]:
    """Where two roads meet, from the north-west on; the camera stands on the kerb."""
    found = []
    for at, one in enumerate(streets.ROADS):
        for other in streets.ROADS[at + 1 :]:
            meet = one.line.intersection(other.line)
            if meet.geom_type == "Point" and streets.EDGE.buffer(15).contains(meet):
                kerb = Point(meet.x + other.width / 2 + 4, meet.y + one.width / 2 + 4)
                found.append((f"{one.zh}{other.zh}路口", f"{one.en} and {other.en}", kerb))
    return sorted(found, key=lambda row: (-round(row[2].y, -2), row[2].x))


def _shops(atlas: Atlas) -> None:
    """Shops on the southern pavement of two roads."""
    for number in range(1, 11):
        road = streets.ROADS[0 if number < 7 else 1]
        x = -145 + 40 * (number - 1) if number < 7 else -110 + 65 * (number - 7)
        at = road.line.intersection(LineString([(x, -400), (x, 400)]))
        atlas.spot(f"shop-{number:02}", road.code, f"{road.zh}商铺{number}号", f"Shop {number}",
                   Point(at.x, at.y - road.width / 2 - 3.5), "shop")  # fmt: skip


Put = Callable[[Atlas, streets.Road, int, Point], None]


def _lid(atlas: Atlas, road: streets.Road, number: int, at: Point) -> None:
    atlas.spot(f"mh-{number:02}", road.code, f"{road.zh}雨水井{number}号",
               f"Storm manhole {number}, {road.en}", Point(at.x + 3, at.y - 3),
               "manhole", "storm")  # fmt: skip


def _hydrant(atlas: Atlas, road: streets.Road, number: int, at: Point) -> None:
    aside = road.width / 2 + 2
    atlas.spot(f"hyd-{number:02}", road.code, f"{road.zh}消火栓{number}号",
               f"Hydrant {number}, {road.en}", Point(at.x + aside, at.y - aside),
               "hydrant")  # fmt: skip


def _along_roads(atlas: Atlas, wanted: int, put: Put) -> None:
    """As many things evenly along all roads inside the sub-district."""
    inside = [(road, road.line.intersection(streets.EDGE.buffer(2))) for road in streets.ROADS]
    step = sum(line.length for _, line in inside) / wanted
    along, number = step / 2, 0
    for road, line in inside:
        while along <= line.length and number < wanted:
            number += 1
            put(atlas, road, number, line.interpolate(along))
            along += step
        along -= line.length
