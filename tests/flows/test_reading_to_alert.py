"""A reading goes down the whole road: door, log, engine, alert, calls, case, history."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.conftest import Build
from tests.support.house import House
from tests.support.waiting import eventually

FIRE = {"obscuration": 0.5, "temperature": 61.0, "battery": 3.0}


@pytest.fixture(scope="module")
def house(build: Build) -> House:
    """One house for both stories, which tell of different compounds."""
    return build("gateway", "worker")


def alerts(house: House, site: str) -> list[tuple[Any, ...]]:
    return house.rows(f"SELECT rule, level, device FROM alerts_alert WHERE site = '{site}'")


def cases(house: House, site: str) -> list[tuple[Any, ...]]:
    return house.rows(f"SELECT stage, team, write_up_owed FROM cases_case WHERE site = '{site}'")


def test_a_fire_calls_at_once_and_opens_one_case(house: House) -> None:
    answer = house.say(FIRE | {"device": "tl01-smoke-0001"})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    raised = eventually(lambda: alerts(house, "tl01"))
    assert raised == [("smoke-fire", "critical", "tl01-smoke-0001")]
    assert [(stage, team, bool(owed)) for stage, team, owed in cases(house, "tl01")] == [
        ("dispatched", "fire", True)
    ]
    called = house.rows(
        "SELECT team FROM alerts_call JOIN alerts_alert ON alerts_alert.id = alert_id"
        " WHERE site = 'tl01'"
    )
    assert {"guard", "fire", "duty"} <= {team for (team,) in called}


def test_the_same_fire_told_again_is_still_one(house: House) -> None:
    for obscuration in (0.5, 0.6, 0.7, 0.7):
        again = FIRE | {"device": "tl02-smoke-0001", "obscuration": obscuration}
        assert house.say(again, speaker="tl02-gw-01").status_code == 202
    eventually(lambda: cases(house, "tl02"))
    house.kill("worker")
    house.start("worker")
    house.say(FIRE | {"device": "tl02-smoke-0002"}, speaker="tl02-gw-01")
    eventually(lambda: len(cases(house, "tl02")) == 2)
    assert len(alerts(house, "tl02")) == 2
