"""The closed loop, step by step and by laws. No database."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiuhua.city.access import ROLES
from xiuhua.city.cases.machine import (
    ENDED,
    OPEN,
    Act,
    Actor,
    Birth,
    Hold,
    Promise,
    Refusal,
    Refused,
    Stage,
    Standing,
    Step,
    begin,
    offered,
    take,
)


def person(name: str, role: str, team: str = "duty") -> Actor:
    """Somebody of that role, with what `city.access` lets it try."""
    may = frozenset(step for step in Step if f"case.{step}" in ROLES[role])
    return Actor(name=name, may=may, team=team)


ACCEPTOR = person("acceptor01", "acceptor")
DISPATCHER = person("dispatcher01", "dispatcher")
LEADER = person("leader01", "shift_leader")
OFFICER = person("officer01", "duty_officer")
SUPERVISOR = person("grid01", "grid_supervisor")
CREW = person("crew01", "handler", "repair-1")
MATE = person("crew02", "handler", "repair-1")
RIVAL = person("crew09", "handler", "repair-2")
NURSE = person("nurse01", "nurse", "")
HEAD = person("head01", "subdistrict_head", "")
DISTRICT = person("district01", "district_officer", "")
EVERYBODY = (
    ACCEPTOR, DISPATCHER, LEADER, OFFICER, SUPERVISOR, CREW, MATE, RIVAL, NURSE, HEAD, DISTRICT,
)  # fmt: skip

DESK = {ACCEPTOR, LEADER, OFFICER}
SENDERS = {DISPATCHER, LEADER, OFFICER}
URGERS = {DISPATCHER, LEADER, OFFICER, HEAD, DISTRICT}
FULL = {
    "note": "换好了", "team": "repair-1", "photos": 1, "standard": "x-1", "more": 60,
    "until": "2026-12-01", "other": "1", "satisfied": True, "true": True,
}  # fmt: skip
"""Everything that any step could need."""

TABLE = {
    (Stage.REPORTED, Step.FILE): (Stage.FILED, DESK),
    (Stage.REPORTED, Step.ASK_VERIFY): (Stage.VERIFYING, DESK),
    (Stage.REPORTED, Step.DECLINE): (Stage.VOID, DESK),
    (Stage.VERIFYING, Step.VERIFY): (Stage.REPORTED, {SUPERVISOR}),
    (Stage.VERIFYING, Step.REFUTE): (Stage.REPORTED, {SUPERVISOR}),
    (Stage.FILED, Step.DISPATCH): (Stage.DISPATCHED, SENDERS),
    (Stage.FILED, Step.SEND_BACK): (Stage.REPORTED, SENDERS),
    (Stage.CONSULTING, Step.SETTLE): (Stage.DISPATCHED, SENDERS | {HEAD}),
    (Stage.DISPATCHED, Step.ACCEPT): (Stage.HANDLING, {CREW, MATE}),
    (Stage.DISPATCHED, Step.RECALL): (Stage.FILED, SENDERS),
    (Stage.HANDLING, Step.HANDLE): (Stage.HANDLED, {CREW, MATE}),
    (Stage.HANDLED, Step.APPROVE): (Stage.INSPECTED, {SUPERVISOR, LEADER}),
    (Stage.HANDLED, Step.REWORK): (Stage.DISPATCHED, {SUPERVISOR, LEADER}),
    (Stage.INSPECTED, Step.CLOSE): (Stage.CLOSED, DESK),
    (Stage.CLOSED, Step.REOPEN): (Stage.FILED, {LEADER, HEAD}),
}
for _stage in (Stage.REPORTED, Stage.VERIFYING, Stage.FILED, Stage.CONSULTING):
    TABLE[_stage, Step.MERGE] = (Stage.MERGED, DESK)
    TABLE[_stage, Step.VOID] = (Stage.VOID, {LEADER})
for _stage in (Stage.DISPATCHED, Stage.HANDLING):
    TABLE[_stage, Step.VOID] = (Stage.VOID, {LEADER})
    TABLE[_stage, Step.RETURN] = (Stage.FILED, {CREW, MATE})
    TABLE[_stage, Step.ASK_MORE] = (_stage, {CREW, MATE})
    TABLE[_stage, Step.BUNDLE] = (_stage, SENDERS)
for _stage in (Stage.FILED, Stage.DISPATCHED, Stage.HANDLING):
    TABLE[_stage, Step.SUSPEND] = (_stage, SENDERS)
for _stage in OPEN:
    TABLE[_stage, Step.URGE] = (_stage, URGERS)
    TABLE[_stage, Step.SUPERVISE] = (_stage, {HEAD, DISTRICT})
    TABLE[_stage, Step.EMERGENCY] = (_stage, {LEADER, OFFICER, HEAD})
"""Every way there is for a case of repair-1 that owes nothing, and everybody who may go it."""


def standing(stage: Stage, **more: object) -> Standing:
    return Standing(stage=stage, team="repair-1", **more)  # type: ignore[arg-type]


def outcome(case: Standing, actor: Actor, step: Step, **brought: object) -> Stage | Refusal:
    try:
        return take(case, actor, Act(step=step, **(FULL | brought))).stage  # type: ignore[arg-type]
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize(("stage", "step"), list(product(Stage, Step)))
def test_each_step_leads_where_the_table_says_and_for_nobody_else(stage: Stage, step: Step) -> None:
    to, who = TABLE.get((stage, step), (None, set()))
    for actor in EVERYBODY:
        came = outcome(standing(stage), actor, step)
        if actor in who:
            assert came == to
        else:
            assert isinstance(came, Refusal), f"{actor.name} got {step} at {stage}"
        assert (step in offered(standing(stage), actor)) == (actor in who)


@pytest.mark.parametrize(
    ("stage", "actor", "step", "missing", "refusal"),
    [
        (Stage.FILED, DISPATCHER, Step.DISPATCH, {"team": ""}, Refusal.NEEDS_TEAM),
        (Stage.HANDLING, CREW, Step.HANDLE, {"photos": 0}, Refusal.NEEDS_PHOTO),
        (Stage.HANDLING, CREW, Step.HANDLE, {"note": "  "}, Refusal.NEEDS_NOTE),
        (Stage.HANDLED, SUPERVISOR, Step.REWORK, {"note": ""}, Refusal.NEEDS_NOTE),
        (Stage.DISPATCHED, CREW, Step.RETURN, {"note": ""}, Refusal.NEEDS_NOTE),
        (Stage.REPORTED, LEADER, Step.VOID, {"note": ""}, Refusal.NEEDS_NOTE),
    ],
)
def test_a_step_is_refused_without_what_it_needs_and_taken_with_it(
    stage: Stage, actor: Actor, step: Step, missing: dict[str, object], refusal: Refusal
) -> None:
    assert outcome(standing(stage), actor, step, **missing) == refusal
    assert isinstance(outcome(standing(stage), actor, step), Stage)


def test_who_handled_may_not_inspect() -> None:
    case = standing(Stage.HANDLED, hands=frozenset({LEADER.name}))
    assert outcome(case, LEADER, Step.APPROVE) == Refusal.OWN_WORK
    assert outcome(case, SUPERVISOR, Step.APPROVE) == Stage.INSPECTED


def test_rework_goes_to_the_same_team_and_forgets_nobody() -> None:
    case = standing(Stage.HANDLED, hands=frozenset({CREW.name}))
    again = take(case, SUPERVISOR, Act(step=Step.REWORK, note="盖子还在响"))
    assert again == replace(case, stage=Stage.DISPATCHED)


def test_who_is_not_satisfied_is_not_closed_over() -> None:
    owes = frozenset({Promise.ANSWER, Promise.CALL_BACK})
    case = standing(Stage.INSPECTED, promised=owes, owes=frozenset({Promise.CALL_BACK}))
    well = take(case, ACCEPTOR, Act(step=Step.CALL_BACK, satisfied=True))
    assert outcome(well, SUPERVISOR, Step.REWORK) == Refusal.STAGE
    assert outcome(well, ACCEPTOR, Step.CLOSE, note="") == Stage.CLOSED
    badly = take(case, ACCEPTOR, Act(step=Step.CALL_BACK, satisfied=False))
    assert outcome(badly, ACCEPTOR, Step.CLOSE, note=" ") == Refusal.UNSATISFIED
    assert outcome(badly, ACCEPTOR, Step.CLOSE, note="已尽力，非本街道职权") == Stage.CLOSED
    again = take(badly, SUPERVISOR, Act(step=Step.REWORK, note="盖子还在响"))
    assert (again.stage, again.owes, again.satisfied) == (Stage.DISPATCHED, owes, None)


def test_who_inspects_says_whether_the_alert_was_true_and_else_who_closes() -> None:
    case = standing(Stage.HANDLED, must_judge=True)
    assert outcome(case, SUPERVISOR, Step.APPROVE, true=None) == Refusal.NEEDS_VERDICT
    assert outcome(case, SUPERVISOR, Step.APPROVE, true=False, note=" ") == Refusal.NEEDS_CAUSE
    for true in (True, False):
        judged = take(case, SUPERVISOR, Act(step=Step.APPROVE, true=true, note="油烟"))
        assert not judged.must_judge
        assert outcome(judged, ACCEPTOR, Step.CLOSE, true=None) == Stage.CLOSED
    before = standing(Stage.INSPECTED, must_judge=True)
    assert outcome(before, ACCEPTOR, Step.CLOSE, true=None) == Refusal.NEEDS_VERDICT
    assert outcome(before, ACCEPTOR, Step.CLOSE) == Stage.CLOSED
    assert outcome(standing(Stage.HANDLED), SUPERVISOR, Step.APPROVE, true=None) == Stage.INSPECTED


def test_an_emergency_is_called_one_once_and_a_risk_to_life_is_one() -> None:
    called = take(standing(Stage.HANDLING), LEADER, Act(step=Step.EMERGENCY, note="大面积停水"))
    assert (called.emergency, called.stage) == (True, Stage.HANDLING)
    assert outcome(called, OFFICER, Step.EMERGENCY) == Refusal.NOTHING_OWED
    risk = standing(Stage.HANDLING, life_safety=True)
    assert outcome(risk, LEADER, Step.EMERGENCY) == Refusal.NOTHING_OWED


def test_what_is_reopened_owes_its_answers_anew() -> None:
    case = standing(Stage.CLOSED, promised=frozenset(Promise), satisfied=True)
    again = take(case, LEADER, Act(step=Step.REOPEN, note="又坏了"))
    assert (again.owes, again.satisfied) == ({Promise.ANSWER, Promise.CALL_BACK}, None)


def test_a_returned_case_waits_for_the_dispatcher_without_a_team() -> None:
    back = take(standing(Stage.HANDLING), CREW, Act(step=Step.RETURN, note="不是我们的管线"))
    assert (back.stage, back.team) == (Stage.FILED, "")


def test_life_safety_is_born_with_its_team_and_owes_the_write_up() -> None:
    for must_verify in (False, True):  # whoever reports it
        case = begin(Birth(life_safety=True, team="fire-1", must_verify=must_verify))
        assert (case.stage, case.team, case.write_up_owed) == (Stage.DISPATCHED, "fire-1", True)


def test_what_residents_report_is_verified_before_it_is_filed() -> None:
    case = begin(Birth(must_verify=True))
    assert outcome(case, ACCEPTOR, Step.FILE) == Refusal.NOT_VERIFIED
    sent = take(case, ACCEPTOR, Act(step=Step.ASK_VERIFY))
    refuted = take(sent, SUPERVISOR, Act(step=Step.REFUTE, note="没有看到"))
    assert outcome(refuted, ACCEPTOR, Step.FILE) == Refusal.NOT_VERIFIED
    assert outcome(refuted, ACCEPTOR, Step.DECLINE) == Stage.VOID
    verified = take(sent, SUPERVISOR, Act(step=Step.VERIFY))
    assert outcome(verified, ACCEPTOR, Step.FILE) == Stage.FILED
    assert outcome(verified, ACCEPTOR, Step.ASK_VERIFY) == Refusal.NOTHING_OWED


def test_a_case_is_filed_and_closed_by_a_standard_only() -> None:
    case = begin(Birth(standard=False))
    assert outcome(case, ACCEPTOR, Step.FILE, standard="") == Refusal.NEEDS_STANDARD
    assert outcome(case, ACCEPTOR, Step.FILE, standard="x-1") == Stage.FILED
    bare = standing(Stage.INSPECTED, standard=False)
    assert outcome(bare, LEADER, Step.CLOSE) == Refusal.NEEDS_STANDARD


def test_the_second_return_opens_a_consultation_whose_word_binds() -> None:
    once = take(standing(Stage.DISPATCHED), CREW, Act(step=Step.RETURN, note="不是我们的"))
    assert (once.stage, once.returns, once.team) == (Stage.FILED, 1, "")
    again = take(once, DISPATCHER, Act(step=Step.DISPATCH, team="repair-2"))
    twice = take(again, RIVAL, Act(step=Step.RETURN, note="也不是我们的"))
    assert (twice.stage, twice.returns) == (Stage.CONSULTING, 2)
    settled = take(twice, HEAD, Act(step=Step.SETTLE, team="repair-1", note="兜底"))
    assert (settled.stage, settled.team, settled.bound) == (Stage.DISPATCHED, "repair-1", True)
    assert outcome(settled, CREW, Step.RETURN) == Refusal.BOUND


def test_a_suspended_case_waits_until_it_is_resumed() -> None:
    case = take(standing(Stage.HANDLING), DISPATCHER, Act(
        step=Step.SUSPEND, note="等配件", until="2026-12-01"))  # fmt: skip
    assert case.hold is Hold.SUSPENDED
    assert outcome(case, CREW, Step.HANDLE) == Refusal.SUSPENDED
    assert outcome(case, DISPATCHER, Step.GRANT) == Refusal.SUSPENDED
    assert outcome(case, HEAD, Step.URGE) == Stage.HANDLING
    assert take(case, OFFICER, Act(step=Step.RESUME)) == standing(Stage.HANDLING)
    assert outcome(standing(Stage.HANDLING), OFFICER, Step.RESUME) == Refusal.NOT_HELD


def test_more_time_is_asked_for_in_time_and_decided_by_command() -> None:
    case = standing(Stage.HANDLING)
    assert outcome(replace(case, late=True), CREW, Step.ASK_MORE) == Refusal.TOO_LATE
    assert outcome(case, CREW, Step.ASK_MORE, more=0) == Refusal.NEEDS_MORE
    asked = take(case, CREW, Act(step=Step.ASK_MORE, more=120, note="等停水"))
    assert asked.hold is Hold.ASKING
    assert outcome(asked, CREW, Step.HANDLE) == Refusal.ASKING
    assert outcome(asked, CREW, Step.GRANT) == Refusal.ROLE
    for decision in (Step.GRANT, Step.DENY):
        assert take(asked, OFFICER, Act(step=decision, more=60, note="可以")) == case


def test_a_danger_is_never_put_off() -> None:
    case = standing(Stage.HANDLING, life_safety=True)
    assert outcome(case, DISPATCHER, Step.SUSPEND) == Refusal.DANGER_WAITS_NOT
    assert outcome(case, CREW, Step.ASK_MORE) == Refusal.DANGER_WAITS_NOT


def test_who_sent_the_team_does_not_judge_its_work() -> None:
    case = standing(Stage.HANDLED, commanders=frozenset({LEADER.name}))
    assert outcome(case, LEADER, Step.APPROVE) == Refusal.OWN_COMMAND
    assert outcome(replace(case, stage=Stage.INSPECTED), LEADER, Step.CLOSE) == Refusal.OWN_COMMAND
    assert outcome(case, SUPERVISOR, Step.APPROVE) == Stage.INSPECTED


def test_who_reported_it_is_answered_and_called_before_it_is_closed() -> None:
    owes = frozenset({Promise.CONTACT, Promise.ANSWER, Promise.CALL_BACK})
    case = standing(Stage.INSPECTED, owes=owes)
    assert outcome(case, LEADER, Step.CLOSE) == Refusal.ANSWER_OWED
    case = take(case, OFFICER, Act(step=Step.ANSWER, note="已修好"))
    assert outcome(case, LEADER, Step.CLOSE) == Refusal.CALL_BACK_OWED
    assert outcome(case, ACCEPTOR, Step.CALL_BACK, satisfied=None) == Refusal.NEEDS_SATISFIED
    case = take(case, ACCEPTOR, Act(step=Step.CALL_BACK, satisfied=False))
    assert outcome(case, LEADER, Step.CLOSE) == Stage.CLOSED
    assert outcome(case, ACCEPTOR, Step.CALL_BACK) == Refusal.NOTHING_OWED


def test_an_appeal_needs_a_delay_two_reviewers_and_is_made_once() -> None:
    closed = standing(Stage.CLOSED)
    assert outcome(closed, CREW, Step.APPEAL) == Refusal.NO_APPEAL
    late = replace(closed, was_late=True, hands=frozenset({CREW.name}))
    assert outcome(late, RIVAL, Step.APPEAL) == Refusal.OTHER_TEAM
    open_ = take(late, CREW, Act(step=Step.APPEAL, note="停水由水务决定"))
    one = take(open_, SUPERVISOR, Act(step=Step.UPHOLD, note="属实"))
    assert (one.exempt, one.appeal_open) == (False, True)
    assert outcome(one, SUPERVISOR, Step.UPHOLD) == Refusal.SAME_REVIEWER
    two = take(one, LEADER, Act(step=Step.UPHOLD, note="同意"))
    assert (two.exempt, two.appeal_open, two.was_late) == (True, False, True)
    lost = take(one, DISTRICT, Act(step=Step.DISMISS, note="未提前说明"))
    for decided in (two, lost):
        assert outcome(decided, CREW, Step.APPEAL) == Refusal.NO_APPEAL
        assert outcome(decided, LEADER, Step.DISMISS) == Refusal.NO_APPEAL


def test_a_reopened_case_forgets_nobody_s_work() -> None:
    case = standing(Stage.CLOSED, hands=frozenset({CREW.name}), bound=True, returns=1)
    again = take(case, LEADER, Act(step=Step.REOPEN, note="又漏了"))
    assert (again.stage, again.team, again.bound, again.returns) == (Stage.FILED, "", False, 0)
    assert again.hands == case.hands


def test_life_safety_is_not_closed_before_it_is_written_up() -> None:
    case = standing(Stage.INSPECTED, life_safety=True, write_up_owed=True)
    assert outcome(case, LEADER, Step.CLOSE) == Refusal.WRITE_UP_OWED
    written = take(case, ACCEPTOR, Act(step=Step.WRITE_UP, note="402室油锅起火，已扑灭"))
    assert written == replace(case, write_up_owed=False)
    assert outcome(written, LEADER, Step.CLOSE) == Stage.CLOSED


def test_a_danger_nobody_has_looked_at_is_not_made_void() -> None:
    unseen = standing(Stage.DISPATCHED, life_safety=True, write_up_owed=True)
    seen = standing(Stage.HANDLING, life_safety=True, hands=frozenset({CREW.name}))
    assert outcome(unseen, LEADER, Step.VOID) == Refusal.UNSEEN_DANGER
    assert outcome(seen, LEADER, Step.VOID) == Stage.VOID


AFTER_CLOSING = {Step.REOPEN, Step.APPEAL, Step.UPHOLD, Step.DISMISS, Step.UNMERGE}


@pytest.mark.parametrize("stage", sorted(ENDED))
def test_the_end_is_the_end(stage: Stage) -> None:
    for actor, step in product(EVERYBODY, set(Step) - AFTER_CLOSING):
        assert outcome(standing(stage), actor, step) == Refusal.ENDED
    if stage is not Stage.CLOSED:
        for actor, step in product(EVERYBODY, AFTER_CLOSING):
            assert isinstance(outcome(standing(stage), actor, step), Refusal)


@pytest.mark.parametrize("stage", [Stage.REPORTED, Stage.VERIFYING, Stage.FILED, Stage.CONSULTING])
def test_what_was_merged_goes_back_to_where_it_stood(stage: Stage) -> None:
    merged = take(standing(stage), ACCEPTOR, Act(step=Step.MERGE, other="1"))
    assert merged.stage is Stage.MERGED
    for actor in EVERYBODY:
        came = outcome(merged, actor, Step.UNMERGE)
        assert came == (stage if actor in DESK else Refusal.ROLE)
    assert outcome(merged, ACCEPTOR, Step.UNMERGE, note=" ") == Refusal.NEEDS_NOTE


@pytest.mark.parametrize("stage", sorted(OPEN))
def test_only_what_is_bundled_is_taken_out_of_the_bundle(stage: Stage) -> None:
    for actor in EVERYBODY:
        came = outcome(standing(stage, bundled=True), actor, Step.UNBUNDLE)
        assert came == (stage if actor in SENDERS else Refusal.ROLE)
    assert outcome(standing(stage), OFFICER, Step.UNBUNDLE) == Refusal.NOT_BUNDLED


@given(stage=st.sampled_from(Stage), actor=st.sampled_from(EVERYBODY), owed=st.booleans())
def test_what_is_offered_can_be_done(stage: Stage, actor: Actor, owed: bool) -> None:
    case = standing(stage, write_up_owed=owed, life_safety=owed)
    for step in offered(case, actor):
        assert isinstance(outcome(case, actor, step), Stage)
