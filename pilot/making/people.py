"""Invented residents, and the lists of what they were given: cards, plates, enrolled faces.

Nothing here can belong to anybody: numbers begin 021-0000, which no telephone in Shanghai can;
plates carry the letter I, which no Chinese plate carries; tokens are chance.
"""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import count

from xiuhua.neighbourhood import Place, Resident

from .frame import chance
from .places import Atlas
from .table import COMPOUNDS, sensors

YEAR = 2026
SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤"
)
OLD = {
    "f": ("秀英", "桂珍", "玉兰", "素琴", "凤珍", "惠芳", "美娣", "雅琴", "菊芬", "月娥", "文娟",
          "阿宝", "根娣", "林妹", "杏珍", "彩娣", "佩华", "静宜", "蕴芳", "慧贞"),
    "m": ("阿根", "德明", "永福", "国良", "福根", "志康", "金生", "锡昌", "荣根", "鸿生", "耀祖",
          "仁德", "伯年", "长庚", "宝林", "兆丰", "文彬", "其昌", "祖荫", "世安"),
}  # fmt: skip
YOUNG = {
    "f": ("若溪", "雨晴", "思妤", "语桐", "佳怡", "芷若", "晓棠", "安琪", "一诺", "书瑶", "云舒",
          "沐兰", "清和", "念慈", "之荷", "可心", "向晚", "知夏", "锦书", "采薇"),
    "m": ("子墨", "一鸣", "浩然", "景行", "思远", "修远", "承泽", "予安", "明哲", "行舟", "知非",
          "怀瑾", "嘉树", "星野", "云帆", "临川", "望舒", "守拙", "若谷", "乘风"),
}  # fmt: skip
AGES: dict[str, tuple[tuple[int, int], ...]] = {
    "elder_alone": ((70, 93),),
    "elder_pair": ((66, 90), (66, 90)),
    "family": ((30, 52), (30, 52), (4, 17)),
    "rental": ((21, 36), (21, 36), (21, 36)),
    "single": ((24, 60),),
}


class Registry:
    """Numbers that are given out once each, and tokens."""

    def __init__(self) -> None:
        self._phones = count(1)
        self._plates = count(1)
        self._draw = chance("tokens")

    def phone(self) -> str:
        number = next(self._phones)
        return f"021-0000-{number:04}"

    def plate(self) -> str:
        return f"沪AI{next(self._plates):04}"

    def token(self, sort: str) -> str:
        return f"{sort}-{self._draw.getrandbits(64):016x}"


def residents(atlas: Atlas, registry: Registry) -> list[Resident]:
    """Who lives in each flat, in the flats' order."""
    everybody: list[Resident] = []
    for compound in COMPOUNDS:
        draw = chance(f"people:{compound.code}")
        for flat in atlas.of(compound.code, "flat"):
            for resident in _household(flat, draw, registry):
                everybody.append(_numbered(resident, len(everybody) + 1))
    return everybody


def _numbered(resident: Resident, number: int) -> Resident:
    values = {name: getattr(resident, name) for name in resident.__struct_fields__}
    return Resident(**{**values, "id": f"r{number:04}"})


def _household(flat: Place, draw: random.Random, registry: Registry) -> list[Resident]:
    home = flat.tags[0]
    surname = draw.choice(SURNAMES)
    people: list[Resident] = []
    for at, (low, high) in enumerate(AGES[home]):
        age = draw.randint(low, high)
        sex = draw.choice("fm") if at == 0 or home == "rental" else "mf"[people[0].sex == "m"]
        same = at == 0 or (home == "family" and at == 2)
        people.append(_person(flat, draw, registry, age, sex, surname if same else ""))
    return people


def _person(
    flat: Place, draw: random.Random, registry: Registry, age: int, sex: str, surname: str
) -> Resident:
    home, site = flat.tags[0], flat.site
    given = draw.choice((OLD if age >= 60 else YOUNG)[sex])
    tags = [tag for tag, true in (
        ("elder", age >= 60), ("elder_alone", home == "elder_alone"), ("child", age < 18),
        ("tenant", home == "rental"), ("walks_badly", age >= 80 and draw.random() < 0.35),
        ("volunteer", 45 <= age <= 72 and draw.random() < 0.12)) if true]  # fmt: skip
    enrolled = age >= 18 and sensors(site, "face") and draw.random() < 0.3
    drives = 25 <= age <= 70 and home in ("family", "single") and draw.random() < 0.33
    return Resident(
        id="",
        zh=(surname or draw.choice(SURNAMES)) + given,
        flat=flat.code,
        birth_year=YEAR - age,
        sex="f" if sex == "f" else "m",
        phone=registry.phone() if age >= 12 else "",
        tags=tuple(tags),
        cards=(registry.token("c"),) if age >= 7 else (),
        faces=(registry.token("p"),) if enrolled else (),
        plates=(registry.plate(),) if drives else (),
    )


def lists(atlas: Atlas, everybody: list[Resident], registry: Registry) -> dict[str, list[str]]:
    """Who may come in where. Besides residents: two cards of the property's staff for every door,
    and for every gate the plates of deliveries, care and repair that are expected each day."""
    site_of = {place.code: place.site for place in atlas.places}
    building_of = {place.code: place.parent for place in atlas.places if place.kind == "flat"}
    named: dict[str, list[str]] = defaultdict(list)
    for compound in COMPOUNDS:
        staff = [registry.token("c"), registry.token("c")]
        for building in atlas.of(compound.code, "building"):
            named[f"cards@{building.code}"] += staff
        named[f"vehicles@{compound.code}"] += [registry.plate() for _ in range(8)]
    for resident in everybody:
        site = site_of[resident.flat]
        named[f"cards@{building_of[resident.flat]}"] += resident.cards
        named[f"vehicles@{site}"] += resident.plates
        named[f"faces@{site}"] += resident.faces
    return dict(sorted(named.items()))
