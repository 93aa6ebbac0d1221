"""The tree of places: names as people say them, and what lies in what."""

from __future__ import annotations

import msgspec
import pytest
from django.utils.translation import override

from xiuhua.city.outbox import OutboxRow
from xiuhua.city.places import commands, queries
from xiuhua.city.places.commands import NewPlace, NoParent
from xiuhua.engine import control
from xiuhua.engine.control import PlacesSet

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


def told_to_the_engine() -> list[control.Change]:
    return [control.decode(bytes(row.body)) for row in OutboxRow.objects.order_by("seq")]


def test_the_engine_learns_how_many_a_place_holds_and_only_when_that_changes() -> None:
    assert told_to_the_engine() == []
    exit_1 = NewPlace(
        code="metro-1", kind="spot", parent="jw01", site="street", zh="1号口", en="Exit 1",
        capacity=600,
    )  # fmt: skip
    for place in (exit_1, exit_1, msgspec.structs.replace(exit_1, capacity=None)):
        commands.put(places=[place])
    assert told_to_the_engine() == [
        PlacesSet((control.Place("metro-1", {"capacity": 600.0}),)),
        PlacesSet((control.Place("metro-1", {}),)),
    ]


def test_a_place_knows_its_subdistrict() -> None:
    found = queries.subdistrict_of("tl04-b031-0402")
    assert found is not None and found.code == "310104911"
    assert queries.subdistrict_of("tl99") is None


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
