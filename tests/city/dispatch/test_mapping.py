"""What the map of the dispatch page is handed: pins out of the scene that the page has built."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from tests.city.alerts.world import NOW, change
from tests.city.dispatch.conftest import SPOTS
from tests.city.dispatch.test_room import LATER, filed, send
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import commands as cases
from xiuhua.city.cases.commands import Step
from xiuhua.city.cases.models import Case
from xiuhua.city.dispatch import commands, mapping, pages, queries
from xiuhua.city.dispatch.gathering import Scene, scene
from xiuhua.city.dispatch.mapping import OrderPin, Pins
from xiuhua.city.staff.models import Member

PHONE = "13800001234"


def pins() -> Pins:
    of = scene(LATER)
    return mapping.pins(of, queries.rows(of))


def pin(case: Case) -> OrderPin:
    return next(one for one in pins().orders if one.number == case.number)


def test_an_order_stands_at_its_place_and_leads_to_who_would_go(people: dict[str, User]) -> None:
    case = filed(people)
    with translation.override("en"):
        found = pin(case)
        (row,) = queries.rows(scene(LATER))
        label = f"{row.case.title} · {row.where} · proposed: {row.best_member}"
    assert row.best and row.second and row.best_member
    assert (found.lon, found.lat) == SPOTS["tl04-b031"]
    assert {found.best, found.second} == {"crew", "mate"}
    assert (found.best, found.second) == (row.best.person, row.second.person)
    assert (found.life, found.held) == (False, False)
    assert found.label == label


def test_what_a_limit_holds_says_so_and_leads_to_nobody(people: dict[str, User]) -> None:
    case = filed(people)
    commands.put_ask(
        case_class="device-care", skills=["gas"], work=30, automatic=False, by="leader", now=NOW
    )
    with translation.override("en"):
        found = pin(case)
    assert (found.held, found.best, found.second) == (True, None, None)
    assert found.label.endswith("Held: Nobody on duty there can do it.")


def test_a_risk_to_life_says_so(people: dict[str, User]) -> None:
    told = change()
    alerts.record([told], NOW)
    (case,) = cases.open_for([told], NOW)
    cases.do(
        case.number, Step.RETURN, by=people["fireman"], version=case.version, now=NOW, note="到不了"
    )
    found = pin(case)
    assert found.life
    assert "生命安全" in found.label


def test_people_stand_where_they_last_worked_today(people: dict[str, User]) -> None:
    case = filed(people)
    before = {one.id: (one.lon, one.lat) for one in pins().people}
    assert before["crew"] == before["mate"] == (121.425, 31.1725), "the middle of both compounds"
    send(case, "crew", people, reason="近")
    moved = Case.objects.get(pk=case.pk)
    cases.do(case.number, Step.ACCEPT, by=people["crew"], version=moved.version, now=LATER)
    after = {one.id: one for one in pins().people}
    assert (after["crew"].lon, after["crew"].lat) == SPOTS["tl04-b031"]
    assert (after["mate"].lon, after["mate"].lat) == before["mate"]
    with translation.override("en"):
        labels = {one.id: one.label for one in pins().people}
    assert labels["crew"] == "Ms crew · Repair crew 1 · 1 order in hand · reckoned to be here"


def test_what_nobody_has_put_on_the_map_has_no_pin(people: dict[str, User]) -> None:
    here, lost = filed(people), filed(people, device=8)
    Case.objects.filter(pk=lost.pk).update(lon=None, lat=None, place="", site="nowhere")
    assert [one.number for one in pins().orders] == [here.number]
    assert {case.number for case in scene(LATER).cases} == {here.number, lost.number}


def test_pins_cost_no_reading(
    people: dict[str, User], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    filed(people)
    filed(people, device=8)
    of = scene(LATER)
    rows = queries.rows(of)
    with django_assert_num_queries(0):
        found = mapping.pins(of, rows)
    assert len(found.orders) == 2
    assert {one.id for one in found.people} == {one.id for one in of.people}


def handed_over(page: str) -> dict[str, Any]:
    """What the page's script reads."""
    found = re.search(r'<script id="dispatch-pins"[^>]*>(.*?)</script>', page)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_the_page_hands_it_over_and_builds_the_scene_once(
    people: dict[str, User], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, lost = filed(people), filed(people, device=8)
    Case.objects.filter(pk=lost.pk).update(lon=None, lat=None, place="", site="nowhere")
    Member.objects.update(phone=PHONE)
    built: list[Scene] = []
    monkeypatch.setattr(pages, "scene", lambda now: built.append(scene(now)) or built[-1])
    client.force_login(people["dispatcher"])
    page = client.get("/dispatch/").content.decode()
    told = handed_over(page)
    assert len(built) == 1
    assert [one["number"] for one in told["orders"]] == [case.number]
    assert {one["id"] for one in told["people"]} == {one.id for one in built[0].people}
    assert PHONE not in page
    assert "1 件没有落图" in page
    assert page.count("data-to-map") == 1
    for number in (case.number, lost.number):
        assert f'data-order="{number}"' in page, "the list has all of them"


@pytest.mark.parametrize("who", ["crew", "acceptor", "nurse"])
def test_who_does_not_dispatch_gets_nothing(
    people: dict[str, User], client: Client, who: str
) -> None:
    filed(people)
    client.force_login(people[who])
    answer = client.get("/dispatch/")
    assert answer.status_code == 403
    assert b"dispatch-pins" not in answer.content
