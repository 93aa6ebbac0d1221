"""A message's link: no secret in it, one page for a phone, one button."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands, queries
from xiuhua.city.alerts.models import Alert, Call
from xiuhua.city.alerts.telling import message


@pytest.fixture
def alert(people: dict[str, User]) -> Alert:
    commands.record([change()], NOW)
    return Alert.objects.get()


def test_the_link_names_the_alert_and_nothing_else(alert: Alert, settings: Any) -> None:
    call = Call.objects.filter(team="fire-1").get()
    assert "http" not in message(call)[1]
    settings.PUBLIC_URL = "https://city.example"
    assert f"https://city.example/alerts/{alert.id}/go/" in message(call)[1].splitlines()


def test_who_is_not_logged_in_does_so_and_comes_back(alert: Alert, client: Client) -> None:
    said = client.get(f"/alerts/{alert.id}/go/")
    assert said.status_code == 302
    assert said.headers["Location"] == f"/accounts/login/?next=/alerts/{alert.id}/go/"


@pytest.mark.parametrize(
    ("who", "action", "then"),
    [
        ("fireman", "answer", "已应答"),
        ("leader", "acknowledge", "已应答"),
        ("acceptor", "answer", ""),
    ],
)
def test_one_press_answers(
    alert: Alert, people: dict[str, User], client: Client, who: str, action: str, then: str
) -> None:
    client.force_login(people[who])
    page = f"/alerts/{alert.id}/go/"
    shown = client.get(page).content.decode()
    assert shown.count("btn-whole") == 1
    assert f'action="/alerts/{alert.id}/{action}/"' in shown
    after = client.post(f"/alerts/{alert.id}/{action}/", {"next": page}, follow=True)
    assert after.redirect_chain[-1][0] == page
    assert then in after.content.decode()
    team = "fire-1" if who == "fireman" else "duty"
    assert next(c for c in queries.calls(alert.id) if c.team == team).answered_by == who


def test_who_was_not_called_finds_nothing(
    alert: Alert, people: dict[str, User], client: Client
) -> None:
    client.force_login(people["otherguard"])
    assert client.get(f"/alerts/{alert.id}/go/").status_code == 404
