"""Some alarms through the whole road: nothing is lost, all of it stands on the officer's page."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bench import alarms


def test_one_in_a_hundred_is_a_risk_to_life_and_no_two_are_the_same() -> None:
    some = alarms.alarms(2000)
    assert len({(alarm.rule, alarm.device) for alarm in some}) == 2000
    assert Counter(alarm.life for alarm in some) == {False: 1980, True: 20}
    most = alarms.per_kind(2000)
    assert all(1 <= int(alarm.device[-4:]) <= most for alarm in some)


@pytest.mark.slow
def test_nothing_is_lost_on_the_way_to_the_page(tmp_path: Path) -> None:
    with alarms.house_of(tmp_path, 60, "") as house:
        outcome = asyncio.run(alarms.flood(house, alarms.alarms(60), 1.0, 60.0))
    assert outcome.lost == []
    assert outcome.shown == outcome.on_page == outcome.expected == 60
    assert outcome.rows >= 60
    assert outcome.first_on_page
    assert len(outcome.lines()) == 8
