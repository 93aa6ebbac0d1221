"""The tree of places: names as people say them, and what lies in what."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from xiuhua.city import outbox
from xiuhua.city.places import commands, queries
from xiuhua.city.places.chains import Chains
from xiuhua.city.places.commands import NewPlace, NoParent
from xiuhua.city.places.saying import Said
from xiuhua.engine.control import Change, Place, PlacesSet, decode

pytestmark = pytest.mark.django_db

TREE = [
    NewPlace(code="310104911", kind="subdistrict", zh="漕田街道", en="Caotian Sub-district"),
    NewPlace(code="jw01", kind="committee", parent="310104911", zh="第一居委", en="Committee 1"),
    NewPlace(
        code="tl04", kind="compound", parent="jw01", site="tl04",
        zh="田园十二村", en="Garden Village 12",
    ),
    NewPlace(
        code="tl04-b031", kind="building", parent="tl04", site="tl04", zh="31号", en="No. 31"
    ),
    NewPlace(
        code="tl04-b031-0402", kind="flat", parent="tl04-b031", site="tl04", zh="402室",
        en="Room 402", tags=["elder-alone"],
    ),
    NewPlace(code="tl04-b03", kind="building", parent="tl04", site="tl04", zh="3号", en="No. 3"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def tree() -> None:
    assert commands.put(places=TREE) == 6


def test_a_flat_is_named_from_its_compound_down() -> None:
    with override("zh-hans"):
        assert queries.label("tl04-b031-0402") == "田园十二村 31号 402室"
        assert queries.label("jw01") == "第一居委"
    with override("en"):
        assert queries.label("tl04-b031-0402") == "Room 402, No. 31, Garden Village 12"


def test_an_unknown_place_is_called_by_its_code() -> None:
    with override("zh-hans"):
        labels = queries.many_labels(["tl04", "tl99"])
    assert labels == {"tl04": "田园十二村", "tl99": "tl99"}


def test_within_is_the_place_and_all_below_it_and_no_neighbour() -> None:
    assert {p.code for p in queries.within("tl04-b03")} == {"tl04-b03"}
    assert {p.code for p in queries.within("jw01")} == {place.code for place in TREE[1:]}
    assert not queries.within("tl99").exists()


def test_a_place_knows_its_subdistrict() -> None:
    found = queries.subdistrict_of("tl04-b031-0402")
    assert found is not None and found.code == "310104911"
    assert queries.subdistrict_of("tl99") is None


def test_of_places_that_are_as_good_the_first_by_code_is_taken() -> None:
    door = {"kind": "building", "parent": "tl04", "site": "tl04", "zh": "门", "en": "Door"}
    outline = {"type": "Polygon", "coordinates": [[[121, 31], [122, 31], [122, 32], [121, 31]]]}
    commands.put(places=[
        NewPlace(code=code, lon=121.43, lat=31.17, address="田园路9弄", **door)
        for code in ("tl04-b091", "tl04-b093", "tl04-b090", "tl04-b092")
    ])  # fmt: skip
    commands.put(places=[
        NewPlace(code=f"g{n}", kind="grid", parent="jw01", zh="格", en="Grid", geometry=outline)
        for n in (2, 3, 1)
    ])  # fmt: skip
    assert [one.code for one, _ in queries.near(121.43, 31.17, 3)] == [
        "tl04-b090", "tl04-b091", "tl04-b092",
    ]  # fmt: skip
    found = queries.at_address("田园路9弄1号"), queries.grid_at(121.9, 31.1)
    assert [one and one.code for one in found] == ["tl04-b090", "g1"]


def test_a_place_without_its_parent_is_refused_whole() -> None:
    stray = NewPlace(code="tl04-b099", kind="building", parent="tl04", zh="99号", en="No. 99")
    lost = NewPlace(code="x-1", kind="flat", parent="x", zh="室", en="Room")
    with pytest.raises(NoParent, match="lies in x, which is not known; put x first"):
        commands.put(places=[stray, lost])
    assert queries.place("tl04-b099") is None


def test_a_renamed_compound_renames_what_is_put_with_it() -> None:
    renamed = NewPlace(
        code="tl04", kind="compound", parent="jw01", site="tl04", zh="新村", en="New"
    )
    commands.put(places=[renamed, *TREE[3:]])
    with override("zh-hans"):
        assert queries.label("tl04-b031-0402") == "新村 31号 402室"


def told() -> list[Change]:
    """What waits for the road, which is then empty."""
    waiting = outbox.pending(100)
    outbox.copied([one.id for one in waiting])
    return [decode(one.body) for one in waiting]


def put_square(capacity: int | None) -> None:
    square = NewPlace(
        code="sq01", kind="spot", parent="jw01", zh="广场", en="Square", capacity=capacity
    )
    commands.put(places=[square])


def test_the_engine_learns_how_many_a_place_holds_and_each_change_of_it() -> None:
    assert told() == [], "places without a capacity are none of the engine's business"
    put_square(300)
    assert told() == [PlacesSet((Place("sq01", {"capacity": 300.0}),))]
    put_square(300)
    assert told() == []
    put_square(400)
    assert told() == [PlacesSet((Place("sq01", {"capacity": 400.0}),))]
    put_square(None)
    assert told() == [PlacesSet((Place("sq01", {}),))]


def test_what_was_not_written_was_not_told_either() -> None:
    square = NewPlace(code="sq02", kind="spot", parent="jw01", zh="园", en="Garden", capacity=9)
    lost = NewPlace(code="x-2", kind="spot", parent="x", zh="处", en="Spot", capacity=5)
    with pytest.raises(NoParent):
        commands.put(places=[square, lost])
    assert told() == []


def test_many_places_go_in_pieces() -> None:
    commands.put(
        places=[
            NewPlace(code=f"s{n}", kind="spot", parent="jw01", zh="处", en="Spot", capacity=n + 1)
            for n in range(1001)
        ]
    )
    assert [len(change.places) for change in told()] == [500, 500, 1]


def test_a_chain_goes_from_the_flat_to_the_street_office_by_the_grid_of_the_spot() -> None:
    ring = [[121.0, 31.0], [121.1, 31.0], [121.1, 31.1], [121.0, 31.1], [121.0, 31.0]]
    shape: dict[str, object] = {"type": "Polygon", "coordinates": [ring]}
    grid = NewPlace(code="g1", kind="grid", parent="jw01", zh="1", en="1", geometry=shape)
    commands.put(places=[grid])
    chains = Chains(["tl04-b031-0402", "tl04"])
    house = ("tl04-b031-0402", "tl04-b031", "tl04")
    assert chains.of("tl04-b031-0402", "tl04") == (*house, "jw01", "310104911")
    inside = chains.of("tl04-b031-0402", "tl04", (121.05, 31.05))
    assert inside == (*house, "g1", "jw01", "310104911")
    assert chains.of("", "street", (121.05, 31.05)) == ("street", "g1")
    assert chains.of("unheard-of", "tl04") == ("tl04", "jw01", "310104911")


def test_the_streets_are_a_site_once_and_last() -> None:
    road = NewPlace(code="r1", kind="road", parent="310104911", site="street", zh="路", en="Road")
    commands.put(places=[road])
    assert queries.site_codes() == ["tl04", "street"]


@pytest.mark.parametrize(
    ("said", "name", "fits", "ends"),
    [("12村31号", "田园十二村 31号", True, True),
     ("十二村 31号", "田园十二村 31号", True, True),
     ("31号", "田园十二村 31号", True, True),
     ("31号", "田园十二村 31号车棚", True, False),
     ("1号", "田园十二村 31号", False, False),
     ("二十村", "田园20村", True, True),
     ("三十五号", "文定苑 35号", True, True),
     ("文定", "文定苑", True, False),
     ("文定苑", "文定苑", True, True),
     ("31号", "31号", True, True),
     ("。", "文定苑", False, False),
     ("", "文定苑", False, True)],
)  # fmt: skip
def test_a_place_as_people_say_it(said: str, name: str, fits: bool, ends: bool) -> None:
    assert Said(said).fits(name) == fits
    assert Said(said).ends(name) == ends


def test_places_are_looked_for_by_what_is_said_and_flats_listed_of_a_building_only() -> None:
    with override("zh-hans"):
        assert queries.looked_for("12村3号") == ([("tl04-b03", "田园十二村 3号")], "tl04-b03")
        found, meant = queries.looked_for("12村")
        assert ([code for code, _ in found], meant) == (["tl04", "tl04-b03", "tl04-b031"], "tl04")
        found, meant = queries.looked_for("号")
        assert ([code for code, _ in found], meant) == (["tl04-b03", "tl04-b031"], "")
        assert queries.looked_for("402室") == ([], "")
        assert queries.flats_in("tl04-b031") == [("tl04-b031-0402", "402室")]
    for other in ("tl04", "tl04-b03", "tl04-b031-0402", "nowhere"):
        assert queries.flats_in(other) == []
