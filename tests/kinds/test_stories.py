"""Everyday life alarms nobody; trouble is heard; every rule has been heard at least once."""

from __future__ import annotations

import pytest

from xiuhua.kinds import all_kinds

from .everyday import EVERYDAY
from .story import RULES, heard, once, steady
from .test_rules import TIMED
from .trouble import TROUBLE


@pytest.mark.parametrize("story", EVERYDAY)
def test_everyday_life_alarms_nobody(story):
    code, readings = EVERYDAY[story]
    assert heard(code, readings) == set()


SEEN = {
    "falling_object": "serious", "smoke": "serious", "climbing": "serious", "crowd": "serious",
    "fire_lane": "serious", "ebike_indoors": "serious", "standing_water": "warn", "stall": "warn",
    "construction": "warn", "rubbish": "warn", "parking": "warn", "advert": "warn",
}  # fmt: skip


@pytest.mark.parametrize("story", TROUBLE)
def test_trouble_is_heard(story):
    code, readings, expected = TROUBLE[story]
    assert heard(code, readings) == expected


@pytest.mark.parametrize("event", sorted(set(SEEN) - {"standing_water"}))
def test_what_a_camera_recognises_is_heard(event):
    readings = once("camera", 0, event=event, confidence=0.9, media="m-1")
    assert heard("camera", readings) == {(f"camera-{event.replace('_', '-')}", SEEN[event])}


def test_in_the_rain_water_is_told_of_at_once_and_nobody_is_a_stall_keeper():
    water = once("camera", 0, event="standing_water", confidence=0.9)
    assert heard("camera", water, flags=("rain",)) == {("camera-puddle", "warn")}
    stall = once("camera", 0, event="stall", confidence=0.9)
    assert heard("camera", stall, flags=("rain",)) == set()


def test_every_camera_event_has_its_rule():
    camera = next(of for of in all_kinds() if of.code == "camera")
    assert set(camera.field("event").choices) == set(SEEN)


def test_every_rule_has_been_heard():
    told = {rule for _, _, expected in TROUBLE.values() for rule, _ in expected}
    told |= {f"camera-{event.replace('_', '-')}" for event in SEEN} | {"camera-puddle"}
    told |= {f"{of.code}-silent" for of in TIMED}
    own = {
        rule.id
        for rule in RULES
        if len(rule.kinds) == 1 and not rule.scope.tags and not rule.scope.sites
    }
    assert own == told


AROUND = {
    "smoke at an elder's": ("smoke", "elder_alone", steady("smoke", 0, 300, 60, obscuration=0.08),
                            ("elder-smoke-early", "warn")),
    "cold at an elder's": ("smoke", "elder_alone", steady("smoke", 0, 4200, 60, temperature=3),
                           ("elder-cold", "warn")),
    "heat at an elder's": ("smoke", "elder_alone", steady("smoke", 0, 4200, 60, temperature=39),
                           ("elder-heat", "warn")),
    "an elder who stays in bed": ("arc", "elder_alone",
                                  steady("arc", 0, 13 * 3600, 240, current=0.5),
                                  ("arc-quiet", "warn")),
    "an elder who has fallen": ("arc", "elder_alone", steady("arc", 0, 19 * 3600, 240, current=0.5),
                                ("arc-quiet", "serious")),
    "phones at the metro": ("sniffer", "metro_exit", steady("sniffer", 0, 900, 60, devices=1000),
                            ("metro-phones", "warn")),
    "smoke in the lobby": ("camera", "lobby", once("camera", 0, event="smoke", confidence=0.9),
                           ("lobby-smoke", "critical")),
}  # fmt: skip


@pytest.mark.parametrize("story", AROUND)
def test_the_neighbourhoods_own_rules_hear_where_they_apply(story):
    code, tag, readings, expected = AROUND[story]
    assert expected in heard(code, readings, tags=(tag,))
    assert expected not in heard(code, readings)


def test_cooking_at_an_elders_home_alarms_nobody():
    code, readings = EVERYDAY["cooking"]
    assert heard(code, readings, tags=("elder_alone", "home")) == set()


def test_a_long_night_and_a_day_out_worry_nobody():
    night = steady("arc", 0, 10 * 3600, 240, current=0.5)
    breakfast = once("arc", 10 * 3600 + 60, current=6)
    out = steady("arc", 10 * 3600 + 120, 21 * 3600, 240, current=0.5)
    assert heard("arc", [*night, *breakfast, *out], tags=("elder_alone",)) == set()
