"""What an alert in a home rests on: for who acts, for a reason to others, each look recorded."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands
from xiuhua.city.alerts.models import Alert
from xiuhua.city.people.models import Look

RESTS_ON = "0.3 dB/m"


@pytest.fixture
def alert(people: dict[str, User]) -> Alert:
    commands.record([change()], NOW)
    return Alert.objects.get()


def visit(people: dict[str, User], who: str, alert: Alert) -> tuple[Client, str]:
    client = Client()
    client.force_login(people[who])
    return client, client.get(f"/alerts/{alert.id}/").content.decode()


def looks() -> list[tuple[str, str]]:
    return list(Look.objects.order_by("seq").values_list("who", "why"))


def test_who_acts_sees_it_at_once_and_is_written_down_once(
    people: dict[str, User], alert: Alert
) -> None:
    client, page = visit(people, "officer", alert)
    assert RESTS_ON in page
    client.get(f"/alerts/{alert.id}/")
    assert looks() == [("officer", "acting on alert")]


def test_others_say_why_first(people: dict[str, User], alert: Alert) -> None:
    client, page = visit(people, "supervisor", alert)
    assert RESTS_ON not in page and "请写明查看的原因" in page
    client.post(f"/alerts/{alert.id}/look/", {"reason": " "})
    assert RESTS_ON not in client.get(f"/alerts/{alert.id}/").content.decode()
    assert looks() == []
    client.post(f"/alerts/{alert.id}/look/", {"reason": "核查误报"})
    assert RESTS_ON in client.get(f"/alerts/{alert.id}/").content.decode()
    assert looks() == [("supervisor", "核查误报")]


def test_when_it_is_over_the_desk_says_why_too(people: dict[str, User], alert: Alert) -> None:
    commands.record([change(seq=2, what="cleared", after=60)], NOW)
    _client, page = visit(people, "officer", alert)
    assert RESTS_ON not in page


def test_an_alert_outdoors_is_nobodys_home(people: dict[str, User]) -> None:
    commands.record([change(device=9, site="tl05")], NOW)
    _client, page = visit(people, "supervisor", Alert.objects.get())
    assert RESTS_ON in page
    assert looks() == []
