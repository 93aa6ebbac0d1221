"""The closed loop by its laws: anybody tries anything, in any order. No database."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.city.cases.test_machine import AFTER_CLOSING, EVERYBODY, FULL
from xiuhua.city.cases.machine import (
    ENDED,
    WAYS,
    Act,
    Actor,
    Birth,
    Hold,
    Promise,
    Refused,
    Stage,
    Standing,
    Step,
    begin,
    offered,
    take,
)

ORDER = {
    Stage.REPORTED: 0, Stage.VERIFYING: 0, Stage.FILED: 1, Stage.CONSULTING: 1,
    Stage.DISPATCHED: 2, Stage.HANDLING: 3, Stage.HANDLED: 4, Stage.INSPECTED: 5, Stage.CLOSED: 6,
}  # fmt: skip
BACK = {Step.RETURN, Step.REWORK, Step.RECALL, Step.SEND_BACK, Step.REOPEN}


class Loop(RuleBasedStateMachine):
    """Anybody tries anything; whatever is taken keeps the laws."""

    @initialize(life_safety=st.booleans(), must_verify=st.booleans(), standard=st.booleans(),
                owes=st.frozensets(st.sampled_from(Promise)))  # fmt: skip
    def open(
        self, life_safety: bool, must_verify: bool, standard: bool, owes: frozenset[Promise]
    ) -> None:
        self.case = begin(Birth(
            life_safety=life_safety, team="repair-1" if life_safety else "",
            must_verify=must_verify, standard=standard or life_safety, owes=owes,
        ))  # fmt: skip
        self.history: list[tuple[Step, Actor]] = []

    @rule(
        actor=st.sampled_from(EVERYBODY),
        step=st.sampled_from(Step),
        note=st.sampled_from(["", "看过了"]),
        photos=st.integers(0, 2),
        team=st.sampled_from(["", "repair-1", "repair-2"]),
        satisfied=st.sampled_from([None, True, False]),
    )
    def attempt(
        self, actor: Actor, step: Step, note: str, photos: int, team: str, satisfied: bool | None
    ) -> None:
        before = self.case
        act = Act(step=step, note=note, photos=photos, team=team, satisfied=satisfied)
        try:
            self.case = take(before, actor, act)
        except Refused:
            assert self.case == before
            return
        assert step in offered(before, actor)
        self.history.append((step, actor))
        self.forward_by_one_at_most(before, step)
        self.nobody_is_closed_over(before, act)

    def nobody_is_closed_over(self, before: Standing, act: Act) -> None:
        if act.step is Step.CLOSE:
            assert before.satisfied is not False or act.note
        if act.step in {Step.REWORK, Step.REOPEN}:
            assert before.promised - {Promise.CONTACT} <= self.case.owes
            assert self.case.satisfied is None

    @rule(data=st.data(), satisfied=st.booleans())
    def go_on(self, data: st.DataObject, satisfied: bool) -> None:
        """Take a step that is offered to somebody, so that the loop is walked to its end."""
        ways = [(who, step) for who in EVERYBODY for step in offered(self.case, who)]
        if ways:
            actor, step = data.draw(st.sampled_from(ways))
            before, act = self.case, Act(step=step, **(FULL | {"satisfied": satisfied}))  # type: ignore[arg-type]
            self.case = take(before, actor, act)
            self.nobody_is_closed_over(before, act)
            self.history.append((step, actor))

    @rule(late=st.booleans())
    def time_passes(self, late: bool) -> None:
        self.case = replace(self.case, late=late)

    def forward_by_one_at_most(self, before: Standing, step: Step) -> None:
        if self.case.stage in {Stage.VOID, Stage.MERGED}:
            assert step in {Step.VOID, Step.DECLINE, Step.MERGE}
            return
        if step is Step.UNMERGE:
            assert self.case.stage is before.before
            return
        moved = ORDER[self.case.stage] - ORDER[before.stage]
        assert moved <= 1
        assert (moved < 0) == (step in BACK)

    @invariant()
    def open_or_ended_for_a_reason(self) -> None:
        steps = [step for step, _ in self.history]
        if self.case.stage is Stage.CLOSED:
            last = [step for step in steps if step not in AFTER_CLOSING]
            assert last[-1] is Step.CLOSE
            assert Step.HANDLE in steps
            assert not self.case.write_up_owed
            assert self.case.standard
            assert self.case.owes <= {Promise.CONTACT}
        if self.case.stage not in ENDED:
            moves = [step for who in EVERYBODY for step in offered(self.case, who)
                     if not WAYS[step].quiet and step is not Step.VOID]  # fmt: skip
            owed = self.case.write_up_owed or self.case.owes
            assert moves or owed, "nobody can go on"

    @invariant()
    def inspected_by_somebody_else(self) -> None:
        hands: set[str] = set()
        for step, actor in self.history:
            if step in {Step.ACCEPT, Step.HANDLE}:
                hands.add(actor.name)
            if step in {Step.APPROVE, Step.REWORK}:
                assert actor.name not in hands

    @invariant()
    def nothing_is_filed_unverified(self) -> None:
        if self.case.must_verify and self.case.stage not in {
            Stage.REPORTED, Stage.VERIFYING, Stage.VOID, Stage.MERGED,
        }:  # fmt: skip
            assert self.case.verified

    @invariant()
    def held_only_where_somebody_may_let_go(self) -> None:
        if self.case.hold is not Hold.NONE:
            assert self.case.stage in {Stage.FILED, Stage.DISPATCHED, Stage.HANDLING}
            assert not self.case.life_safety

    @invariant()
    def a_team_while_it_is_with_a_team(self) -> None:
        if self.case.stage in {Stage.DISPATCHED, Stage.HANDLING, Stage.HANDLED, Stage.INSPECTED}:
            assert self.case.team


TestLoop = Loop.TestCase
TestLoop.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
