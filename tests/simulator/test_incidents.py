"""Every incident shows in the readings as its script promises, and no look-alike does."""

import itertools

import numpy as np
import pytest

from xiuhua.engine.rules import default_rules
from xiuhua.simulator import incidents
from xiuhua.simulator.incidents import Cue
from xiuhua.simulator.rhythm import DAY, HOUR, MINUTE, SECOND
from xiuhua.simulator.rows import Span
from xiuhua.simulator.weather import Weather

from .hood import FLATS, device, scene, world
from .listening import raised

AT = 1_795_060_800_000  # 2026-11-19 12:00 in Shanghai
RAINY = next(at for at in range(AT, AT + 90 * DAY, HOUR) if Weather(7).rain(np.array([at]))[0] > 2)
incidents.load()
SCRIPTS = list(incidents.scripts().values())
LEARNERS = {
    rule.id
    for rule in default_rules()
    for level in rule.levels
    if level.operator.NAME in ("baseline", "drift")
}
"""Rules that must have seen everyday life before they can say that something is unlike it."""


class Only:
    """A schedule of these incidents."""

    def __init__(self, *planned):
        self.planned = planned

    def between(self, span):
        return [one for one in self.planned if span.overlaps(one.since, one.until)]


def staged(which, *, pace=1.0, place=""):
    """The script's incident at noon, and a small world of its kinds in which it happens."""
    at = RAINY if which.code == "umbrellas" else AT
    cue = Cue(seed=7, id=f"{which.code}-test", at=at, pace=pace, place=place)
    incident = incidents.run(scene(), which, cue)
    assert incident is not None
    return incident, world(only=incident.devices, schedule=lambda _: Only(incident))


@pytest.mark.parametrize("which", SCRIPTS, ids=lambda which: which.code)
def test_the_rules_hear_what_the_ground_truth_says(which):
    incident, speaking = staged(which)
    before = 9 * DAY if LEARNERS & set(which.expected) else 10 * MINUTE
    until = incident.until + 10 * MINUTE
    alerts = raised(speaking, incident.since - before, until)
    must, may = set(which.expected), set(which.expected) | set(which.also)
    assert must <= set(alerts) <= may
    assert set().union(*alerts.values()) <= set(incident.devices)


@pytest.mark.parametrize("which", [one for one in SCRIPTS if one.quick], ids=lambda one: one.code)
def test_a_quick_one_is_heard_within_four_minutes_at_a_demos_pace(which):
    incident, speaking = staged(which, pace=0.1)
    alerts = raised(speaking, AT - MINUTE, AT + 4 * MINUTE)
    assert set(alerts) & set(which.expected)
    assert incident.until <= AT + HOUR


@pytest.mark.parametrize("which", SCRIPTS, ids=lambda which: which.code)
def test_without_the_incident_nobody_hears_anything(which):
    assert raised(world(only=staged(which)[0].devices), AT - 10 * MINUTE, AT + HOUR) == {}


def test_smoke_crosses_the_alarm_line_after_the_fire_began_and_not_before():
    fire, speaking = staged(incidents.scripts()["fire-elder-alone"])
    smoke = fire.devices[0]
    crossed = [
        spoken.time
        for spoken in speaking.stream(AT - HOUR, fire.until)
        if spoken.device == smoke and spoken.sent.rows.reading(spoken.row)["obscuration"] >= 0.1
    ]
    assert AT < min(crossed) <= AT + 160 * SECOND


def test_the_detector_speaks_every_second_once_it_smells_fire():
    fire, speaking = staged(incidents.scripts()["fire-elder-alone"])
    time = [
        one.time for one in speaking.stream(AT, AT + 5 * MINUTE) if one.device == fire.devices[0]
    ]
    burning = [one for one in time if one > AT + 2 * MINUTE]
    assert max(b - a for a, b in itertools.pairwise(burning)) <= SECOND


def test_a_script_says_so_where_the_neighbourhood_lacks_what_it_needs():
    empty = scene(only=("sniffer",))
    for which in SCRIPTS:
        assert incidents.run(empty, which, Cue(seed=1, id="x", at=AT)) is None


def test_a_place_narrows_the_choice():
    fire, _ = staged(incidents.scripts()["fire-elder-alone"], place=FLATS[0])
    assert fire.place == FLATS[0]
    elsewhere = Cue(seed=7, id="x", at=AT, place=FLATS[1])
    assert incidents.run(scene(), incidents.scripts()["fire-elder-alone"], elsewhere) is None


def test_a_further_candidate_moves_nobody_elses_turn():
    covers = [device("manhole", number, "corner") for number in range(30)]
    cues = [Cue(seed=1, id=f"manhole-moved-{at}", at=AT) for at in range(200)]
    before = [cue.pick(covers[:-1]) for cue in cues]
    after = [cue.pick(covers) for cue in cues]
    moved = [one for one, other in zip(before, after, strict=True) if one is not other]
    assert 0 < len(moved) < 25
    assert all(
        other is covers[-1] or one is other for one, other in zip(before, after, strict=True)
    )


def test_an_act_leaves_other_times_and_the_rows_it_was_given_alone():
    _, calm = staged(incidents.scripts()["manhole-moved"])
    incident = calm.schedule.planned[0]
    cover = next(one for one in calm.devices if one.id == incident.devices[0])
    number = (AT + 8 * HOUR) // (6 * HOUR)
    usual = world(only=("manhole",)).block(cover, number).rows
    bent = calm.block(cover, number).rows
    before = Span(0, AT)
    assert bent.within(before).time.tolist() == usual.within(before).time.tolist()
    assert (
        bent.within(before).columns["tilt"].tolist()
        == usual.within(before).columns["tilt"].tolist()
    )
    assert bent.columns["tilt"].max() > 20 > usual.columns["tilt"].max()


def test_a_code_is_registered_once():
    with pytest.raises(ValueError, match="registered twice"):
        incidents.script("cooking", zh="", en="", when=lambda *_: [])(lambda *_: None)
