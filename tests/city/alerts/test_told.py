"""Told is who was sent something or has looked; what only stands on a page has told nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import channels, commands
from xiuhua.city.alerts.models import Alert, Call, Channel
from xiuhua.city.alerts.telling import tell_pending

WARNING = "没有任何通知渠道"


@pytest.fixture
def fire(people: dict[str, User]) -> Alert:
    """A fire whose calls stand on the pages: there is no channel."""
    commands.record([change()], NOW)
    tell_pending(NOW, [])
    return Alert.objects.get()


def outcome(team: str) -> tuple[str, bool]:
    call = Call.objects.get(team=team)
    return call.outcome, call.told is not None


def client(person: User) -> Client:
    found = Client()
    found.force_login(person)
    return found


@pytest.mark.parametrize("page", ["", "go/"])
def test_who_opens_it_is_told_and_nobody_else(
    fire: Alert, people: dict[str, User], page: str
) -> None:
    shown = client(people["leader"]).get(f"/alerts/{fire.id}/").content.decode()
    assert "仅在页面显示" in shown
    client(people["guard"]).get(f"/alerts/{fire.id}/{page}")
    assert outcome("tl04-guard") == ("told", True)
    assert outcome("fire-1") == ("shown", False)


def test_the_inbox_that_renews_itself_on_a_wall_tells_nobody(
    fire: Alert, people: dict[str, User]
) -> None:
    client(people["guard"]).get("/cases/")
    assert outcome("tl04-guard") == ("shown", False)


def test_who_answers_is_told(fire: Alert) -> None:
    commands.answer_call(fire.id, team="fire-1", by="fireman", now=NOW)
    assert outcome("fire-1") == ("told", True)


def test_where_it_has_gone_out_the_channel_decides(people: dict[str, User]) -> None:
    commands.record([change()], NOW)
    client(people["guard"]).get(f"/alerts/{Alert.objects.get().id}/")
    assert outcome("tl04-guard") == ("waiting", False)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # within apprise
@pytest.mark.parametrize("page", ["/desk/", "/alerts/channels/"])
def test_the_desk_is_warned_while_no_channel_serves_risks_to_life(
    people: dict[str, User], settings: Any, page: str
) -> None:
    leader = client(people["leader"])
    assert channels.none_for_life()
    assert WARNING in leader.get(page).content.decode()
    settings.NOTIFIES = True
    assert WARNING not in leader.get(page).content.decode()
    settings.NOTIFIES = False
    way = channels.enter(
        title="钉钉",
        url="json://127.0.0.1:9/x",
        team="",
        person="",
        voice=False,
        by="root",
        now=NOW,
    )
    assert WARNING not in leader.get(page).content.decode()
    Channel.objects.filter(pk=way.pk).update(on=False)
    assert WARNING in leader.get(page).content.decode()
