"""Which incident comes when."""

import itertools

import pytest

from xiuhua.simulator.rhythm import DAY, HOUR, MINUTE, SECOND, day_start, local_day, local_hour
from xiuhua.simulator.rows import Span
from xiuhua.simulator.schedule import Demo, Natural, Quiet, Scripted, ScriptError

from .hood import FLATS, scene

START = 1_795_000_000_000


@pytest.mark.parametrize("speed", [1, 20, 60])
def test_a_demo_begins_with_a_fire_and_has_something_every_minute_on_the_wall(speed):
    demo = Demo(scene(), start=START, speed=speed)
    shown = [
        one
        for one in demo.between(Span(START, START + 20 * MINUTE * speed))
        if not one.script.lookalike
    ]
    begins = [(one.since - START) / speed for one in shown]
    assert shown[0].script.code == "fire-elder-alone"
    assert begins[0] <= 5 * SECOND
    assert max(b - a for a, b in itertools.pairwise(begins)) <= MINUTE
    assert len({one.script.code for one in shown}) >= 8


def test_nature_is_the_same_however_it_is_asked():
    span = Span(START, START + 10 * DAY)
    whole = [one.id for one in Natural(scene()).between(span)]
    again = Natural(scene())
    daily = [again.between(Span(at, at + DAY)) for at in range(*span, DAY)]
    assert len(set(whole)) == len(whole) > 50
    assert {one.id for day in daily for one in day} == set(whole)


def test_nature_keeps_to_hours_and_weather():
    around = scene(seed=11)
    for one in Natural(around).between(Span(START, START + 60 * DAY)):
        day = local_day(one.since)
        if one.script.code == "street-market":
            assert around.weather.dry_morning(day)
            assert 6 <= (one.since - day_start(day)) / HOUR <= 7
        if one.script.code == "standing-water":
            assert around.weather.downpour(day) is not None


def test_quiet_is_quiet():
    assert Quiet().between(Span(0, START)) == ()


def script(folder, text):
    path = folder / "script.toml"
    path.write_text(text, "utf-8")
    return Scripted(scene(), path, start=START)


def test_a_script_file_is_played_as_written(tmp_path):
    played = script(
        tmp_path,
        f"""
        [[incident]]
        code = "fire-elder-alone"
        at = "+20s"
        place = "{FLATS[0]}"
        pace = 0.5
        [[incident]]
        code = "cooking"
        at = "2026-11-18T12:00:00+08:00"
        """,
    ).between(Span(0, 2 * START))
    assert [(one.script.code, one.since) for one in played] == [
        ("cooking", 1_794_974_400_000),
        ("fire-elder-alone", START + 20 * SECOND),
    ]
    assert played[1].until == START + 20 * SECOND + 600 * SECOND


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[incident]]\ncode='flood'\nat='+1s'", ["incident 1", "no incident 'flood'", "cooking"]),
        ("[[incident]]\ncode='cooking'\nat='noon'", ["incident 1", "'noon'", "RFC 3339"]),
        ("[[incident]]\ncode='cooking'\nat='+5y'", ["+5y"]),
        ("[[incident]]\ncode='cooking'\nat='+5s'\npace=0", ["pace 0", "above 0"]),
        ("[[incident]]\ncode='cooking'\nat='+5s'\nplace='mars'", ["mars lacks", "another place"]),
        ("[[incident]]\ncode='cooking'\nwhen='+5s'", ["correct it"]),
        ("incident = ", ["correct it"]),
    ],
)
def test_a_script_that_cannot_be_played_says_why(tmp_path, text, words):
    with pytest.raises(ScriptError) as error:
        script(tmp_path, text)
    assert all(word in str(error.value) for word in words), error.value


def test_a_missing_script_says_so(tmp_path):
    with pytest.raises(ScriptError, match=r"absent\.toml"):
        Scripted(scene(), tmp_path / "absent.toml", start=START)


def test_hours_are_shanghais():
    import numpy as np

    noon = np.array([1_794_974_400_000], dtype=np.int64)
    assert local_hour(noon)[0] == 12.0
