"""Alerts of several kinds that are one matter: one incident, one set of calls; nobody told twice,
nobody not told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid5

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import LOG, NOW, change, judge_false, ms
from xiuhua.city.alerts import byhand, commands, escalating, incidents, queries
from xiuhua.city.alerts.chains import LIFE
from xiuhua.city.alerts.kinship import USUAL, Facts, Row, kin
from xiuhua.city.alerts.models import Alert, Call, Incident, IncidentStep, Kinship
from xiuhua.city.command.queries import cards
from xiuhua.engine.changes import AlertChange

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def settled(people: dict[str, User]) -> None:
    """The small sub-district of `world`."""


def fire(device: int = 7, *, after: int = 0, place: str = "", **more: Any) -> Alert:
    """A fire that starts `after` seconds later, told then; at another place if one is named."""
    told = change(device=device, after=after, **more)
    start = ms(NOW + timedelta(seconds=after))
    told = msgspec.structs.replace(
        told, start=start, place=place or told.place, id=str(uuid5(LOG, f"{told.id} {start}"))
    )
    return tell(told)


def tell(told: AlertChange) -> Alert:
    commands.record([told], NOW + timedelta(milliseconds=told.time - ms(NOW)))
    return Alert.objects.get(id=told.id)


def by_hand(case_class: str, place: str = "tl04-b031-0402", *, after: int = 0) -> Alert:
    facts = {"zh": case_class, "en": case_class, "told_zh": "来电", "told_en": "telephone"}
    return byhand.raise_by_hand(
        case_class=case_class, place=place, site="tl04", now=NOW + timedelta(seconds=after), **facts
    )


def called(alert: Alert) -> set[str]:
    return {call.team or call.person for call in queries.calls(alert.id)}


TEAMS = {"tl04-guard", "fire-1", "duty"}


# ── what belongs together ─────────────────────────────────────────────────────────────────────────


def facts(id_: str, *, after: int = 0, **more: Any) -> Facts:
    known = {"rule": "smoke-fire", "case_class": "fire", "subject": id_, "building": "b1"}
    return Facts(id=id_, start=NOW + timedelta(minutes=after), **(known | more))


@pytest.mark.parametrize(
    ("other", "row"),
    [
        (facts("b", after=10, rule="arc-fault"), "fire"),
        (facts("b", after=11), None),
        (facts("b", building="b2"), None),
        (facts("b", building=""), None),
        (facts("b", rule="", case_class="gas-leak"), "fire"),
        (facts("b", rule="smoke-battery", case_class="device-care"), None),
        (facts("b", subject="a", building="b2"), "flapping"),
        (facts("b", subject="a", building="b2", rule="smoke-heat"), None),
    ],
)
def test_which_alerts_are_one_matter(other: Facts, row: str | None) -> None:
    for one, two in ((facts("a"), other), (other, facts("a"))):
        found = kin(one, [two, one], USUAL)
        assert (found and found[1].code) == row


def test_a_lost_network_is_one_incident_of_its_gateway() -> None:
    silent = [facts(n, rule=f"{n}-silent", case_class="", gateway="g1") for n in ("door", "smoke")]
    assert kin(silent[0], silent, USUAL) == (silent[1], USUAL[1])
    apart = [silent[0], facts("arc", rule="arc-silent", case_class="", gateway="g2")]
    assert kin(apart[1], apart, USUAL) is None


def test_metres_are_metres() -> None:
    here = facts("a", case_class="drain", spot=(121.43, 31.17))
    near = facts("b", case_class="drain", spot=(121.4315, 31.17))  # 143 m to the east
    far = facts("c", case_class="drain", spot=(121.4317, 31.17))  # 162 m
    nowhere = facts("d", case_class="drain")
    water = [row for row in USUAL if row.scope == "metres"]
    assert kin(here, [far, near, nowhere], water) == (near, water[0])
    assert kin(here, [far, nowhere], water) is None


def test_a_row_of_the_database_stands_before_the_houses_own() -> None:
    Kinship.objects.create(code="fire", words=["fire"], scope="site", minutes=3)
    Kinship.objects.create(code="water", scope="site", on=False)
    own = {row.code: row for row in incidents.rows()}
    assert own["fire"] == Row("fire", ("fire",), "site", 3, 0)
    assert "water" not in own
    assert "network" in own


def test_the_databases_rows_stand_in_one_order() -> None:
    for code in ("b", "d", "a", "c"):
        Kinship.objects.create(code=code, words=["fire"], scope="site")
    assert [row.code for row in incidents.rows()][-4:] == ["a", "b", "c", "d"]


# ── one set of calls ──────────────────────────────────────────────────────────────────────────────


def test_a_second_sensor_of_the_same_fire_calls_nobody_again() -> None:
    first = fire(7)
    second = fire(8, after=60)
    assert first.incident is None and second.incident
    assert Incident.objects.count() == 1
    assert {one.id for one in incidents.members(second.incident_id)} == {first.id, second.id}
    assert (called(first), called(second)) == (TEAMS, set())
    assert queries.matters_since(NOW) == 1
    assert [s.kinship for s in incidents.steps(second.incident_id)] == ["fire", "fire"]


def test_a_new_place_and_a_new_danger_call_again() -> None:
    fire(7)
    assert called(fire(8, after=60, place="tl04-b031")) == TEAMS
    gas = by_hand("gas-leak", after=90)
    assert gas.incident_id and Incident.objects.count() == 1
    assert called(gas) > TEAMS


def test_what_grows_worse_calls_whom_it_has_not_called_yet() -> None:
    first, second = fire(7), by_hand("fire", after=30)
    assert first.id != second.id
    assert called(second) == {"tl04-property", "repair-1"}


def test_flapping_is_one_incident_but_calls_again_when_its_calls_are_long_over() -> None:
    one = change()
    tell(one)
    tell(msgspec.structs.replace(one, seq=2, what="cleared", time=one.time + 60_000))
    assert called(fire(7, after=300)) == set()
    assert called(fire(7, after=800)) == TEAMS
    assert Incident.objects.count() == 1


def test_a_false_alarms_calls_serve_nobody_else() -> None:
    first, second = fire(7), fire(8, after=60)
    judge_false(first.id, now=NOW + 2 * MINUTE)
    assert called(second) == TEAMS


def test_an_answer_counts_for_what_it_serves_and_for_nothing_else() -> None:
    first, same, elsewhere = fire(7), fire(8, after=10), fire(9, after=20, place="tl04-b031")
    call = commands.answer_call(same.id, team="fire-1", by="fireman", now=NOW + MINUTE)
    assert call.alert_id == first.id
    escalating.escalate(NOW + LIFE[0].patience + MINUTE)
    ends = {one.id: queries.escalation(one.id) for one in (first, same, elsewhere)}
    assert [step.ended if step else None for step in ends.values()] == ["answered", "answered", ""]


def test_nobody_is_called_further_twice_for_one_matter() -> None:
    first, second = fire(7), fire(8, after=1)
    for n in range(1, 4):
        escalating.escalate(NOW + n * 3 * MINUTE)
    named = [call.team or call.person for call in Call.objects.all()]
    assert len(named) == len(set(named)), named
    assert {"leader", "tl04-property"} < called(first) | called(second)


def test_the_gravest_stands_for_it_a_risk_to_life_before_all() -> None:
    hot = tell(change("smoke-battery", level="critical"))
    commands.add_to_incident(fire(8, after=5).id, hot.id, by="officer", why="同一处", now=NOW)
    incident = Incident.objects.get()
    life = Alert.objects.get(life_safety=True)
    assert incident.lead == life.id
    judge_false(life.id)
    incident.refresh_from_db()
    assert incident.lead == hot.id


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_taken_out_calls_for_itself_and_so_does_what_stays() -> None:
    first, second, third = fire(7), fire(8, after=1), fire(9, after=2)
    commands.take_out([first.id], by="officer", why="另一处", now=NOW + MINUTE)
    first.refresh_from_db()
    assert first.incident is None
    assert (called(first), called(second), called(third)) == (TEAMS, TEAMS, set())
    assert IncidentStep.objects.get(what="out").note == "另一处"


def test_several_are_split_off_as_an_incident_of_their_own() -> None:
    alerts = [fire(n, after=n) for n in (1, 2, 3, 4)]
    commands.take_out([alerts[2].id, alerts[3].id], by="officer", why="两处", now=NOW + MINUTE)
    assert Incident.objects.count() == 2
    assert [called(one) for one in alerts] == [TEAMS, set(), TEAMS, set()]
    leads = {one.lead for one in Incident.objects.all()}
    assert leads == {alerts[0].id, alerts[2].id}


def test_nothing_is_grouped_without_a_reason_or_twice() -> None:
    first, second = fire(7), fire(8, after=1)
    with pytest.raises(commands.ReasonMissing):
        commands.take_out([first.id], by="officer", why=" ", now=NOW)
    with pytest.raises(incidents.NotTogether):
        commands.add_to_incident(first.id, second.id, by="officer", why="一起", now=NOW)
    alone = fire(3, site="tl05", after=2)
    with pytest.raises(incidents.NotTogether):
        commands.take_out([alone.id], by="officer", why="x", now=NOW)


def test_who_was_called_to_one_sees_them_all(people: dict[str, User]) -> None:
    _, second = fire(7), fire(8, after=60)
    assert queries.may_see(people["fireman"], second.id)
    assert not queries.may_see(people["otherguard"], second.id)


def test_the_page_lists_the_members_and_groups_by_hand(
    people: dict[str, User], client: Client
) -> None:
    first, second, other = fire(7), fire(8, after=60), fire(9, site="tl05")
    client.force_login(people["officer"])
    page = client.get(f"/alerts/{first.id}/").content.decode()
    assert f"/alerts/{second.id}/" in page
    assert str(other.id) in page, "offered to be added"
    form = {"do": "add", "alert": str(other.id), "why": "同一股烟"}
    assert client.post(f"/alerts/{first.id}/incident/", form).status_code == 302
    assert len(incidents.members(Incident.objects.get().pk)) == 3
    out = {"do": "out", "alert": [str(second.id), str(other.id)], "why": "分开"}
    client.post(f"/alerts/{first.id}/incident/", out)
    assert Incident.objects.count() == 2
    client.force_login(people["fireman"])
    assert client.post(f"/alerts/{first.id}/incident/", out).status_code == 403


def test_the_live_list_has_one_line_for_it(people: dict[str, User]) -> None:
    first, second = fire(7), fire(8, after=60)
    shown = {card["id"]: card for card in cards([first.id, second.id])}
    assert shown[str(first.id)]["parent"] is None
    assert shown[str(first.id)]["belonging"] == {"storm": False, "all": 1, "up": 1}
    assert shown[str(second.id)]["parent"] == str(first.id)
