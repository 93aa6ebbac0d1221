"""The alert's page: why, what it rests on, who was told; seen, answered, called false."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.city.alerts.world import NOW, change, raised_and_cleared
from xiuhua.city.alerts import commands, escalating, safety
from xiuhua.city.alerts.chains import LIFE
from xiuhua.city.alerts.models import Alert, AlertStep, Call
from xiuhua.city.cases import commands as cases
from xiuhua.city.devices.commands import NewDevice, put_devices

Visit = Callable[..., Client]


@pytest.fixture
def visit(people: dict[str, User]) -> Visit:
    """A browser in which that person is logged in, reading that language."""

    def visit(who: str, language: str = "zh-hans") -> Client:
        client = Client()
        client.cookies["django_language"] = language
        client.force_login(people[who])
        return client

    return visit


@pytest.fixture
def alert(people: dict[str, User]) -> Alert:
    commands.record([change()], timezone.now())
    return Alert.objects.get()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["严重", "疑似火情", "田园十二村 31号 402室", "烟雾 0.30 dB/m（1）。",
                     "减光率", "0.3 dB/m", "田园十二村保安", "正在告知", "可能危及生命安全"]),
        ("en", ["Serious", "Suspected fire", "Flat 402, No. 31, Tianyuan Village 12",
                "Smoke 0.30 dB/m (1).", "Obscuration", "Guards of Village 12", "Being told"]),
    ],
)  # fmt: skip
def test_the_page_says_why_and_who_was_told(
    visit: Visit, alert: Alert, language: str, words: list[str]
) -> None:
    page = visit("officer", language).get(f"/alerts/{alert.id}/").content.decode()
    for word in words:
        assert word in page


def test_the_household_is_one_press_away_for_those_who_may_reach_it(
    visit: Visit, alert: Alert
) -> None:
    put_devices(
        devices=[
            NewDevice(
                id=alert.device, kind="smoke", place="tl04-b031-0402", site="tl04",
                building="tl04-b031", flat="tl04-b031-0402", lon=121.43, lat=31.17, zh="", en="",
            )
        ]
    )  # fmt: skip
    address = "/people/contacts?flat=tl04-b031-0402"
    assert address in visit("officer").get(f"/alerts/{alert.id}/").content.decode()
    assert address not in visit("fireman").get(f"/alerts/{alert.id}/").content.decode()


def test_the_chart_is_told_what_to_draw(visit: Visit, alert: Alert) -> None:
    page = visit("officer").get(f"/alerts/{alert.id}/").content.decode()
    since = round(alert.start.timestamp() * 1000) - 30 * 60 * 1000
    wanted = f'data-device="tl04-smoke-0007" data-field="obscuration" data-from="{since}"'
    assert f'data-island="series" {wanted}' in page


@pytest.mark.parametrize(("who", "status"), [
    ("officer", 200), ("supervisor", 200), ("fireman", 200), ("guard", 200),
    ("otherguard", 404), ("crew", 404), ("nurse", 403),
])  # fmt: skip
def test_the_desk_and_those_called_may_see_it(
    visit: Visit, alert: Alert, who: str, status: int
) -> None:
    assert visit(who).get(f"/alerts/{alert.id}/").status_code == status


def test_the_officer_acknowledges_with_one_button(visit: Visit, alert: Alert) -> None:
    officer = visit("officer")
    assert "autofocus" in officer.get(f"/alerts/{alert.id}/").content.decode()
    officer.post(f"/alerts/{alert.id}/acknowledge/")
    page = officer.get(f"/alerts/{alert.id}/").content.decode()
    assert "张officer" in page
    assert "autofocus" not in page
    assert visit("guard").post(f"/alerts/{alert.id}/acknowledge/").status_code == 403


def test_a_called_team_answers_once_and_others_cannot(visit: Visit, alert: Alert) -> None:
    assert visit("otherguard").post(f"/alerts/{alert.id}/answer/").status_code == 404
    assert visit("supervisor").post(f"/alerts/{alert.id}/answer/").status_code == 404
    visit("guard").post(f"/alerts/{alert.id}/answer/")
    assert Call.objects.get(team="tl04-guard").answered_by == "guard"
    assert "收到，马上去" not in visit("guard").get(f"/alerts/{alert.id}/").content.decode()


def test_an_answer_never_leads_to_another_house(visit: Visit, alert: Alert) -> None:
    answer = visit("guard").post(f"/alerts/{alert.id}/answer/", {"next": "https://evil.example/"})
    assert answer["Location"] == f"/alerts/{alert.id}/"


def test_a_false_alarm_is_recorded_with_its_reason(visit: Visit, alert: Alert) -> None:
    officer = visit("officer")
    refused = officer.post(f"/alerts/{alert.id}/false/", {"reason": ""})
    assert refused.status_code == 422
    assert "请说明为什么是误报" in refused.content.decode()
    safety.record(alert.id, safety.Record.ON_SITE, by="officer", note="", now=timezone.now())
    officer.post(f"/alerts/{alert.id}/false/", {"reason": "清扫扬尘"})
    assert "清扫扬尘" in officer.get(f"/alerts/{alert.id}/").content.decode()


def test_its_case_comes_as_a_card_or_as_a_page(visit: Visit, alert: Alert) -> None:
    officer = visit("officer")
    card = f"/cases/of-alert/{alert.id}/"
    assert officer.get(card).status_code == 404
    assert "没有对应的案卷" in officer.get(card, headers={"HX-Request": "true"}).content.decode()
    (case,) = cases.open_for([change()], timezone.now())
    assert officer.get(card)["Location"] == f"/cases/{case.number}/"
    assert "待接单" in officer.get(card, headers={"HX-Request": "true"}).content.decode()


def test_a_cleared_alert_keeps_its_page(visit: Visit, alert: Alert) -> None:
    commands.record(raised_and_cleared(), timezone.now())
    page = visit("officer").get(f"/alerts/{alert.id}/").content.decode()
    assert "已解除" in page
    assert "烟雾 0.30 dB/m（2）。" in page


@pytest.mark.parametrize(
    ("language", "named"),
    [("zh-hans", ["田园物业，张leader", "维修一队", "没有新的人可呼叫"]),
     ("en", ["Property of Village 12, Ms leader", "Repair crew 1", "nobody new"])],
)  # fmt: skip
def test_who_was_called_further_is_named_in_the_readers_language(
    people: dict[str, User], language: str, named: list[str]
) -> None:
    alert, client, at = first_alert(), Client(), NOW
    for rung in LIFE:
        at += rung.patience
        escalating.escalate(at)
    old = {"alert": alert, "what": "escalated", "at": at}
    AlertStep.objects.create(**old, note="repair-1, 窦其昌")
    client.force_login(people["officer"])
    client.cookies["django_language"] = language
    page = client.get(f"/alerts/{alert.id}/").content.decode()
    for words in named:
        assert words in page
    assert "repair-1" not in page
    assert "窦其昌" in page, "an older house kept no account"
    assert AlertStep.objects.filter(what="escalated")[0].data == {
        "teams": ["tl04-property"], "people": ["leader"],
    }  # fmt: skip


def first_alert() -> Alert:
    commands.record([change()], NOW)
    return Alert.objects.get()
