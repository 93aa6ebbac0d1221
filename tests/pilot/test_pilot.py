"""The demo sub-district: as large as the real pilot was, whole, and nobody's real data."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from shapely import unary_union
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from xiuhua.kinds import all_kinds
from xiuhua.neighbourhood import Neighbourhood, load
from xiuhua.neighbourhood.rows import Role, TeamKind

FOLDER = Path(__file__).parents[2] / "pilot"
MADE = ("places.json", "devices.csv", "gateways.csv", "residents.json", "lists.json", "map.json")
SLIVERS = 1e-9
"""Square degrees: about ten square metres, what rounding to six decimals makes of shared edges."""
TOKEN = re.compile(r"[cp]-[0-9a-f]{16}")


def _overlap(shapes: list[BaseGeometry]) -> float:
    """The area that is covered twice."""
    return sum(one.area for one in shapes) - unary_union(shapes).area


@pytest.fixture(scope="module")
def hood() -> Neighbourhood:
    return load(FOLDER)


def test_it_can_be_made_anew_byte_for_byte(tmp_path: Path):
    made = subprocess.run(
        [sys.executable, FOLDER / "build.py", tmp_path], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    for name in MADE:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_the_figures_of_the_pilot(hood: Neighbourhood):
    kinds = Counter(device.kind for device in hood.devices)
    assert len(hood.devices) == 1680
    assert set(kinds) == {
        "arc", "bikeshed", "camera", "door", "face", "manhole", "smoke", "sniffer", "vehicle",
        "water",
    }  # fmt: skip
    assert sum(place.kind == "compound" for place in hood.places) == 10


def test_the_old_compound_has_53_cameras_and_85_doors(hood: Neighbourhood):
    kinds = Counter(device.kind for device in hood.devices_of("tl04"))
    assert kinds["camera"] == 53
    doors = [device.building for device in hood.devices_of("tl04") if device.kind == "door"]
    buildings = [p.code for p in hood.places if p.site == "tl04" and p.kind == "building"]
    assert doors == buildings == [f"tl04-b{number:03}" for number in range(1, 86)]


def test_the_elder_of_the_demo_is_at_home(hood: Neighbourhood):
    home = "tl04-b031-0402"
    assert hood.names(home) == ("田园十二村", "31号", "402室")
    assert {device.kind for device in hood.devices if device.flat == home} == {"smoke", "arc"}
    (elder,) = [person for person in hood.residents if person.flat == home]
    assert "elder_alone" in elder.tags


def test_ids_say_where_and_what(hood: Neighbourhood):
    for device in hood.devices:
        assert re.fullmatch(rf"{device.site}-{device.kind}-\d{{4}}", device.id)


def test_every_sensor_lies_within_its_compound(hood: Neighbourhood):
    fences = {p.code: shape(p.geometry) for p in hood.places if p.kind == "compound"}
    whole = next(shape(p.geometry) for p in hood.places if p.kind == "subdistrict")
    for device in hood.devices:
        at = Point(device.lon, device.lat)
        if device.site == "street":
            assert whole.buffer(0.0005).contains(at), device.id
            assert not any(fence.contains(at) for fence in fences.values()), device.id
        else:
            assert fences[device.site].contains(at), device.id


def test_buildings_stand_apart_within_the_fence(hood: Neighbourhood):
    for compound in [place for place in hood.places if place.kind == "compound"]:
        fence = shape(compound.geometry)
        houses = [shape(p.geometry) for p in hood.children(compound.code) if p.kind == "building"]
        assert all(fence.contains(house) for house in houses), compound.code
        assert _overlap(houses) < SLIVERS, compound.code


def test_grids_have_15_digits_and_do_not_overlap(hood: Neighbourhood):
    grids = [place for place in hood.places if place.kind == "grid"]
    shapes = [shape(grid.geometry) for grid in grids]
    for grid in grids:
        assert re.fullmatch(r"310104911\d{6}", grid.code)
        assert grid.parent == f"jw{grid.code[10:12]}"
    assert _overlap(shapes) < SLIVERS


def test_every_flat_hangs_on_the_whole_chain(hood: Neighbourhood):
    flats = [place for place in hood.places if place.kind == "flat"]
    assert 550 <= len(flats) <= 650
    for flat in flats:
        kinds = [place.kind for place in hood.chain(flat.code)]
        assert kinds == [
            "city", "district", "subdistrict", "committee", "compound", "building", "flat"
        ]  # fmt: skip
        assert re.fullmatch(r"\D+\d+弄\d+号\d+室", flat.address)


def test_codes_sort_their_children_under_them(hood: Neighbourhood):
    for place in hood.places:
        if place.kind in ("building", "flat"):
            assert place.code.startswith(f"{place.parent}-")


def test_every_household_suits_its_flat(hood: Neighbourhood):
    homes = Counter(person.flat for person in hood.residents)
    assert set(homes) == {place.code for place in hood.places if place.kind == "flat"}
    for flat, people in homes.items():
        if "elder_alone" in hood.place(flat).tags:
            assert people == 1


def test_elders_alone_have_smoke_and_arc_at_home(hood: Neighbourhood):
    at_home = {(device.flat, device.kind) for device in hood.devices if device.flat}
    alone = [person.flat for person in hood.residents if "elder_alone" in person.tags]
    assert len(alone) > 100
    assert all((flat, kind) in at_home for flat in alone for kind in ("smoke", "arc"))


def test_nobody_can_be_called_or_met(hood: Neighbourhood):
    """No telephone begins with 0 after the area code; no plate of China carries an I."""
    numbers = [row.phone for row in (*hood.residents, *hood.teams, *hood.accounts) if row.phone]
    assert all(re.fullmatch(r"021-0000-\d{4}", number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    plates = [plate for person in hood.residents for plate in person.plates]
    for name, members in hood.lists.items():
        plates += members if name.startswith("vehicles@") else ()
    assert plates
    assert all(re.fullmatch(r"沪AI\d{4}", plate) for plate in plates)


def test_lists_hold_what_residents_were_given(hood: Neighbourhood):
    for person in hood.residents:
        flat = hood.place(person.flat)
        assert set(person.cards) <= set(hood.lists[f"cards@{flat.parent}"])
        assert set(person.faces) <= set(hood.lists.get(f"faces@{flat.site}", ()))
        assert set(person.plates) <= set(hood.lists[f"vehicles@{flat.site}"])


def test_tokens_are_opaque_and_of_one_door_only(hood: Neighbourhood):
    cards = [card for person in hood.residents for card in person.cards]
    assert len(set(cards)) == len(cards)
    for name, members in hood.lists.items():
        assert len(set(members)) == len(members), name
        if not name.startswith("vehicles@"):
            assert all(TOKEN.fullmatch(member) for member in members), name


def test_every_door_has_its_list(hood: Neighbourhood):
    for device in hood.devices:
        if device.kind == "door":
            assert f"cards@{device.building}" in hood.lists


def test_every_role_and_every_team_is_filled(hood: Neighbourhood):
    assert {account.role for account in hood.accounts} == set(Role.__args__)
    assert {team.kind for team in hood.teams} == set(TeamKind.__args__)


def test_every_place_of_work_has_its_teams(hood: Neighbourhood):
    served = {(team.kind, site) for team in hood.teams for site in team.sites}
    for site in {device.site for device in hood.devices}:
        for kind in {class_.team for class_ in hood.classes}:
            if (kind, site) != ("property", "street"):
                assert (kind, site) in served


def test_wired_sensors_speak_through_their_gateway(hood: Neighbourhood):
    alone = {device.kind for device in hood.devices if not device.under}
    assert alone == {"smoke", "manhole"}


def test_what_a_device_sets_for_itself_is_a_parameter_of_a_rule(hood: Neighbourhood):
    texts = [kind.rules for kind in all_kinds()] + list(hood.rules.values())
    known = {name for text in texts for rule in tomllib.loads(text)["rule"]
             for name in rule.get("params", {})}  # fmt: skip
    assert {name for device in hood.devices for name in device.params} <= known


def test_the_drawing_has_all_that_a_map_needs(hood: Neighbourhood):
    kinds = Counter(feature["properties"]["kind"] for feature in hood.map["features"])
    assert kinds["compound"] == 10
    assert kinds["exit"] == 4
    assert {"ground", "road", "river", "green", "path", "building", "shed", "gate", "tree",
            "public", "metro", "station"} <= set(kinds)  # fmt: skip
    for feature in hood.map["features"]:
        drawn = shape(feature["geometry"])
        assert drawn.is_valid, feature["properties"]
        assert not drawn.is_empty, feature["properties"]


def test_it_is_small_enough_to_ship():
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 3_000_000
