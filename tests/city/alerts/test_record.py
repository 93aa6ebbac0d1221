"""What the engine tells becomes rows once, whatever is told twice, late or in pieces."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.city.alerts.world import NOW, change, judge_false, raised_and_cleared
from xiuhua.city import feed
from xiuhua.city.alerts import commands, queries
from xiuhua.city.alerts.models import Alert, AlertChange, Call, Incident

pytestmark = pytest.mark.usefixtures("people")

LIFE = raised_and_cleared()


def rows() -> tuple[list[dict[str, object]], list[dict[str, object]], list[dict[str, object]]]:
    alerts = list(Alert.objects.order_by("id").values())
    leads = dict(Incident.objects.values_list("id", "lead"))
    for row in alerts:  # an incident's number is the database's own
        row["incident_id"] = leads.get(row["incident_id"])
    changes = list(AlertChange.objects.order_by("alert", "seq").values())
    calls = list(Call.objects.order_by("alert", "team").values("alert", "team"))
    for row in changes:
        row.pop("id")
    return alerts, changes, calls


def test_a_raised_alert_says_what_why_and_where() -> None:
    commands.record([change()], NOW)
    (row,) = queries.current()
    assert row["zh"] == "疑似火情"
    assert row["sentence_zh"] == "烟雾 0.30 dB/m（1）。"
    assert (row["level"], row["status"], row["life_safety"]) == ("serious", "raised", True)
    assert row["place"] == "tl04-b031-0402"
    assert Alert.objects.get().evidence["values"] == {"obscuration": 0.3}


def test_a_cleared_alert_is_no_longer_current_but_keeps_its_history() -> None:
    commands.record(LIFE, NOW)
    assert queries.current() == []
    alert = Alert.objects.get()
    assert (alert.status, alert.worst) == ("cleared", "critical")
    assert [each.what for each in queries.changes(alert.id)] == ["raised", "level", "cleared"]


@pytest.mark.parametrize("again", [LIFE[:1], LIFE[:2], LIFE, LIFE + LIFE])
def test_told_twice_it_counts_once(again: list) -> None:
    commands.record(LIFE, NOW)
    before, told = rows(), feed.head()
    commands.record(again, NOW)
    assert rows() == before
    assert feed.head() == told, "the pages were told of something that did not happen"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_batches_in_any_order_come_to_the_same(order: tuple[int, ...]) -> None:
    for at in order:
        commands.record([LIFE[at]], NOW)
    one_by_one = rows()
    Alert.objects.all().delete()
    commands.record(LIFE, NOW)
    assert rows() == one_by_one


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(0, 9), max_size=4), repeat=st.booleans())
def test_how_changes_are_cut_into_batches_does_not_matter(cuts: list[int], repeat: bool) -> None:
    stream = [one for device in (1, 2, 3) for one in raised_and_cleared(device=device)]
    Alert.objects.all().delete()
    commands.record(stream, NOW)
    whole = rows()
    Alert.objects.all().delete()
    for start, end in pairwise(sorted({0, *cuts, len(stream)})):
        commands.record(stream[max(0, start - repeat) : end], NOW)
    assert rows() == whole


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_of_alerts_that_weigh_alike_the_first_by_number_stands_for_them(
    order: tuple[int, ...],
) -> None:
    for device in order:
        commands.record([change(device=device)], NOW)
    assert Incident.objects.get().lead == Alert.objects.order_by("id")[0].id


def test_what_people_said_survives_later_changes() -> None:
    commands.record(LIFE[:1], NOW)
    alert = Alert.objects.get()
    commands.acknowledge(alert.id, by="officer", team="duty", now=NOW)
    commands.record(LIFE[1:], NOW)
    alert.refresh_from_db()
    assert (alert.acknowledged_by, alert.level, alert.status) == ("officer", "critical", "cleared")


def test_hundreds_cost_few_queries() -> None:
    few, many = [change(device=n) for n in range(5)], [change(device=n) for n in range(10, 260)]
    with CaptureQueriesContext(connection) as small:
        commands.record(few, NOW)
    with CaptureQueriesContext(connection) as large:
        commands.record(many, NOW)
    assert Alert.objects.count() == 255
    assert len(large) < 4 * len(small), "cost grows with every alert instead of with every batch"


def test_current_alerts_stand_by_danger_then_by_age() -> None:
    commands.record([change(device=1, level="warn"), change(device=2, level="critical")], NOW)
    commands.record([change("smoke-battery", device=3, level="warn")], NOW)
    assert [row["level"] for row in queries.current()] == ["critical", "warn", "warn"]
    assert queries.current(site="tl05") == []


def test_two_officers_acknowledge_and_the_first_stands(people: dict[str, User]) -> None:
    commands.record(LIFE[:1], NOW)
    alert = Alert.objects.get()
    commands.acknowledge(alert.id, by="officer", team="duty", now=NOW)
    told = feed.head()
    again = commands.acknowledge(alert.id, by="leader", team="duty", now=NOW)
    assert again.acknowledged_by == "officer"
    assert feed.head() == told
    answered = Call.objects.exclude(answered=None).values_list("team", "answered_by")
    assert list(answered) == [("duty", "officer")], "to acknowledge is the desk's own answer"


def test_a_false_alarm_needs_its_reason_and_leaves_the_list() -> None:
    commands.record(LIFE[:1], NOW)
    alert = Alert.objects.get()
    with pytest.raises(commands.ReasonMissing):
        commands.false_alarm(alert.id, by="officer", reason="  ", now=NOW)
    assert len(queries.current()) == 1
    judge_false(alert.id, reason="灰尘")
    assert queries.current() == []


def test_the_feed_carries_the_whole_row() -> None:
    commands.record(LIFE[:1], NOW)
    (event,) = [event for event in feed.after(0) if event.topic == "alert"]
    assert event.key == str(Alert.objects.get().id)
    assert '"sentence_en":"Smoke 0.30 dB/m (1)."' in event.body
