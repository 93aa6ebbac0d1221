"""While a life may be at risk each record is one press; a door is forced by authority only."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands, safety
from xiuhua.city.alerts.models import Alert
from xiuhua.city.alerts.safety import Record

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def fire(people: dict[str, User]) -> Alert:
    commands.record([change()], NOW)
    return Alert.objects.get()


def say(alert: Alert, what: Record, note: str = "") -> None:
    safety.record(alert.id, what, by="officer", note=note, now=NOW)


def test_the_telephone_check_is_asked_for_then_119(fire: Alert) -> None:
    assert safety.owed(fire.id) == [Record.CHECK_TRUE, Record.CHECK_FALSE, Record.CHECK_SILENT]
    say(fire, Record.CHECK_SILENT)
    assert safety.owed(fire.id) == [Record.RESCUE_CALLED]
    say(fire, Record.RESCUE_CALLED)
    assert safety.owed(fire.id) == []


def test_where_nothing_is_119_is_not_asked_for(fire: Alert) -> None:
    say(fire, Record.CHECK_FALSE)
    assert safety.owed(fire.id) == []


def test_the_door_is_forced_after_somebody_has_authorised_it(fire: Alert) -> None:
    with pytest.raises(safety.NeedsAuthorisation):
        say(fire, Record.ENTRY_MADE, "社工在场")
    with pytest.raises(safety.SentenceMissing):
        say(fire, Record.ENTRY_AUTHORISED)
    say(fire, Record.ENTRY_AUTHORISED, "屋内无人应答，烟从门缝出")
    say(fire, Record.ENTRY_MADE, "社工在场")
    assert [s.data["record"] for s in safety.recorded(fire.id)] == [
        "entry-authorised",
        "entry-made",
    ]


def test_nothing_of_it_belongs_to_a_battery(fire: Alert) -> None:
    commands.record([change("smoke-battery", level="warn")], NOW)
    battery = Alert.objects.exclude(id=fire.id).get()
    with pytest.raises(safety.NotLifeSafety):
        say(battery, Record.CHECK_TRUE)


def page(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_offers_it_and_records_it(fire: Alert, people: dict[str, User]) -> None:
    officer = page(people["officer"])
    shown = officer.get(f"/alerts/{fire.id}/").content.decode()
    assert 'href="tel:119"' in shown
    assert "check-true" in shown
    officer.post(f"/alerts/{fire.id}/record/", {"what": "check-true"})
    shown = officer.get(f"/alerts/{fire.id}/").content.decode()
    assert "电话核警：属实" in shown


@pytest.mark.parametrize(("who", "status"), [("officer", 403), ("leader", 302), ("nurse", 403)])
def test_only_a_leader_authorises_forced_entry(
    fire: Alert, people: dict[str, User], who: str, status: int
) -> None:
    form = {"what": "entry-authorised", "note": "无人应答"}
    answer = page(people[who]).post(f"/alerts/{fire.id}/record/", form)
    assert answer.status_code == status
    assert bool(safety.recorded(fire.id)) is (status == 302)
