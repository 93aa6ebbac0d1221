"""The closed loop, step by step and by laws. No database."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from xiuhua.city.access import ROLES
from xiuhua.city.cases.machine import (
    ENDED,
    Act,
    Actor,
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
EVERYBODY = (ACCEPTOR, DISPATCHER, LEADER, OFFICER, SUPERVISOR, CREW, MATE, RIVAL, NURSE)

FULL = {"note": "换好了", "team": "repair-1", "photos": 1}
"""Everything that any step could need."""

TABLE = {
    (Stage.REPORTED, Step.FILE): (Stage.FILED, {ACCEPTOR, LEADER, OFFICER}),
    (Stage.REPORTED, Step.VOID): (Stage.VOID, {LEADER}),
    (Stage.FILED, Step.DISPATCH): (Stage.DISPATCHED, {DISPATCHER, LEADER, OFFICER}),
    (Stage.FILED, Step.VOID): (Stage.VOID, {LEADER}),
    (Stage.DISPATCHED, Step.ACCEPT): (Stage.HANDLING, {CREW, MATE}),
    (Stage.DISPATCHED, Step.RETURN): (Stage.FILED, {CREW, MATE}),
    (Stage.DISPATCHED, Step.VOID): (Stage.VOID, {LEADER}),
    (Stage.HANDLING, Step.HANDLE): (Stage.HANDLED, {CREW, MATE}),
    (Stage.HANDLING, Step.RETURN): (Stage.FILED, {CREW, MATE}),
    (Stage.HANDLING, Step.VOID): (Stage.VOID, {LEADER}),
    (Stage.HANDLED, Step.APPROVE): (Stage.INSPECTED, {SUPERVISOR, LEADER}),
    (Stage.HANDLED, Step.REWORK): (Stage.DISPATCHED, {SUPERVISOR, LEADER}),
    (Stage.INSPECTED, Step.CLOSE): (Stage.CLOSED, {LEADER, OFFICER}),
}
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


def test_a_returned_case_waits_for_the_dispatcher_without_a_team() -> None:
    back = take(standing(Stage.HANDLING), CREW, Act(step=Step.RETURN, note="不是我们的管线"))
    assert (back.stage, back.team) == (Stage.FILED, "")


def test_life_safety_is_born_with_its_team_and_owes_the_write_up() -> None:
    case = begin(life_safety=True, team="fire-1")
    assert (case.stage, case.team, case.write_up_owed) == (Stage.DISPATCHED, "fire-1", True)


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


@pytest.mark.parametrize("stage", sorted(ENDED))
def test_the_end_is_the_end(stage: Stage) -> None:
    for actor, step in product(EVERYBODY, Step):
        assert outcome(standing(stage), actor, step) == Refusal.ENDED


ORDER = (Stage.REPORTED, Stage.FILED, Stage.DISPATCHED, Stage.HANDLING, Stage.HANDLED,
         Stage.INSPECTED, Stage.CLOSED)  # fmt: skip


class Loop(RuleBasedStateMachine):
    """Anybody tries anything; whatever is taken keeps the laws."""

    @initialize(life_safety=st.booleans())
    def open(self, life_safety: bool) -> None:
        self.case = begin(life_safety=life_safety, team="repair-1" if life_safety else "")
        self.history: list[tuple[Step, Actor]] = []

    @rule(
        actor=st.sampled_from(EVERYBODY),
        step=st.sampled_from(Step),
        note=st.sampled_from(["", "看过了"]),
        photos=st.integers(0, 2),
        team=st.sampled_from(["", "repair-1", "repair-2"]),
    )
    def attempt(self, actor: Actor, step: Step, note: str, photos: int, team: str) -> None:
        before = self.case
        try:
            self.case = take(before, actor, Act(step=step, note=note, photos=photos, team=team))
        except Refused:
            assert self.case == before
            return
        assert step in offered(before, actor)
        self.history.append((step, actor))
        self.forward_by_one_at_most(before, step)

    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """Take a step that is offered to somebody, so that the loop is walked to its end."""
        ways = [(who, step) for who in EVERYBODY for step in offered(self.case, who)]
        if ways:
            actor, step = data.draw(st.sampled_from(ways))
            self.case = take(self.case, actor, Act(step=step, **FULL))  # type: ignore[arg-type]
            self.history.append((step, actor))

    def forward_by_one_at_most(self, before: Standing, step: Step) -> None:
        if self.case.stage is Stage.VOID:
            assert step is Step.VOID
            return
        moved = ORDER.index(self.case.stage) - ORDER.index(before.stage)
        assert moved <= 1
        assert (moved < 0) == (step in {Step.RETURN, Step.REWORK})

    @invariant()
    def open_or_ended_for_a_reason(self) -> None:
        steps = [step for step, _ in self.history]
        if self.case.stage is Stage.CLOSED:
            assert steps[-1] is Step.CLOSE
            assert Step.HANDLE in steps
            assert not self.case.write_up_owed
        if self.case.stage not in ENDED:
            assert any(offered(self.case, actor) for actor in EVERYBODY), "nobody can go on"

    @invariant()
    def inspected_by_somebody_else(self) -> None:
        hands: set[str] = set()
        for step, actor in self.history:
            if step in {Step.ACCEPT, Step.HANDLE}:
                hands.add(actor.name)
            if step in {Step.APPROVE, Step.REWORK}:
                assert actor.name not in hands

    @invariant()
    def a_team_while_it_is_with_a_team(self) -> None:
        if self.case.stage in {Stage.DISPATCHED, Stage.HANDLING, Stage.HANDLED, Stage.INSPECTED}:
            assert self.case.team


TestLoop = Loop.TestCase
TestLoop.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(stage=st.sampled_from(Stage), actor=st.sampled_from(EVERYBODY), owed=st.booleans())
def test_what_is_offered_can_be_done(stage: Stage, actor: Actor, owed: bool) -> None:
    case = standing(stage, write_up_owed=owed, life_safety=owed)
    for step in offered(case, actor):
        assert isinstance(outcome(case, actor, step), Stage)
