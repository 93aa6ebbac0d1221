"""A danger that a person reports: one press calls everybody, the case is written up behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, judge_false
from tests.city.cases.test_reporting import do
from xiuhua.city.alerts import commands as alerting
from xiuhua.city.alerts import judged
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.alerts.models import Alert, Call, Escalation
from xiuhua.city.cases import reporting
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case, Source, Voice
from xiuhua.city.cases.reporting import Report
from xiuhua.epoch import millis


def report(by: User, case_class: str = "fire") -> Case:
    new = Report(source=Source.PHONE, case_class=case_class, place="tl04", words="")
    return reporting.report(new, by=by, now=NOW)


def test_everybody_is_called_with_the_very_press(people: dict[str, User]) -> None:
    case = report(people["acceptor"])
    alert = Alert.objects.get()
    assert (case.alert, case.stage, case.write_up_owed) == (alert.id, "dispatched", True)
    called = {call.team for call in Call.objects.filter(alert=alert, created=NOW)}
    assert called == {"tl04-guard", "fire-1", "duty", "tl04-property", "repair-1"}
    assert Escalation.objects.get().ended == ""
    assert alerts.current()[0]["id"] == str(alert.id)


def test_what_is_no_danger_calls_nobody(people: dict[str, User]) -> None:
    assert report(people["acceptor"], "device-care").alert is None
    assert not Alert.objects.exists()


def test_the_write_up_behind_it_keeps_when_it_was_first_handled(people: dict[str, User]) -> None:
    case = report(people["acceptor"])
    assert case.alert
    first = NOW + timedelta(minutes=2)
    alerting.answer_call(case.alert, team="fire-1", by="fireman", now=first)
    alerting.acknowledge(case.alert, by="officer", team="duty", now=first + timedelta(minutes=1))
    do(case, Step.WRITE_UP, people["acceptor"], note="31号底楼起火，居民来电")
    assert case.steps.get(step="write_up").data["first"] == millis(first)
    case.refresh_from_db()
    assert not case.write_up_owed


def test_it_is_over_when_its_case_is_and_counts_for_no_rule(people: dict[str, User]) -> None:
    case = report(people["acceptor"])
    assert case.alert
    judge_false(case.alert, reason="烧饭")
    do(case, Step.ACCEPT, people["fireman"])
    do(case, Step.VOID, people["leader"], note="烧饭，无火情")
    assert Alert.objects.get().status == "cleared"
    assert judged.verdicts(confirmed=[]) == alerts.eaters(NOW - timedelta(hours=1)) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_one_press_at_the_desk(people: dict[str, User], client: Client, language: str) -> None:
    client.force_login(people["officer"])
    client.cookies["django_language"] = language
    form = client.get("/cases/danger/").content.decode()
    assert 'name="case_class" value="fire"' in form
    assert 'value="device-care"' not in form
    where = {"place": "tl04-b031", "flat": "tl04-b031-0402", "source": "phone"}
    assert client.post("/cases/danger/", where).status_code == 422
    said = client.post("/cases/danger/", where | {"case_class": "fire"}, follow=True)
    alert = Alert.objects.get()
    assert said.redirect_chain[-1][0] == f"/alerts/{alert.id}/"
    assert alert.place == "tl04-b031-0402"
    assert Voice.objects.get().case.alert == alert.id
    assert client.get(f"/cases/{Case.objects.get().number}/").status_code == 200
    assert client.get("/desk/").status_code == 200
