"""Rules over several kinds: trouble that only two sensors together can tell, and what looks like
it."""

from __future__ import annotations

import pytest

from xiuhua.engine.rules import parse
from xiuhua.kinds import joined_rules

from .story import heard_together, once, sensor, steady

FLAT = "tl04-b001-0101"
SMOKE, ARC = sensor("smoke", flat="0101"), sensor("arc", flat="0101")
UPSTAIRS = sensor("arc", 2, flat="0302")
STAIRS = sensor("smoke", 9)
HALL, GATE = sensor("camera", tags=("lobby",)), sensor("camera", 2, door=2)
DOOR, LID = sensor("door", door=3), sensor("manhole", door=4)
HYDRANT = sensor("water", door=5)
SMOULDERING = [*steady("smoke", 0, 120, 60), *once("smoke", 150, obscuration=0.06, temperature=30)]
SPARKS = [*steady("arc", 0, 100, 10), *steady("arc", 110, 140, 10, arcs=20)]
BURNING = [*steady("smoke", 0, 120, 60), *once("smoke", 130, obscuration=0.2, temperature=35)]


def seen(at, event, confidence=0.9):
    what = once("camera", at + 1, event=event, confidence=confidence)
    return [*steady("camera", 0, at, 60), *what]


TROUBLE = {
    "smoke and sparks in a home": (
        [(SMOKE, SMOULDERING), (ARC, SPARKS)], ("home-fire", "critical", FLAT)),
    "the battery upstairs": (
        [(HALL, [*seen(0, "ebike_indoors"), *steady("camera", 60, 7260, 60)]),
         (STAIRS, [*steady("smoke", 0, 7200, 300), *once("smoke", 7260, obscuration=0.09)])],
        ("ebike-smoke", "critical", "tl04-b001")),
    "no water for the fire": (
        [(SMOKE, BURNING), (HYDRANT, steady("water", 0, 300, 30, pressure=20_000))],
        ("fire-no-water", "critical", "tl04")),
    "no way in for the engine": (
        [(GATE, seen(0, "fire_lane")), (SMOKE, BURNING)], ("fire-lane-fire", "critical", "tl04")),
    "a burglar": (
        [(GATE, [*seen(60, "climbing"), *steady("camera", 120, 400, 60)]),
         (DOOR, [*once("door", 0), *once("door", 400, event="forced", open=True)])],
        ("break-in", "critical", "tl04")),
    "drains full, road under water": (
        [(GATE, [*seen(0, "standing_water"), *steady("camera", 60, 1200, 60)]),
         (LID, steady("manhole", 0, 1200, 600, level=1.0))],
        ("flood", "serious", "tl04")),
    "power cut": (
        [(GATE, steady("camera", 0, 600, 10)), (HYDRANT, steady("water", 0, 600, 30)),
         (LID, steady("manhole", 0, 960, 60))],
        ("site-dark", "serious", "tl04")),
}  # fmt: skip
EVERYDAY = {
    "a wok here, a vacuum cleaner there": [
        (SMOKE, SMOULDERING), (ARC, steady("arc", 0, 300, 10, arcs=11)), (UPSTAIRS, SPARKS)],
    "cooking while the fan sparks": [
        (SMOKE, steady("smoke", 0, 900, 60, obscuration=0.045)),
        (ARC, [*SPARKS, *steady("arc", 150, 900, 10)])],
    "a pram in the lift, dinner upstairs": [
        (HALL, [*seen(0, "ebike_indoors", 0.4), *steady("camera", 60, 3660, 60)]),
        (STAIRS, [*steady("smoke", 0, 3600, 300), *once("smoke", 3660, obscuration=0.09)])],
    "an e-bike last night": [
        (HALL, [*seen(0, "ebike_indoors"), *steady("camera", 60, 46_100, 60)]),
        (STAIRS, [*steady("smoke", 0, 46_000, 300), *once("smoke", 46_100, obscuration=0.09)])],
    "a pump starts in a smoky house": [
        (SMOKE, BURNING), (HYDRANT, steady("water", 0, 300, 30, pressure=90_000))],
    "a van in the lane in the morning": [
        (GATE, [*seen(0, "fire_lane"), *steady("camera", 60, 3660, 60)]),
        (SMOKE, [*steady("smoke", 0, 3600, 60), *once("smoke", 3660, obscuration=0.2)])],
    "a cat on the wall, a lost key": [
        (GATE, [*seen(60, "climbing", 0.4), *steady("camera", 120, 400, 60)]),
        (DOOR, [*once("door", 0), *once("door", 400, event="forced", open=True)])],
    "a puddle and a drain that does its work": [
        (GATE, [*seen(0, "standing_water"), *steady("camera", 60, 1200, 60)]),
        (LID, steady("manhole", 0, 1200, 600, level=0.6))],
    "one camera fails": [
        (GATE, steady("camera", 0, 600, 10)), (HYDRANT, steady("water", 0, 960, 30))],
}  # fmt: skip
JOINED = {rule.id for text in joined_rules() for rule in parse(text)}


@pytest.mark.parametrize("story", TROUBLE)
def test_what_comes_together_is_heard(story):
    said, expected = TROUBLE[story]
    assert {told for told in heard_together(*said) if told[0] in JOINED} == {expected}


@pytest.mark.parametrize("story", EVERYDAY)
def test_what_comes_together_by_chance_is_not(story):
    assert JOINED.isdisjoint(rule for rule, _, _ in heard_together(*EVERYDAY[story]))


def test_every_joined_rule_has_been_heard():
    assert {expected[0] for _, expected in TROUBLE.values()} == JOINED


def test_a_dark_compound_is_one_matter():
    """Not only one alert a sensor: they stand under one of their own."""
    cameras = [sensor("camera", number, door=number) for number in range(1, 9)]
    told = heard_together(*((one, steady("camera", 0, 600, 10)) for one in cameras), wait=900)
    assert ("site-dark", "serious", "tl04") in told
    assert ("camera-silent", "warn", "tl04") in told


def test_a_station_exit_is_the_sum_of_its_cameras():
    hall, stairs = sensor("camera", 1), sensor("camera", 2)
    half = steady("camera", 0, 600, 10, people=330)
    assert ("camera-full", "serious", "tl04-b001") in heard_together((hall, half), (stairs, half))
    assert heard_together((hall, half)) == set()
