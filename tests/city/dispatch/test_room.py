"""The room at work: who is proposed and why, sending by people and by the house, the tables."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation

from tests.city.alerts.world import NOW, change
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import commands as cases
from xiuhua.city.cases.commands import NotDone, Step
from xiuhua.city.cases.models import Case
from xiuhua.city.chain import AppendOnly
from xiuhua.city.dispatch import commands, gathering, queries
from xiuhua.city.dispatch.assigning import assign
from xiuhua.city.dispatch.commands import NoReason, NotThere
from xiuhua.city.dispatch.gathering import scene
from xiuhua.city.dispatch.models import Sending
from xiuhua.city.staff import commands as staff

LATER = NOW + timedelta(minutes=5)


def filed(people: dict[str, User], device: int = 7, site: str = "tl04") -> Case:
    """A case of the repair crews' that waits to be dispatched."""
    told = change("smoke-battery", device=device, site=site)
    alerts.record([told], NOW)
    (case,) = cases.open_for([told], NOW)
    return cases.do(case.number, Step.FILE, by=people["acceptor"], version=case.version, now=NOW)


def row(case: Case) -> queries.Row:
    return next(one for one in queries.rows(scene(LATER)) if one.case.number == case.number)


def send(case: Case, person: str, people: dict[str, User], **more: str) -> Sending:
    version = Case.objects.get(pk=case.pk).version
    return commands.send(
        case.number, person=person, version=version, by=people["dispatcher"], now=LATER, **more
    )


def test_a_colleague_with_less_in_hand_goes_and_says_why(people: dict[str, User]) -> None:
    first, second = filed(people), filed(people, device=8)
    proposed = {row(first).best_member, row(second).best_member}
    assert {one.user.username for one in proposed if one} == {"crew", "mate"}
    with translation.override("en"):
        assert row(first).best_words == "3 minutes of way, 0 orders in hand, in time"


def test_the_limit_counts_from_when_somebody_would_go(people: dict[str, User]) -> None:
    case = filed(people)
    assert case.handle_by is None, "nobody has it yet"
    (waits,) = scene(LATER).orders
    assert waits.due == pytest.approx(2880)
    late = scene(LATER + timedelta(days=1)).orders[0].due
    assert late == pytest.approx(2880), "the handling clock has not begun"
    send(case, "crew", people, reason="近")
    moved = Case.objects.get(pk=case.pk)
    cases.do(
        case.number, Step.RECALL, by=people["dispatcher"], version=moved.version, note="改派",
        now=LATER + timedelta(hours=1),
    )  # fmt: skip
    assert scene(LATER + timedelta(hours=2)).orders[0].due == pytest.approx(2820)


def test_a_skill_leaves_one_and_a_limit_none(
    people: dict[str, User], settings: LazySettings
) -> None:
    case = filed(people)
    commands.put_ask(
        case_class="device-care", skills=["electricity"], work=30, automatic=False, by="leader",
        now=NOW,
    )  # fmt: skip
    assert row(case).best_member and row(case).best_member.user.username == "crew"  # type: ignore[union-attr]
    staff.put_absence(
        username="crew", since=NOW, until=NOW + timedelta(hours=4), why="病假", by="leader", now=NOW
    )
    with translation.override("en"):
        assert row(case).held == "Nobody on duty there can do it."
    settings.ORDERS_A_PERSON = 1
    staff.set_skills("mate", ["electricity"])
    send(case, "mate", people)
    with translation.override("en"):
        assert row(filed(people, device=9)).held == "Everybody there has as much as they may have."


def test_a_team_over_its_limit_waits_and_a_fire_does_not(people: dict[str, User]) -> None:
    alerts.set_budget(post="repair-1", most=1, by="leader", now=NOW)
    first, second = filed(people), filed(people, device=8)
    with translation.override("en"):
        helds = sorted([row(first).held, row(second).held])
        assert helds == ["", "Everybody there has as much as they may have."]
    alerts.set_budget(post="fire-1", most=1, by="leader", now=NOW)
    fires = [change(device=n) for n in (1, 2, 3)]
    alerts.record(fires, NOW)
    assert {case.stage for case in cases.open_for(fires, NOW)} == {"dispatched"}


def test_sent_as_proposed_is_in_the_history_with_the_second_best(people: dict[str, User]) -> None:
    case = filed(people)
    best, other = row(case).best_member, row(case).second_member
    assert best and other
    sent = send(case, best.user.username, people)
    assert (sent.how, sent.team, sent.best["person"]) == ("proposed", "repair-1", sent.person)
    step = case.steps.get(step="dispatch")
    assert best.zh in step.note and other.zh in step.note and "3 分钟路程" in step.note
    with pytest.raises(AppendOnly):
        sent.delete()


def test_somebody_else_needs_a_reason_and_is_counted(people: dict[str, User]) -> None:
    case = filed(people)
    second = row(case).second_member
    assert second
    with pytest.raises(NoReason):
        send(case, second.user.username, people)
    assert Case.objects.get(pk=case.pk).stage == "filed"
    sent = send(case, second.user.username, people, reason="熟悉现场")
    assert sent.how == "override"
    assert "熟悉现场" in case.steps.get(step="dispatch").note
    assert queries.shares(LATER).by_hand == 1.0


def test_who_is_away_or_a_case_that_moved_cannot_be_sent(people: dict[str, User]) -> None:
    case = filed(people)
    with pytest.raises(NotThere):
        send(case, "nurse", people, reason="因为")
    with pytest.raises(NotDone):
        commands.send(
            case.number, person="crew", version=case.version - 1, reason="因为",
            by=people["dispatcher"], now=LATER,
        )  # fmt: skip
    assert not Sending.objects.exists()


def test_a_team_that_handed_it_back_is_not_asked_again(people: dict[str, User]) -> None:
    case = filed(people)
    send(case, "crew", people, reason="近")
    moved = Case.objects.get(pk=case.pk)
    cases.do(
        case.number,
        Step.RETURN,
        by=people["crew"],
        version=moved.version,
        now=LATER,
        note="不归我们",
    )  # fmt: skip
    with translation.override("en"):
        assert row(case).held == "Nobody of the units whose it is is on duty."


def test_the_house_sends_by_itself_what_it_may(people: dict[str, User]) -> None:
    case = filed(people)
    assert commands.send_by_itself(LATER) == 0
    commands.put_ask(
        case_class="device-care", skills=[], work=20, automatic=True, by="leader", now=NOW
    )
    assert commands.send_by_itself(LATER) == 1
    assert commands.send_by_itself(LATER) == 0
    moved = Case.objects.get(pk=case.pk)
    assert (moved.stage, moved.team, moved.commanders) == ("dispatched", "repair-1", [])
    assert Sending.objects.get().how == "automatic"


def test_a_risk_to_life_that_came_back_waits_for_no_dispatcher(people: dict[str, User]) -> None:
    told = change()
    alerts.record([told], NOW)
    (case,) = cases.open_for([told], NOW)
    staff.set_responsible(
        case_class=case.case_class_id, place="", main="fire-1", helper="tl04-guard", by="leader",
        now=NOW,
    )  # fmt: skip
    cases.do(
        case.number, Step.RETURN, by=people["fireman"], version=case.version, now=NOW, note="到不了"
    )
    assert Case.objects.get(pk=case.pk).stage == "filed"
    alerts.set_budget(post="tl04-guard", most=1, by="leader", now=NOW)
    assert commands.send_by_itself(LATER) == 1
    moved = Case.objects.get(pk=case.pk)
    assert (moved.stage, moved.team) == ("dispatched", "tl04-guard")


def test_many_are_sent_by_one_plan(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [filed(people, device=n) for n in (7, 8, 9)]
    plans = []
    monkeypatch.setattr(gathering, "assign", lambda *told: plans.append(assign(*told)) or plans[-1])
    versions = {case.number: case.version for case in some}
    assert commands.send_all(versions=versions, by=people["dispatcher"], now=LATER) == (3, 0)
    assert len(plans) == 1


def test_the_round_goes_to_what_one_has_in_hand(people: dict[str, User]) -> None:
    near, far = filed(people), filed(people, device=8, site="tl05")
    for case in (far, near):
        send(case, "crew", people, reason="顺路")
    version = Case.objects.get(pk=near.pk).version
    cases.do(near.number, Step.ACCEPT, by=people["crew"], version=version, now=LATER)
    planned, _cases = queries.going_round("crew", LATER)
    assert [stop.order for stop in planned.stops] == [near.number, far.number]
    assert queries.going_round("mate", LATER)[0].stops == []


@pytest.fixture
def dispatcher(people: dict[str, User], client: Client) -> Client:
    client.force_login(people["dispatcher"])
    return client


def test_the_pages(people: dict[str, User], dispatcher: Client, client: Client) -> None:
    first, second = filed(people), filed(people, device=8)
    page = dispatcher.get("/dispatch/").content.decode()
    assert "2 件" in page and first.title in page
    assert "派遣：建议谁去" in dispatcher.get(f"/cases/{first.number}/").content.decode()
    shown = [f"{case.number}@{case.version}" for case in (first, second)]
    dispatcher.post("/dispatch/all/", {"case": shown})
    assert Sending.objects.filter(how="proposed").count() == 2
    assert "没有待派遣的案卷" in dispatcher.get("/dispatch/").content.decode()
    assert "张crew" in dispatcher.get("/dispatch/matrix/").content.decode()
    assert dispatcher.get("/dispatch/matrix.csv").status_code == 200
    client.force_login(people["crew"])
    assert first.title in client.get("/dispatch/round/").content.decode()


def test_the_interface(people: dict[str, User], dispatcher: Client) -> None:
    case = filed(people)
    (told,) = dispatcher.get("/api/dispatch/").json()
    assert (told["number"], told["held"]) == (case.number, "")
    at = f"/api/dispatch/{case.number}"
    wish = {"person": told["second"]["person"], "version": told["version"]}
    refused = dispatcher.post(at, wish, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "no_reason")
    wish |= {"person": told["best"]["person"]}
    assert dispatcher.post(at, wish, content_type="application/json").json()["how"] == "proposed"
    again = dispatcher.post(at, wish, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "not_there")


def test_tables_are_changed_by_the_leader_alone(people: dict[str, User], client: Client) -> None:
    client.force_login(people["leader"])
    client.post("/dispatch/matrix/responsible/", {"case_class": "fire", "main": "repair-1"})
    client.post("/dispatch/matrix/asks/fire/", {"work": "0", "skill": ["fire"]})
    client.post("/dispatch/matrix/asks/fire/", {"work": "35", "skill": ["fire"]})
    client.post("/dispatch/matrix/skills/fireman/", {"skill": ["fire"]})
    page = client.get("/dispatch/matrix/").content.decode()
    assert "本地设定" in page and 'value="35"' in page
    assert queries.asks()["fire"].skills == ["fire"]
    assert timezone.now() - queries.asks()["fire"].at < timedelta(minutes=5)
    client.force_login(people["dispatcher"])
    assert client.post("/dispatch/matrix/asks/fire/", {"work": "20"}).status_code == 403
