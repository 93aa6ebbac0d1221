"""Serious matters: called an emergency by hand, led to from the case, listed with their reports."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts import world
from tests.city.alerts.world import NOW
from xiuhua.city.cases import commands, reporting
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Source
from xiuhua.city.cases.reporting import Report
from xiuhua.city.evaluation import commands as evaluation


def test_an_emergency_is_called_one_and_its_reports_are_found(client: Client, db: None) -> None:
    people = world.settle()
    told = Report(source=Source.PATROL, case_class="device-care", place="tl04", words="全村停水")
    case = reporting.report(told, by=people["supervisor"], now=NOW)
    evaluation.follow()
    page, matters = f"/cases/{case.number}/", f"/evaluation/matters/{case.number}/"
    report = f"/evaluation/report/?period={NOW:%Y-%m}"

    def seen(who: User, address: str) -> str:
        client.force_login(who)
        return client.get(address).content.decode()

    leader = people["leader"]
    assert matters not in seen(leader, page)
    assert matters not in seen(leader, report)
    assert 'data-step="emergency"' in seen(leader, page)
    assert 'data-step="emergency"' not in seen(people["dispatcher"], page)
    client.force_login(leader)
    client.post(f"{page}steps/emergency/", {"version": case.version, "note": "两千户停水"})
    case.refresh_from_db()
    assert case.emergency
    assert matters in seen(leader, page)
    assert matters not in seen(people["dispatcher"], page), "only for who may write them"
    listed = seen(leader, report)
    for words in (matters, "设备维护", "突发事件", "还没有向上报送"):
        assert words in listed
    facts = {"kind": "first", "what": "全村停水", "people": "", "done": "送水", "next": ""}
    assert client.post(f"{matters}write/", facts).status_code == 302
    assert "初报" in seen(leader, report)
    with pytest.raises(commands.NotDone) as refused:
        commands.do(case.number, Step.EMERGENCY, by=leader, version=0, now=NOW, note="又")
    assert refused.value.code == "nothing_owed"


def test_a_risk_to_life_is_listed_as_one(client: Client, db: None) -> None:
    people = world.settle()
    told = Report(source=Source.PHONE, case_class="fire", place="tl04", words="")
    case = reporting.report(told, by=people["acceptor"], now=NOW)
    evaluation.follow()
    client.force_login(people["leader"])
    listed = client.get(f"/evaluation/report/?period={NOW:%Y-%m}").content.decode()
    assert "危及生命" in listed
    assert case.number in listed
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert f"/evaluation/matters/{case.number}/" in page
