"""Every kind is whole: fields within physics, names in both languages, an icon of its own."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from xiuhua.kinds import Field, Kind, all_kinds, kind, register

from .icons import points

KINDS = all_kinds()
BUILT_IN = {
    "arc": ["arcs", "current", "leakage", "temperature"],
    "bikeshed": ["temperature", "smoke", "power", "charging", "vehicles"],
    "camera": ["people", "event", "confidence", "media"],
    "door": ["event", "card", "granted", "open"],
    "face": ["person", "confidence", "live", "direction"],
    "manhole": ["tilt", "level", "open", "battery"],
    "smoke": ["obscuration", "temperature", "battery"],
    "sniffer": ["devices", "new"],
    "vehicle": ["plate", "direction", "confidence"],
    "water": ["pressure", "flow"],
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")

every_kind = pytest.mark.parametrize("of", KINDS, ids=lambda of: of.code)


def is_chinese(text: str) -> bool:
    return bool(CHINESE.search(text))


@pytest.mark.parametrize("code", BUILT_IN)
def test_the_fields_are_the_contracts(code):
    assert [field.name for field in kind(code).fields] == BUILT_IN[code]


@every_kind
def test_names_in_both_languages(of: Kind):
    for named in (of, *of.fields):
        assert is_chinese(named.zh), named
        assert named.en, named
        assert not is_chinese(named.en), named


@every_kind
def test_what_is_measured_has_its_limits(of: Kind):
    for field in of.fields:
        if field.type in ("number", "count"):
            assert field.low is not None, field
            assert field.high is not None, field
            assert field.low < field.high, field
        else:
            assert not field.unit, field


@every_kind
def test_a_choice_has_a_word_for_each_of_its_members(of: Kind):
    for field in of.fields:
        assert bool(field.choices) == (field.type == "choice"), field
        assert len(field.choices) == len(field.choices_zh) == len(set(field.choices_zh)), field


@every_kind
def test_the_chart_shows_a_field(of: Kind):
    assert of.chart in {field.name for field in of.fields if field.type != "token"}


@every_kind
def test_life_safety_never_waits(of: Kind):
    assert of.reorder == timedelta(0) if of.life_safety else of.reorder <= timedelta(seconds=10)


def test_who_is_recognised_passes_by_allow_list_alone():
    assert {of.code for of in KINDS if of.personal} >= {"face", "vehicle", "door", "sniffer"}


def test_what_speaks_only_when_somebody_passes_has_no_interval():
    assert {of.code for of in KINDS if of.interval is None} >= {"face", "vehicle"}


@every_kind
def test_the_icon_stays_on_its_sheet(of: Kind):
    drawn = list(points(of.icon))
    assert of.icon.startswith("M")
    assert len(drawn) > 3
    assert all(0 <= x <= 24 and 0 <= y <= 24 for x, y in drawn)


def test_icons_differ():
    assert len({of.icon for of in KINDS}) == len(KINDS)


def test_a_code_is_given_once():
    taken = kind("smoke")
    assert register(taken) is taken
    other = Kind(code="smoke", zh="别的", en="Other", fields=(), interval=None)
    with pytest.raises(ValueError, match="'smoke' is registered twice"):
        register(other)
    assert kind("smoke") is taken


def test_a_field_is_looked_up_by_name():
    assert kind("water").column("flow") == 1
    assert isinstance(kind("water").field("flow"), Field)
    assert kind("water").field("colour") is None
    with pytest.raises(KeyError, match="colour"):
        kind("water").column("colour")
