"""A reading goes down the whole road: door, log, engine, alert, calls, case, history."""

from __future__ import annotations

from tests.flows.conftest import Build
from tests.support.waiting import eventually

FIRE = {"device": "tl01-smoke-0001", "obscuration": 0.5, "temperature": 61.0, "battery": 3.0}


def test_a_fire_calls_at_once_and_opens_one_case(build: Build) -> None:
    house = build("gateway", "worker")
    answer = house.say(FIRE)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    alerts = eventually(lambda: house.rows("SELECT rule, level, device FROM alerts_alert"), 20)
    assert alerts == [("smoke-fire", "critical", "tl01-smoke-0001")]
    cases = house.rows("SELECT stage, team, write_up_owed FROM cases_case")
    assert [(stage, team, bool(owed)) for stage, team, owed in cases] == [
        ("dispatched", "fire", True)
    ]
    called = {team for (team,) in house.rows("SELECT team FROM alerts_call")}
    assert {"guard", "fire", "duty"} <= called


def test_the_same_fire_told_again_is_still_one(build: Build) -> None:
    house = build("gateway", "worker")
    for obscuration in (0.5, 0.6, 0.7, 0.7):
        assert house.say(FIRE | {"obscuration": obscuration}).status_code == 202
    eventually(lambda: house.rows("SELECT 1 FROM cases_case"), 20)
    house.kill("worker")
    house.start("worker")
    house.say(FIRE | {"device": "tl01-smoke-0002"})
    eventually(lambda: len(house.rows("SELECT 1 FROM cases_case")) == 2, 20)
    assert len(house.rows("SELECT 1 FROM alerts_alert")) == 2
