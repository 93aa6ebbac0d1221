"""The loop in the database: every step recorded, nobody first twice, nothing half done."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import translation

from tests.city.alerts import world
from tests.city.alerts.world import NOW, change
from tests.city.cases.test_photos import picture
from tests.support.waiting import PATIENCE
from xiuhua.city import feed
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts import danger
from xiuhua.city.cases import commands, photos, queries, waiting
from xiuhua.city.cases.commands import Conflict, NotDone, Proof
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case, CaseStep, Photo

AFTER = Proof(after=[picture()])

WALK = (
    (Step.FILE, "acceptor", {}),
    (Step.DISPATCH, "dispatcher", {"team": "repair-1"}),
    (Step.ACCEPT, "crew", {}),
    (Step.HANDLE, "crew", {"note": "换好电池", "proof": AFTER}),
    (Step.APPROVE, "supervisor", {"true": True}),
    (Step.CLOSE, "leader", {}),
)
"""An everyday case from its filing to its closing."""


class Desk:
    """Takes steps of one case by people's names, at the version they would see."""

    def __init__(self, people: dict[str, User], rule: str = "smoke-battery") -> None:
        self.people = people
        alerts.record([change(rule)], NOW)
        (self.case,) = commands.open_for([change(rule)], NOW)

    def take(self, step: Step, who: str, *, version: int | None = None, **more: object) -> Case:
        seen = self.case.version if version is None else version
        self.case = commands.do(
            self.case.number,
            step,
            by=self.people[who],
            version=seen,
            now=NOW,
            **more,  # type: ignore[arg-type]
        )
        return self.case

    def walk(self, until: Step) -> Case:
        for step, who, more in WALK:
            self.take(step, who, **more)
            if step is until:
                return self.case
        raise AssertionError(until)


@pytest.fixture
def desk(people: dict[str, User]) -> Desk:
    return Desk(people)


@pytest.fixture
def fire(people: dict[str, User]) -> Desk:
    return Desk(people, "smoke-fire")


def test_the_whole_loop_leaves_its_history(desk: Desk) -> None:
    case = desk.walk(Step.CLOSE)
    assert (case.stage, case.ended, case.handler, case.hands) == ("closed", NOW, "crew", ["crew"])
    assert [(step.step, step.by, step.to) for step in queries.history(case)] == [
        ("open", "", "reported"),
        ("file", "acceptor", "filed"),
        ("dispatch", "dispatcher", "dispatched"),
        ("accept", "crew", "handling"),
        ("handle", "crew", "handled"),
        ("approve", "supervisor", "inspected"),
        ("close", "leader", "closed"),
    ]


def test_every_step_tells_the_pages(desk: Desk) -> None:
    told = feed.head()
    desk.walk(Step.CLOSE)
    assert [event.topic for event in feed.after(told)] == ["case"] * len(WALK)


def test_life_safety_is_written_up_behind_the_handling_and_then_closed(fire: Desk) -> None:
    fire.take(Step.ACCEPT, "fireman")
    fire.take(Step.HANDLE, "fireman", note="已扑灭", proof=AFTER)
    fire.take(Step.APPROVE, "supervisor", true=True)
    with pytest.raises(NotDone) as refused:
        fire.take(Step.CLOSE, "leader")
    assert refused.value.code == "write_up_owed"
    fire.take(Step.WRITE_UP, "acceptor", note="402室油锅起火")
    assert fire.take(Step.CLOSE, "leader").stage == "closed"


def test_a_write_up_disturbs_nobody_who_is_working_on_the_case(fire: Desk) -> None:
    seen = fire.case.version
    fire.take(Step.ACCEPT, "fireman", version=seen)
    fire.take(Step.WRITE_UP, "acceptor", version=seen, note="独居老人家中")
    assert fire.case.version == seen + 1
    with pytest.raises(NotDone) as refused:
        fire.take(Step.WRITE_UP, "leader", note="再写一次")
    assert refused.value.code == "nothing_owed"


def test_who_takes_the_case_on_has_answered_the_call(fire: Desk) -> None:
    assert [call.team for call in danger.calls_waiting("fire-1", now=NOW)] == ["fire-1"]
    fire.take(Step.ACCEPT, "fireman")
    assert danger.calls_waiting("fire-1", now=NOW) == []
    assert [call.team for call in danger.calls_waiting("tl04-guard", now=NOW)] == ["tl04-guard"]


def test_the_second_of_two_is_told_who_was_first(desk: Desk) -> None:
    desk.take(Step.FILE, "acceptor")
    seen = desk.case.version
    desk.take(Step.DISPATCH, "dispatcher", team="repair-1")
    with pytest.raises(Conflict) as late:
        desk.take(Step.DISPATCH, "leader", version=seen, team="repair-2")
    with translation.override("en"):
        assert str(late.value).startswith("Ms dispatcher was first (Dispatched, 17:30:00).")
    with translation.override("zh-hans"):
        assert str(late.value).startswith("张dispatcher已先一步办理（已派遣，17:30:00）。")
    assert Case.objects.get().team == "repair-1"


def test_rework_comes_back_to_the_team_with_its_evidence(desk: Desk) -> None:
    desk.walk(Step.HANDLE)
    case = desk.take(Step.REWORK, "supervisor", note="电池仓没有关好")
    assert (case.stage, case.team) == ("dispatched", "repair-1")
    assert Photo.objects.count() == 1
    desk.take(Step.ACCEPT, "mate")
    desk.take(Step.HANDLE, "mate", note="关好了", proof=AFTER)
    assert desk.take(Step.APPROVE, "supervisor", true=True).hands == ["crew", "mate"]


def test_a_team_hands_back_with_a_reason_and_sees_the_case_no_more_as_its_own(desk: Desk) -> None:
    desk.walk(Step.DISPATCH)
    with pytest.raises(NotDone) as refused:
        desk.take(Step.RETURN, "crew")
    assert refused.value.code == "needs_note"
    case = desk.take(Step.RETURN, "crew", note="不是我们的设备")
    assert (case.stage, case.team, case.handler) == ("filed", "", "")


@pytest.mark.parametrize(("who", "sees"), [
    ("officer", True), ("crew", True), ("mate", True), ("rival", False), ("guard", False),
    ("nurse", False),
])  # fmt: skip
def test_who_sees_a_case_dispatched_to_the_repair_crew(desk: Desk, who: str, sees: bool) -> None:
    desk.walk(Step.DISPATCH)
    assert queries.visible(desk.people[who]).exists() is sees
    assert bool(waiting.board(desk.people[who])) is sees
    if not sees:
        with pytest.raises(Case.DoesNotExist):
            desk.take(Step.ACCEPT, who)


def test_who_took_part_still_sees_it_after_it_went_elsewhere(desk: Desk) -> None:
    desk.walk(Step.ACCEPT)
    desk.take(Step.RETURN, "crew", note="缺配件")
    assert queries.visible(desk.people["crew"]).exists()
    assert not queries.visible(desk.people["mate"]).exists()


def test_an_unknown_team_is_refused(desk: Desk) -> None:
    desk.take(Step.FILE, "acceptor")
    with pytest.raises(NotDone) as refused:
        desk.take(Step.DISPATCH, "dispatcher", team="repair-99")
    assert refused.value.code == "needs_team"


def test_photos_of_a_refused_step_are_gone(desk: Desk) -> None:
    desk.walk(Step.ACCEPT)
    before = _files()
    with pytest.raises(photos.BadPhoto):
        desk.take(Step.HANDLE, "crew", note="好了", proof=Proof(after=[picture(), b"junk"]))
    with pytest.raises(NotDone):
        desk.take(Step.HANDLE, "crew", note="", proof=AFTER)
    with pytest.raises(NotDone):
        desk.take(Step.HANDLE, "crew", note="好了", proof=Proof(after=[picture()] * 7))
    assert _files() == before
    desk.take(Step.HANDLE, "crew", note="好了", proof=Proof(before=[picture()], after=[picture()]))
    assert len(_files() - before) == Photo.objects.count() == 2


def _files() -> set[str]:
    return {path.name for path in photos.folder().glob("*/*.jpg")}


def test_the_inbox_holds_what_waits_for_whom(desk: Desk, fire: Desk) -> None:
    def next_steps(who: str) -> list[tuple[str, str]]:
        return [(task.case.zh, task.steps[0]) for task in waiting.inbox(desk.people[who])]

    assert next_steps("acceptor") == [("疑似火情", "write_up"), ("烟感电池将尽", "file")]
    assert next_steps("fireman") == [("疑似火情", "accept")]
    assert next_steps("crew") == next_steps("nurse") == next_steps("supervisor") == []
    desk.walk(Step.DISPATCH)
    assert next_steps("crew") == [("烟感电池将尽", "accept")]
    assert queries.by_stage(desk.people["crew"])["dispatched"] == 1


def test_counts_say_what_is_open_late_and_owed(desk: Desk, fire: Desk) -> None:
    assert queries.counts(NOW) == {"open": 2, "overdue": 0, "write_up_owed": 1}
    assert queries.counts(NOW + timedelta(minutes=16))["overdue"] == 1, "it waits to be filed"
    assert queries.counts(NOW + timedelta(minutes=31))["overdue"] == 2
    desk.walk(Step.CLOSE)
    assert queries.counts(NOW)["open"] == 1
    found = queries.for_alerts([str(fire.case.alert), str(desk.case.alert)])
    assert found[str(fire.case.alert)]["number"] == fire.case.number


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_very_same_moment(transactional_db: None) -> None:
    people = world.settle()
    desk = Desk(people)
    desk.take(Step.FILE, "acceptor")
    barrier, came = threading.Barrier(2), []

    def dispatch(who: str, team: str) -> None:
        step = partial(commands.do, desk.case.number, Step.DISPATCH, version=desk.case.version)
        barrier.wait(PATIENCE)
        try:
            came.append(step(by=people[who], team=team, now=NOW).team)
        except Conflict as late:
            came.append(late.last.by)
        finally:
            connection.close()

    pair = (("dispatcher", "repair-1"), ("leader", "fire-1"))
    threads = [threading.Thread(target=dispatch, args=args) for args in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    first = CaseStep.objects.get(step="dispatch")
    assert sorted(came) == sorted([first.data["team"], first.by])
    assert Case.objects.get().team == first.data["team"]
