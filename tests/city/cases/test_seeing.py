"""Who sees which cases: all of them only who works on all; every page and interface follows it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.access import ROLES
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.models import Call
from xiuhua.city.cases import commands, queries, reporting, waiting
from xiuhua.city.cases.models import Case, CaseStep, Source
from xiuhua.city.cases.reporting import Report
from xiuhua.city.evaluation import commands as evaluation
from xiuhua.city.staff import commands as staff

CHIEFS = ("station_head", "rail_police", "police_head")


@pytest.fixture
def lamp(people: dict[str, User]) -> Case:
    """What a resident told, in their own words."""
    told = Report(source=Source.PHONE, case_class="device-care", place="tl04-b031",
                  words="隔壁老王家又吵架", name="王秀英")  # fmt: skip
    return reporting.report(told, by=people["acceptor"], now=NOW)


@pytest.fixture
def opened(lamp: Case) -> dict[str, Case]:
    """One told by a resident, one of an alert, one that puts a life at risk."""
    both = [change("smoke-battery"), change(device=8)]
    alerts.record(both, NOW)
    battery, fire = commands.open_for(both, NOW)
    return {"lamp": lamp, "battery": battery, "fire": fire}


def chief(role: str, team: str | None = None) -> User:
    staff.put_member(username="chief", role=role, zh="某", en="One", team=team)
    return User.objects.get(username="chief")


def seen(user: User) -> set[str]:
    return set(queries.visible(user).values_list("number", flat=True))


def test_all_cases_are_for_those_who_work_on_all() -> None:
    assert {role for role, tries in ROLES.items() if "case.all" in tries} == {
        "duty_officer", "shift_leader", "acceptor", "dispatcher", "grid_supervisor",
        "subdistrict_head", "district_officer",
    }  # fmt: skip


@pytest.mark.parametrize("role", CHIEFS)
def test_a_chief_sees_what_concerns_them(opened: dict[str, Case], role: str) -> None:
    user = chief(role)
    assert seen(user) == {opened["fire"].number}
    alert = opened["battery"].alert
    assert alert is not None
    Call.objects.create(alert_id=alert, team="", person="chief", level="warn", created=NOW)
    assert seen(user) == {opened["fire"].number, opened["battery"].number}
    step = CaseStep.objects.filter(case=opened["lamp"]).latest("seq")
    CaseStep.objects.create(case=opened["lamp"], seq=step.seq + 1, step="urge", to="reported",
                            by="chief", at=NOW, mac="x")  # fmt: skip
    assert seen(user) == {case.number for case in opened.values()}


@pytest.mark.parametrize("role", CHIEFS)
def test_every_door_follows(opened: dict[str, Case], client: Client, role: str) -> None:
    user = chief(role)
    client.force_login(user)
    lamp, fire = opened["lamp"].number, opened["fire"].number
    assert client.get(f"/cases/{lamp}/").status_code == 404
    assert client.get(f"/api/cases/{lamp}").status_code == 404
    assert client.get(f"/cases/{fire}/").status_code == 200
    spots = "/cases/search/spots.json?box=121,31,122,32"
    for listed in (
        "/cases/?stage=all", "/cases/search/", "/cases/search/?words=老王", spots, "/api/cases/",
    ):  # fmt: skip
        answer = client.get(listed)
        assert answer.status_code == 200
        told = answer.content.decode()
        assert lamp not in told, listed
        assert "隔壁老王家" not in told
    assert [task.case.number for task in waiting.board(user)] == [fire]


@pytest.mark.parametrize("role", CHIEFS)
def test_the_live_page_shows_the_alert_without_its_case(
    opened: dict[str, Case], client: Client, role: str
) -> None:
    client.force_login(chief(role))
    cards = {card["rule"]: card for card in client.get("/api/command/live").json()["alerts"]}
    assert cards["smoke-battery"]["case"] is None
    assert cards["smoke-fire"]["case"]["number"] == opened["fire"].number
    detail = client.get(f"/api/command/alerts/{opened['battery'].alert}").json()
    assert (detail["alert"]["case"], detail["steps"]) == (None, [])


def test_behind_a_number_stand_the_cases_that_one_may_see(
    opened: dict[str, Case], people: dict[str, User], client: Client
) -> None:
    evaluation.follow()
    behind = f"/evaluation/cases/?indicator=filed&by=site&key=tl04&period={NOW:%Y-%m}"
    behind += "&part=denominator"
    client.force_login(people["leader"])
    everything = client.get(behind).content.decode()
    client.force_login(chief("police_head"))
    mine = client.get(behind).content.decode()
    battery, fire = opened["battery"].number, opened["fire"].number
    assert battery in everything
    assert fire in everything
    assert battery not in mine
    assert fire in mine
    assert "不在您的可见范围内" in mine
