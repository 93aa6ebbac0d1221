"""While nobody answers, more are called: by duty, by office, never the same twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.city.alerts.world import NOW, change, judge_false
from xiuhua.city.alerts import commands, danger, escalating, queries
from xiuhua.city.alerts.chains import CRITICAL, LIFE
from xiuhua.city.alerts.models import Alert, Call, Escalation
from xiuhua.city.staff import commands as staff

pytestmark = pytest.mark.usefixtures("people")
MINUTE = timedelta(minutes=1)


def fire() -> Alert:
    commands.record([change()], NOW)
    return Alert.objects.get()


def called() -> list[str]:
    return [call.team or call.person for call in Call.objects.order_by("id")]


def test_a_fire_that_nobody_answers_calls_further_rung_by_rung() -> None:
    alert = fire()
    assert escalating.escalate(NOW + LIFE[0].patience - timedelta(seconds=1)) == 0
    at = NOW
    seen = [len(called())]
    for rung in LIFE:
        at += rung.patience
        assert escalating.escalate(at) == 1
        seen.append(len(called()))
    assert called()[3:] == ["tl04-property", "leader", "repair-1"]
    assert seen == [3, 5, 6, 6]
    assert escalating.escalate(at + LIFE[-1].patience) == 1
    assert Escalation.objects.get().ended == "exhausted"
    assert [s.what for s in queries.steps(alert.id)][-1] == "unanswered"
    assert escalating.escalate(at + 10 * MINUTE) == 0


def test_somebody_who_goes_there_ends_it_the_desk_alone_does_not() -> None:
    alert = fire()
    commands.acknowledge(alert.id, by="officer", team="duty", now=NOW)
    escalating.escalate(NOW + MINUTE)
    assert Escalation.objects.get().ended == ""
    commands.answer_call(alert.id, team="tl04-guard", by="guard", now=NOW)
    escalating.escalate(NOW + 3 * MINUTE)
    assert Escalation.objects.get().ended == "answered"


def test_of_anything_else_the_desk_is_enough() -> None:
    commands.record([change("smoke-battery", level="critical")], NOW)
    alert = Alert.objects.get()
    commands.acknowledge(alert.id, by="officer", team="", now=NOW)
    before = called()
    escalating.escalate(NOW + CRITICAL[0].patience)
    assert called() == before
    assert Escalation.objects.get().ended == "answered"


def test_what_is_over_or_false_calls_nobody_further() -> None:
    alert = fire()
    judge_false(alert.id)
    escalating.escalate(NOW + MINUTE)
    assert (len(called()), Escalation.objects.get().ended) == (3, "over")


def test_for_an_office_whoever_is_on_duty_is_called() -> None:
    for name in ("second", "third"):
        staff.put_member(username=name, role="shift_leader", zh=name, en=name, team="duty")
    plan = {"since": NOW - MINUTE, "until": NOW + timedelta(hours=8), "by": "leader", "now": NOW}
    staff.put_watch(username="second", **plan)
    fire()
    escalating.escalate(NOW + MINUTE)
    assert [call.person for call in Call.objects.exclude(person="")] == ["second"]


def test_who_is_away_is_not_called_unless_nobody_else_holds_the_office() -> None:
    away = {"since": NOW - MINUTE, "until": NOW + timedelta(days=2), "by": "leader", "now": NOW}
    staff.put_member(username="second", role="shift_leader", zh="二", en="Two", team="duty")
    staff.put_absence(username="leader", why="病假", **away)
    fire()
    escalating.escalate(NOW + MINUTE)
    assert [call.person for call in Call.objects.exclude(person="")] == ["second"]
    Call.objects.all().delete()
    Escalation.objects.update(rung=0, due=NOW + MINUTE)
    staff.put_absence(username="second", why="培训", **away)
    escalating.escalate(NOW + MINUTE)
    people = {call.person for call in Call.objects.exclude(person="")}
    assert people == {"leader", "second"}, "better both on their day off than nobody"


def test_who_is_called_for_their_office_sees_it_and_answers() -> None:
    alert = fire()
    escalating.escalate(NOW + MINUTE)
    assert [call.alert_id for call in danger.calls_waiting("", "leader", now=NOW)] == [alert.id]
    call = commands.answer_call(alert.id, team="duty", by="leader", now=NOW + MINUTE)
    assert call.answered_by == "leader"
    with pytest.raises(commands.NotCalled):
        commands.answer_call(alert.id, team="", by="nurse", now=NOW)


def test_two_clocks_call_one_rung_once() -> None:
    fire()
    assert escalating.escalate(NOW + MINUTE) == 1
    assert escalating.escalate(NOW + MINUTE) == 0
    assert len(called()) == 5


def test_a_fire_comes_before_everything_else_that_waits() -> None:
    commands.record([change("smoke-battery", level="critical", device=1)], NOW - 10 * MINUTE)
    commands.record([change(device=2)], NOW)
    order = list(
        Escalation.objects.filter(due__lte=NOW + MINUTE)
        .order_by("-alert__life_safety", "due")
        .values_list("alert__rule", flat=True)
    )
    assert order == ["smoke-fire", "smoke-battery"]
    assert escalating.escalate(NOW + MINUTE) == 2
