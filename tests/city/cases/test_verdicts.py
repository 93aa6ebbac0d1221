"""What people found of alerts, for whoever judges rules by it."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import User

from tests.city.alerts.world import NOW, change, judge_false
from tests.city.cases.test_commands import Desk
from xiuhua import epoch
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import queries
from xiuhua.city.cases.machine import Step


def test_a_closed_case_says_true_and_a_false_alarm_false(people: dict[str, User]) -> None:
    desk = Desk(people)
    kitchen = change(device=8)
    alerts.record([kitchen, change(device=9)], NOW)
    judge_false(kitchen.id, reason="炒菜")
    assert [(v.rule, v.subject, v.true) for v in queries.verdicts()] == [
        ("smoke-fire", kitchen.subject, False)
    ]
    desk.walk(Step.CLOSE)
    verdicts = {v.rule: v for v in queries.verdicts()}
    assert {name: v.true for name, v in verdicts.items()} == {
        "smoke-fire": False, "smoke-battery": True,
    }  # fmt: skip
    assert verdicts["smoke-battery"].start == epoch.millis(NOW)
    assert verdicts["smoke-battery"].end is None


def test_who_called_it_false_outweighs_a_closed_case(people: dict[str, User]) -> None:
    desk = Desk(people)
    desk.walk(Step.CLOSE)
    alerts.false_alarm(UUID(change("smoke-battery").id), by="officer", reason="试验", now=NOW)
    assert [v.true for v in queries.verdicts()] == [False]
