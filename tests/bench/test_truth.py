"""A small neighbourhood's day through the benchmark, so that it cannot rot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.truth import learners, reasons, report, rules, score
from bench.truth_feed import Feed
from bench.truth_schedule import Drilled
from tests.simulator.hood import scene
from tests.simulator.listening import raised
from xiuhua.engine.rules import default_rules
from xiuhua.simulator.faults import PROFILES
from xiuhua.simulator.rhythm import HOUR, day_start
from xiuhua.simulator.rows import Span
from xiuhua.simulator.world import World

SPAN = Span(day_start(20_730), day_start(20_730) + 12 * HOUR)


@pytest.fixture(scope="module")
def drilled():
    around = scene(seed=5)
    return Drilled(around, SPAN, least=1)


@pytest.fixture(scope="module")
def run(drilled):
    around = scene(seed=5)
    return score(World(around, drilled, PROFILES["usual"]), drilled, SPAN, warm_up=0)


def test_drills_come_once_and_are_over_in_time(drilled):
    codes = [one.script.code for one in drilled.drills]
    assert {"fire-elder-alone", "manhole-moved", "unknown-vehicle"} <= set(codes)
    assert "thefts" not in codes  # three nights do not fit into half a day
    assert all(SPAN.since <= one.since and one.until <= SPAN.until for one in drilled.drills)
    again = Drilled(scene(seed=5), SPAN, least=1).between(SPAN)
    assert [one.id for one in drilled.between(SPAN)] == [one.id for one in again]


def test_the_quick_way_tells_what_the_way_through_json_tells(drilled):
    def speaking():
        disorder = replace(PROFILES["usual"], reset=False)  # no door refuses 1970 in `raised`
        return World(scene(seed=5), drilled, disorder)

    health = {rule.id for rule in default_rules() if rule.health}
    quick: dict[str, set[str]] = {}
    for change in Feed(speaking(), default_rules(), SPAN.since).until(SPAN.until):
        if change.what == "raised" and change.rule not in health:
            quick.setdefault(change.rule, set()).add(change.device)
    assert quick == raised(speaking(), *SPAN)


def test_half_a_day_is_scored(run):
    lines = list(report([run], spent=1.0))
    fire = next(line for line in lines if line.startswith("fire-elder-alone"))
    assert fire.split()[1:4] == ["1", "1", "100%"]
    assert any(line.startswith("alerts per shift") for line in lines)
    assert len(run.told_by_nature) < len(run.told)
    assert all(line.split()[0] in ("false", "missed") for line in reasons([run]))


def test_the_houses_rules_are_tried():
    assert learners() == {"arc", "sniffer", "water"}
    assert {rule.id for rule in default_rules()} < {rule.id for rule in rules()}
