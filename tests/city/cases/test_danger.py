"""A danger that a person reports: one press calls everybody, the case is written up behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from tests.city.alerts.world import NOW, judge_false
from tests.city.cases.test_reporting import do
from xiuhua.city.alerts import commands as alerting
from xiuhua.city.alerts import judged
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.alerts.models import Alert, Call, Escalation
from xiuhua.city.cases import commands, reporting
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case, Source, Voice
from xiuhua.city.cases.reporting import Report
from xiuhua.city.staff.queries import team_kinds, teams
from xiuhua.epoch import millis
from xiuhua.neighbourhood import CaseClass, Words


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


def press(client: Client, case_class: str = "", **more: str) -> HttpResponse:
    sent = {"place": "", "flat": "", "source": "phone", "words": ""} | more
    return client.post("/cases/danger/", sent | ({"case_class": case_class} if case_class else {}))


@pytest.fixture
def desk(people: dict[str, User], client: Client) -> Client:
    client.force_login(people["officer"])
    client.cookies["django_language"] = "zh-hans"
    return client


@pytest.mark.parametrize("said", ["十二村31号", "12村 31号", "31号", "31", "Village 12 No. 31"])
def test_a_place_is_found_as_callers_say_it(desk: Client, said: str) -> None:
    page = press(desk, look=said, looking="words", words="三楼冒烟").content.decode()
    assert '<option value="tl04-b031" selected>' in page
    assert '<option value="tl05">' not in page
    assert '<option value="tl04-b031-0402">402室</option>' in page, "the flats of the building"
    assert 'value="三楼冒烟"' in page, "nothing typed is lost"
    assert not Case.objects.exists()


def test_the_flat_said_behind_the_building_is_chosen(desk: Client) -> None:
    page = press(desk, look="十二村31号402室", looking="words").content.decode()
    assert '<option value="tl04-b031-0402" selected>' in page


def test_what_is_typed_anew_takes_the_place_of_what_was_found_before(desk: Client) -> None:
    before = {"place": "tl04-b031", "flat": "tl04-b031-0402"}
    page = press(desk, look="文定苑", looking="words", **before).content.decode()
    assert '<option value="tl05" selected>' in page
    page = press(desk, look="八号楼", looking="words", **before).content.decode()
    assert '<option value="tl04-b031" selected>' not in page


def test_a_place_chosen_from_the_list_stands_whatever_was_typed(desk: Client) -> None:
    page = press(desk, look="文定苑", looking="place", place="tl04-b031").content.decode()
    assert '<option value="tl04-b031" selected>' in page
    assert "402室" in page


def test_of_a_place_that_nobody_knows_the_whole_list_stays(desk: Client) -> None:
    page = press(desk, look="八号楼", looking="words").content.decode()
    assert "没有找到这样的地点" in page
    assert '<option value="tl05">' in page


def test_the_press_takes_the_one_place_that_was_said_and_keeps_the_callers_words(
    desk: Client,
) -> None:
    press(desk, "fire", look="12村31号402", words="三楼冒烟，有老人")
    case = Case.objects.get()
    assert case.place == "tl04-b031-0402"
    assert case.voices.get().words == "三楼冒烟，有老人"
    assert "三楼冒烟，有老人" in desk.get(f"/cases/{case.number}/").content.decode()
    assert "老人" not in Alert.objects.get().sentence_zh, "their words are not spread"


def test_a_flat_of_another_building_holds_nothing_up(desk: Client) -> None:
    assert press(desk, "fire", place="tl05", flat="tl04-b031-0402").status_code == 302
    assert Case.objects.get().place == "tl05"


def lift() -> None:
    commands.put_classes(
        classes=[
            CaseClass(code=code, zh=zh, en=en, team="property", limit_minutes=60, sort="event",
                      number="0196", life_safety=True, closing=Words(zh="好", en="Done"))
            for code, zh, en in (("lift", "电梯", "Lift"), ("manhole", "井盖移位", "Manhole"))
        ]
    )  # fmt: skip


def test_somebody_in_a_lift_is_called_that_on_the_button_and_by_the_voice(desk: Client) -> None:
    lift()
    assert 'value="lift">电梯困人</button>' in desk.get("/cases/danger/").content.decode()
    press(desk, "lift", place="tl04-b031")
    assert Case.objects.get().zh == "电梯困人"
    assert Alert.objects.get().zh == "电梯困人"


@pytest.mark.parametrize("case_class", ["fire", "lift", "manhole"])
def test_the_page_promises_those_who_are_called_and_nobody_else(
    desk: Client, case_class: str
) -> None:
    lift()
    page = desk.get("/cases/danger/").content.decode()
    promised = page.split(f'data-calls="{case_class}">')[1].split("</span>")[0]
    press(desk, case_class, place="tl04-b031")
    named = team_kinds()
    kinds = {team.code: team.kind for team in teams()}
    called = {named[kinds[call.team]] for call in Call.objects.exclude(team="")}
    assert called
    for name in called:
        assert name in promised
    assert (named["fire"] in promised) == (named["fire"] in called)
