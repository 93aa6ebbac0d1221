"""A merging or a bundle undone: each reporter's promise goes back to their own case, clocks are
right, the history says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts.world import NOW, change
from tests.city.cases.test_photos import picture
from tests.city.cases.test_steps import Later, desk  # noqa: F401 (a fixture)
from xiuhua.city.almanac import commands as almanac
from xiuhua.city.cases import commands, queries, reporting, waiting
from xiuhua.city.cases.commands import NotDone, Proof
from xiuhua.city.cases.machine import Step
from xiuhua.city.cases.models import Case, Source, Voice
from xiuhua.city.cases.reckoning import reckon_open
from xiuhua.city.cases.reporting import Report
from xiuhua.city.cases.timing import STAGE_LIMITS
from xiuhua.city.cases.ways import Stage

MINUTE = timedelta(minutes=1)
ALL = {"contact", "answer", "call_back"}


class Town:
    """Cases that people reported, moved by the desk; its clock goes on a minute a step."""

    def __init__(self, people: dict[str, User]) -> None:
        self.people = people
        self.now = NOW

    def report(self, source: Source = Source.HOTLINE) -> Case:
        told = Report(source=source, case_class="device-care", place="tl04-b031", words="灯坏了")
        return reporting.report(told, by=self.people["acceptor"], now=self.now)

    def go(self, case: Case, step: Step, who: str = "acceptor", **more: object) -> Case:
        case.refresh_from_db()
        self.now += MINUTE
        brought = {"note": "写明", **more}
        return commands.do(
            case.number, step, by=self.people[who], version=case.version, now=self.now,
            **brought,  # type: ignore[arg-type]
        )  # fmt: skip


@pytest.fixture
def town(people: dict[str, User]) -> Town:
    almanac.put_days(
        days=[almanac.NewDay(date=NOW.date().replace(month=1, day=1), works=False, zh="", en="")]
    )
    return Town(people)


def owes(case: Case) -> dict[str, int | None]:
    case.refresh_from_db()
    return case.owes


def test_each_promise_goes_back_to_its_own_case(town: Town) -> None:
    lead, merged = town.report(Source.PATROL), town.report(Source.HOTLINE)
    promised = dict(merged.owes)
    assert (owes(lead), set(promised)) == ({}, ALL)
    town.go(merged, Step.MERGE, other=lead.number)
    assert (owes(lead), owes(merged)) == (promised, {})
    reckon_open()
    assert owes(lead) == promised, "a calendar's change forgets nobody's deadline"
    town.go(merged, Step.UNMERGE)
    assert (owes(lead), owes(merged)) == ({}, promised)
    merged.refresh_from_db()
    assert (merged.stage, merged.ended, merged.merged_into) == ("reported", None, None)
    assert Voice.objects.get(case=merged).words == "灯坏了"
    assert [voice.case_id for voice in queries.voices(lead)] == [lead.pk]


def test_what_was_done_meanwhile_was_done_for_both(town: Town) -> None:
    lead, merged = town.report(), town.report()
    town.go(merged, Step.MERGE, other=lead.number)
    town.go(lead, Step.CONTACT, "officer")
    town.go(merged, Step.UNMERGE)
    assert set(owes(lead)) == set(owes(merged)) == {"answer", "call_back"}


def test_what_the_lead_had_done_before_it_owes_to_the_others_alone(town: Town) -> None:
    lead = town.report()
    town.go(lead, Step.CONTACT, "officer")
    merged, third = town.report(), town.report()
    town.go(merged, Step.MERGE, other=lead.number)
    town.go(third, Step.MERGE, other=lead.number)
    assert "contact" in owes(lead)
    town.go(merged, Step.UNMERGE)
    assert "contact" in owes(lead), "the third is still waiting for it"
    town.go(third, Step.UNMERGE)
    assert "contact" not in owes(lead)
    assert set(owes(merged)) == set(owes(third)) == ALL


def handled(town: Town, case: Case, *, satisfied: bool) -> None:
    """Walk the case to its inspection, its reporters answered and called back."""
    town.go(case, Step.DISPATCH, "dispatcher", team="repair-1")
    town.go(case, Step.ACCEPT, "crew")
    town.go(case, Step.HANDLE, "crew", proof=Proof(after=[picture()]))
    town.go(case, Step.ANSWER, "acceptor")
    town.go(case, Step.CALL_BACK, "acceptor", satisfied=satisfied)
    town.go(case, Step.APPROVE, "supervisor")


def test_what_is_reworked_owes_each_reporter_their_answer_anew(town: Town) -> None:
    lead, merged = town.report(Source.PATROL), town.report(Source.HOTLINE)
    first = merged.owes["answer"]
    town.go(merged, Step.MERGE, other=lead.number)
    town.go(lead, Step.FILE)
    handled(town, lead, satisfied=False)
    assert set(owes(lead)) == {"contact"}
    assert [task.case for task in waiting.inbox(town.people["supervisor"])] == [lead]
    with pytest.raises(NotDone) as refused:
        town.go(lead, Step.CLOSE, note=" ")
    assert refused.value.code == "unsatisfied"
    town.now += timedelta(days=3)
    town.go(lead, Step.REWORK, "supervisor")
    lead.refresh_from_db()
    assert (lead.stage, lead.satisfied, lead.reworks) == ("dispatched", None, 1)
    anew = owes(lead)["answer"]
    assert set(owes(lead)) == ALL
    assert anew is not None and first is not None and anew > first
    reckon_open()
    assert owes(lead)["answer"] == anew
    town.go(merged, Step.UNMERGE)
    assert (owes(lead), owes(merged)) == (
        {}, {"contact": owes(merged)["contact"], "answer": anew, "call_back": None},
    )  # fmt: skip


def test_what_came_along_twice_over_is_owed_anew_too(town: Town) -> None:
    one, two, three = town.report(), town.report(Source.PATROL), town.report(Source.PATROL)
    town.go(one, Step.MERGE, other=two.number)
    town.go(two, Step.MERGE, other=three.number)
    town.go(three, Step.FILE)
    handled(town, three, satisfied=False)
    town.go(three, Step.REWORK, "supervisor")
    town.go(two, Step.UNMERGE)
    assert (owes(three), set(owes(two))) == ({}, ALL)
    town.go(one, Step.UNMERGE)
    assert (owes(two), set(owes(one))) == ({}, ALL)


def test_what_is_reopened_owes_its_call_back_anew(town: Town) -> None:
    case = town.report()
    town.go(case, Step.ASK_VERIFY)
    town.go(case, Step.VERIFY, "supervisor")
    town.go(case, Step.FILE)
    handled(town, case, satisfied=True)
    assert town.go(case, Step.CLOSE, "leader", note="").stage == "closed"
    town.go(case, Step.REOPEN, "leader")
    assert set(owes(case)) == ALL
    handled(town, case, satisfied=False)
    page = Client()
    page.force_login(town.people["leader"])
    assert "反映人不满意" in page.get(f"/cases/{case.number}/").content.decode()
    closed = town.go(case, Step.CLOSE, "leader", note="已尽力")
    assert (closed.stage, closed.satisfied) == ("closed", False)


def test_who_cannot_be_called_is_not_owed_a_call_by_a_reopening(town: Town) -> None:
    told = Report(source=Source.WEB, case_class="device-care", place="tl04-b031", words="灯坏了",
                  reachable=False)  # fmt: skip
    case = reporting.take_in(told, by="", now=town.now)
    assert owes(case) == {"answer": None}
    town.go(case, Step.ASK_VERIFY)
    town.go(case, Step.VERIFY, "supervisor")
    town.go(case, Step.FILE)
    town.go(case, Step.DISPATCH, "dispatcher", team="repair-1")
    town.go(case, Step.ACCEPT, "crew")
    town.go(case, Step.HANDLE, "crew", proof=Proof(after=[picture()]))
    town.go(case, Step.ANSWER, "acceptor")
    town.go(case, Step.REWORK, "supervisor")
    assert owes(case) == {"answer": None}


def test_a_stage_begins_anew_and_no_handling_does(town: Town) -> None:
    lead, merged = town.report(Source.PATROL), town.report(Source.PATROL)
    town.go(merged, Step.FILE)
    town.go(merged, Step.DISPATCH, "dispatcher", team="repair-1")
    town.go(merged, Step.RECALL, "dispatcher")
    town.go(merged, Step.MERGE, other=lead.number)
    town.now += timedelta(hours=5)
    parted = town.go(merged, Step.UNMERGE)
    assert parted.stage == "filed"
    assert parted.due == town.now + STAGE_LIMITS[Stage.FILED].span
    again = town.go(merged, Step.DISPATCH, "dispatcher", team="repair-1")
    whole = timedelta(minutes=again.amount)
    assert again.handle_by == town.now + whole - MINUTE, "a minute had run before"


def test_both_histories_say_so_and_stay_whole(town: Town) -> None:
    lead, merged = town.report(), town.report()
    town.go(merged, Step.MERGE, other=lead.number)
    with pytest.raises(NotDone) as refused:
        town.go(merged, Step.UNMERGE, note="")
    assert refused.value.code == "needs_note"
    town.go(merged, Step.UNMERGE)
    town.go(merged, Step.MERGE, other=lead.number)
    town.go(merged, Step.UNMERGE, note="两盏灯")
    for case, steps in (
        (lead, ["open", *["joined", "parted"] * 2]),
        (merged, ["open", *["merge", "unmerge"] * 2]),
    ):
        case.refresh_from_db()
        history = queries.history(case)
        assert [step.step for step in history] == steps
        assert queries.broken_step(case, history) is None
    assert history[-1].note == "两盏灯"
    assert set(owes(lead)) == set(owes(merged)) == ALL


def test_what_was_merged_on_is_parted_from_the_outside_in(town: Town) -> None:
    one, two, three = town.report(), town.report(), town.report()
    town.go(one, Step.MERGE, other=two.number)
    town.go(two, Step.MERGE, other=three.number)
    with pytest.raises(NotDone) as refused:
        town.go(one, Step.UNMERGE)
    assert refused.value.code == "merged_on"
    town.go(two, Step.UNMERGE)
    town.go(one, Step.UNMERGE)
    assert all(set(owes(case)) == ALL for case in (one, two, three))


def test_out_of_the_bundle_a_case_goes_by_its_own_clock(desk: Later) -> None:  # noqa: F811
    lead = desk.case
    (other,) = commands.open_for([change("smoke-battery", device=8)], NOW)
    desk.case = other
    desk.go(Step.FILE, "acceptor", timedelta(hours=1))
    desk.go(Step.DISPATCH, "dispatcher", team="repair-1")
    own = desk.case.handle_by
    with pytest.raises(NotDone) as refused:
        desk.go(Step.UNBUNDLE, "dispatcher", note="另一处")
    assert refused.value.code == "not_bundled"
    desk.go(Step.BUNDLE, "dispatcher", other=lead.number)
    assert desk.case.handle_by != own
    desk.go(Step.UNBUNDLE, "dispatcher", note="另一处")
    assert (desk.case.handle_by, desk.case.bundle) == (own, None)
    assert queries.history(desk.case)[-1].data["other"] == lead.number
