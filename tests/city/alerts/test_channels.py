"""Channels of teams and of people: who is reached by which, what is down holds up nobody else."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import channels, commands, escalating
from xiuhua.city.alerts.channels import Outlet
from xiuhua.city.alerts.models import Call, Channel, Delivery, Escalation
from xiuhua.city.alerts.telling import BACKOFF, BATCH, tell_pending
from xiuhua.city.staff import commands as staff

pytestmark = pytest.mark.usefixtures("people")
SECRET = "s3cr3t-t0ken"
URL = f"json://127.0.0.1:1/{SECRET}"
"""Nobody listens there."""


class Box:
    """Takes what it is given."""

    def __init__(self) -> None:
        self.got: list[str] = []

    def __call__(self, title: str, body: str) -> bool:
        self.got.append(f"{title}\n{body}")
        return True


def refuse(title: str, body: str) -> bool:
    return False


def enter(**more: object) -> Channel:
    facts = {"title": "政务微信", "url": URL, "team": "", "person": "", "voice": False}
    return channels.enter(**(facts | more), by="root", now=NOW)  # type: ignore[arg-type]


def critical(count: int) -> None:
    commands.record(
        [change("smoke-battery", level="critical", device=n) for n in range(count)], NOW
    )


def test_a_teams_channel_gets_its_calls_only() -> None:
    commands.record([change()], NOW)
    box, all_ = Box(), Box()
    tell_pending(NOW, [Outlet("t", "t", box, team="fire-1"), Outlet("a", "a", all_)])
    assert len(box.got) == 1
    assert "微型消防站" in box.got[0]
    assert len(all_.got) == 3


def test_a_persons_channel_gets_the_calls_to_their_team_while_they_have_duty() -> None:
    box = Box()
    way = [Outlet("p", "p", box, person="fireman")]
    commands.record([change(device=1)], NOW)
    tell_pending(NOW, way)
    assert box.got == []
    staff.put_watch(
        username="fireman", since=NOW, until=NOW + timedelta(hours=8), by="leader", now=NOW
    )
    commands.record([change(device=2, site="tl05")], NOW)
    tell_pending(NOW, way)
    assert len(box.got) == 1


def test_who_is_called_for_their_office_is_reached_by_their_own_channel() -> None:
    box = Box()
    commands.record([change()], NOW)
    escalating.escalate(NOW + timedelta(minutes=1))
    tell_pending(NOW + timedelta(minutes=1), [Outlet("p", "p", box, person="leader")])
    assert len(box.got) == 1
    assert "张leader" in box.got[0]


def test_a_channel_that_rings_rings_for_a_risk_to_life_only() -> None:
    box = Box()
    ring = [Outlet("v", "v", box, voice=True)]
    critical(1)
    tell_pending(NOW, ring)
    assert box.got == []
    commands.record([change()], NOW)
    tell_pending(NOW, ring)
    assert len(box.got) == 3


def test_a_channel_that_hangs_holds_up_nobody_else() -> None:
    commands.record([change()], NOW)
    Call.objects.exclude(team="duty").delete()
    other = threading.Event()

    def hangs(title: str, body: str) -> bool:
        return other.wait(30)

    def quick(title: str, body: str) -> bool:
        other.set()
        return True

    tell_pending(NOW, [Outlet("1", "1", hangs), Outlet("2", "2", quick)])
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"sent"}


def test_one_that_gets_through_is_enough_and_the_other_goes_on_trying() -> None:
    commands.record([change()], NOW)
    Call.objects.exclude(team="duty").delete()
    box = Box()
    ways = [Outlet("1", "1", refuse), Outlet("2", "2", box)]
    assert tell_pending(NOW, ways) == 1
    assert Call.objects.get().outcome == "told"
    again = Box()
    tell_pending(NOW + BACKOFF[0], [Outlet("1", "1", again), ways[1]])
    assert (len(again.got), len(box.got)) == (1, 1)


def test_many_everyday_calls_are_one_message_fires_are_each_their_own() -> None:
    critical(6)
    commands.record([change(device=1), change(device=2, site="tl05")], NOW)
    Call.objects.exclude(team="duty").delete()
    box = Box()
    tell_pending(NOW, [Outlet("1", "1", box)])
    assert len(box.got) == 3
    assert "6 件事需要您" in box.got[-1]
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"sent"}


def test_a_fire_is_told_before_whatever_else_waits() -> None:
    critical(BATCH)
    commands.record([change(device=999)], NOW)
    box = Box()
    tell_pending(NOW, [Outlet("1", "1", box)])
    assert all("疑似火情" in text for text in box.got[:3])


def test_where_nobody_was_reached_the_next_rung_does_not_wait() -> None:
    commands.record([change()], NOW)
    ways = [Outlet("1", "1", refuse)]
    tell_pending(NOW, ways)
    Delivery.objects.update(attempts=len(BACKOFF), next_try=NOW)
    assert Escalation.objects.get().due > NOW
    assert tell_pending(NOW, ways) == 3
    assert set(Call.objects.values_list("outcome", flat=True)) == {"failed"}
    assert Escalation.objects.get().due == NOW


def test_an_address_is_sealed() -> None:
    row = enter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM alerts_channel")
        [(sealed,)] = cursor.fetchall()
    assert SECRET.encode() not in bytes(sealed)
    assert row.service == "JSON"
    [outlet] = channels.entered()
    assert not outlet.send("title", "text"), "nobody listens there"
    with pytest.raises(channels.Unreadable):
        enter(url="nonsense://x")


def test_a_channel_shows_since_when_nothing_gets_through() -> None:
    row = enter()
    outlet = Outlet(str(row.pk), "", refuse)
    channels.note(outlet, through=False, now=NOW)
    channels.note(outlet, through=False, now=NOW + timedelta(hours=1))
    row.refresh_from_db()
    assert row.down == NOW
    channels.note(outlet, through=True, now=NOW + timedelta(hours=2))
    row.refresh_from_db()
    assert (row.down, row.through) == (None, NOW + timedelta(hours=2))


def test_the_page_keeps_the_address_to_itself() -> None:
    staff.put_member(username="root", role="system_admin", zh="管", en="Root")

    def page(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name))
        return client

    form = {"title": "钉钉值班群", "url": URL, "team": "duty"}
    assert page("officer").post("/alerts/channels/enter/", form).status_code == 403
    assert page("root").post("/alerts/channels/enter/", form).status_code == 302
    wrong = page("root").post("/alerts/channels/enter/", form | {"url": f"nonsense://{SECRET}"})
    assert wrong.status_code == 422
    assert SECRET not in wrong.content.decode()
    shown = page("officer").get("/alerts/channels/").content.decode()
    assert "钉钉值班群" in shown
    assert SECRET not in shown
    row = Channel.objects.get()
    tried = page("root").post(f"/alerts/channels/{row.pk}/try/", follow=True)
    assert "没有发出去" in tried.content.decode()
    page("root").post(f"/alerts/channels/{row.pk}/switch/", {"on": "0"})
    assert channels.entered() == []
