"""What people found of alerts, for whoever judges rules by it."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from tests.city.alerts.world import NOW, change, judge_false
from tests.city.cases.test_commands import Desk
from xiuhua import epoch
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.models import Alert
from xiuhua.city.cases import queries
from xiuhua.city.cases.commands import NotDone
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case
from xiuhua.city.cases.shown import brought


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


def test_who_inspected_says_what_it_was_and_a_rule_is_scored_by_that(
    people: dict[str, User],
) -> None:
    desk = Desk(people)
    desk.walk(Step.HANDLE)
    assert queries.verdicts() == [], "that it was handled says nothing of the alert"
    with pytest.raises(NotDone) as refused:
        desk.take(Step.APPROVE, "supervisor", note="在场")
    assert refused.value.code == "needs_verdict"
    desk.take(Step.APPROVE, "supervisor", true=False, note="灰尘落在探头上")
    assert desk.case.alert_true is False
    assert [v.true for v in queries.verdicts()] == [False]
    alert = Alert.objects.get()
    assert (alert.false_by, alert.false_reason) == ("supervisor", "灰尘落在探头上")
    step = queries.history(desk.case)[-1]
    assert step.data["true"] is False
    with translation.override("zh-hans"):
        assert "误报" in brought(desk.case, step)
    assert desk.take(Step.CLOSE, "leader").stage == "closed"


def test_who_closes_is_asked_where_nobody_was(people: dict[str, User]) -> None:
    desk = Desk(people)
    desk.walk(Step.APPROVE)
    Case.objects.update(alert_true=None)  # inspected before anybody asked
    with pytest.raises(NotDone) as refused:
        desk.take(Step.CLOSE, "leader")
    assert refused.value.code == "needs_verdict"
    assert queries.verdicts() == []
    desk.take(Step.CLOSE, "leader", true=True)
    assert [v.true for v in queries.verdicts()] == [True]


def test_who_called_it_false_outweighs_a_closed_case(people: dict[str, User]) -> None:
    desk = Desk(people)
    desk.walk(Step.CLOSE)
    alerts.false_alarm(UUID(change("smoke-battery").id), by="officer", reason="试验", now=NOW)
    assert [v.true for v in queries.verdicts()] == [False]
