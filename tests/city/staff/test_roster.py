"""Turns of duty: planned by the leader, swapped between colleagues who agree, void while away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.conftest import NOW, Hire
from xiuhua.city.staff import commands, queries
from xiuhua.city.staff.models import Swap, Watch

HOURS = timedelta(hours=8)


@pytest.fixture
def officers(hire: Hire) -> dict[str, User]:
    roles = {"lin": "duty_officer", "wu": "duty_officer", "zhao": "shift_leader"}
    return {name: hire(name, role=role) for name, role in roles.items()}


@pytest.fixture
def turn(officers: dict[str, User]) -> Watch:
    return plan("lin")


def plan(who: str, after: timedelta = timedelta(0)) -> Watch:
    since = NOW + after
    return commands.put_watch(username=who, since=since, until=since + HOURS, by="zhao", now=NOW)


def on_duty() -> list[str]:
    at = NOW + HOURS / 2
    return [one.user.username for one in queries.of_office("duty_officer", at)]


def test_who_has_a_turn_is_on_duty_else_everybody(officers: dict[str, User]) -> None:
    assert on_duty() == ["lin", "wu"]
    plan("lin")
    assert on_duty() == ["lin"]


def test_nobody_has_two_turns_at_once(turn: Watch) -> None:
    with pytest.raises(commands.Overlaps):
        plan("lin", HOURS / 2)
    plan("lin", HOURS)


def test_a_swap_counts_when_the_other_agrees(turn: Watch) -> None:
    swap = commands.ask_swap(turn.id, by="lin", to="wu", now=NOW)
    assert on_duty() == ["lin"]
    commands.answer_swap(swap.id, by="wu", agree=True, now=NOW)
    assert on_duty() == ["wu"]
    [watch] = queries.watches(NOW, NOW + HOURS)
    assert watch.was is not None
    assert watch.was.user.username == "lin"


def test_a_declined_swap_changes_nothing_and_is_closed(turn: Watch) -> None:
    swap = commands.ask_swap(turn.id, by="lin", to="wu", now=NOW)
    commands.answer_swap(swap.id, by="wu", agree=False, now=NOW)
    assert on_duty() == ["lin"]
    with pytest.raises(commands.NotTheirs):
        commands.answer_swap(swap.id, by="wu", agree=True, now=NOW)


@pytest.mark.parametrize(
    ("by", "to"), [("wu", "lin"), ("wu", "wu"), ("lin", "lin"), ("lin", "zhao")]
)
def test_only_ones_own_turn_to_a_colleague_of_the_same_office(
    turn: Watch, by: str, to: str
) -> None:
    with pytest.raises(commands.NotTheirs):
        commands.ask_swap(turn.id, by=by, to=to, now=NOW)
    assert not Swap.objects.exists()


def test_only_who_was_asked_answers(turn: Watch) -> None:
    swap = commands.ask_swap(turn.id, by="lin", to="wu", now=NOW)
    with pytest.raises(commands.NotTheirs):
        commands.answer_swap(swap.id, by="lin", agree=True, now=NOW)


def test_a_colleague_with_duty_then_cannot_take_it(turn: Watch) -> None:
    plan("wu", HOURS / 2)
    with pytest.raises(commands.Overlaps):
        commands.ask_swap(turn.id, by="lin", to="wu", now=NOW)


def test_who_is_away_is_not_on_duty(turn: Watch) -> None:
    commands.put_absence(
        username="lin", since=NOW, until=NOW + HOURS, why="病假", by="zhao", now=NOW
    )
    assert on_duty() == ["wu"]


def test_the_page_plans_asks_and_answers(officers: dict[str, User]) -> None:
    def page(name: str) -> Client:
        client = Client()
        client.force_login(officers[name])
        return client

    form = {"username": "lin", "since": "2036-03-09 08:00", "until": "2036-03-09 20:00"}
    assert page("zhao").post("/staff/watch/", form).status_code == 302
    assert page("zhao").post("/staff/watch/", form).status_code == 422
    assert page("lin").post("/staff/watch/", form).status_code == 403
    turn = Watch.objects.get()
    assert page("lin").post(f"/staff/watch/{turn.id}/ask/", {"to": "wu"}).status_code == 302
    shown = page("wu").get("/staff/").content.decode()
    assert "我来顶班" in shown
    swap = Swap.objects.get()
    assert page("wu").post(f"/staff/swap/{swap.id}/", {"agree": "1"}).status_code == 302
    turn.refresh_from_db()
    assert turn.member.user.username == "wu"
    assert page("wu").post("/staff/swap/99/", {"agree": "1"}).status_code == 404
