"""One press makes no risk to life a false alarm: somebody was there, or rang, or two say so."""

from __future__ import annotations

import contextlib

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands, danger, queries, safety
from xiuhua.city.alerts.models import Alert
from xiuhua.city.alerts.safety import Record

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def fire(people: dict[str, User]) -> Alert:
    commands.record([change()], NOW)
    return Alert.objects.get()


def press(alert: Alert, by: str = "officer") -> bool:
    """Whether it is a false alarm by that."""
    with contextlib.suppress(commands.SecondPerson):
        commands.false_alarm(alert.id, by=by, reason="蒸汽", now=NOW)
    alert.refresh_from_db()
    return alert.false is not None


def say(alert: Alert, *what: Record) -> None:
    for one in what:
        safety.record(alert.id, one, by="officer", note="", now=NOW)


@pytest.mark.parametrize(
    ("said", "enough"),
    [
        ([], False),
        ([Record.CHECK_SILENT], False),
        ([Record.RESCUE_CALLED], False),
        ([Record.CHECK_FALSE], True),
        ([Record.ON_SITE], True),
        ([Record.CHECK_TRUE], False),
        ([Record.CHECK_FALSE, Record.CHECK_TRUE], False),
        ([Record.ON_SITE, Record.CHECK_TRUE], False),
        ([Record.CHECK_TRUE, Record.CHECK_FALSE], True),
        ([Record.CHECK_TRUE, Record.ON_SITE], True),
    ],
)
def test_one_is_enough_where_somebody_was_there_or_rang(
    fire: Alert, said: list[Record], enough: bool
) -> None:
    say(fire, *said)
    assert danger.may_be_false(fire) is enough
    assert press(fire) is enough


def test_else_two_are_needed_and_the_same_one_twice_is_one(fire: Alert) -> None:
    assert not press(fire)
    assert not press(fire)
    assert [step.by for step in danger.wishes(fire)] == ["officer"]
    assert danger.goes_on(fire, NOW)
    assert press(fire, by="leader")
    assert (fire.false_by, [s.what for s in queries.steps(fire.id)]) == (
        "leader", ["false-asked", "false"],
    )  # fmt: skip


def test_who_said_so_before_it_was_found_true_counts_no_more(fire: Alert) -> None:
    press(fire)
    say(fire, Record.CHECK_TRUE)
    assert danger.wishes(fire) == []
    assert not press(fire, by="leader")
    assert press(fire), "they say so again, knowing it"


def test_of_a_battery_one_is_enough() -> None:
    commands.record([change("smoke-battery")], NOW)
    assert press(Alert.objects.get())


def test_the_page_says_why_and_who_has_said_so(fire: Alert, people: dict[str, User]) -> None:
    officer, leader, path = Client(), Client(), f"/alerts/{fire.id}/"
    officer.force_login(people["officer"])
    leader.force_login(people["leader"])
    assert "须由两个人认定" in officer.get(path).content.decode()
    refused = officer.post(f"{path}false/", {"reason": "蒸汽"})
    assert refused.status_code == 409
    assert "一个人说了不算" in refused.content.decode()
    shown = leader.get(path).content.decode()
    assert "张officer" in shown
    assert "待第二人确认" in shown
    leader.post(f"{path}false/", {"reason": "确认是蒸汽"})
    shown = leader.get(path).content.decode()
    assert "确认是蒸汽" in shown
    assert "须由两个人认定" not in shown
