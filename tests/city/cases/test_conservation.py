"""Conservation, over alert → case → closure in the real database: two workers with a connection
each, crashes before the commit, the clock leaping. Every alert ends in exactly one terminal state;
nothing is dispatched twice, orphaned, or dated wrongly. `make fuzz-cases` runs it for longer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.city.alerts import world
from tests.city.alerts.world import NOW, change
from tests.city.cases.test_photos import picture
from xiuhua.city import feed
from xiuhua.city.alerts import commands as alerting
from xiuhua.city.alerts import incidents
from xiuhua.city.alerts.models import Alert, Call, Incident, IncidentStep
from xiuhua.city.almanac import commands as almanac
from xiuhua.city.almanac import queries as days
from xiuhua.city.cases import commands, queries, reporting
from xiuhua.city.cases.clocks import elapsed
from xiuhua.city.cases.commands import NotDone, Proof
from xiuhua.city.cases.machine import ENDED, WAYS, Refused, Stage, Step, offered
from xiuhua.city.cases.models import Case, CaseStep, Photo, Source, Voice
from xiuhua.city.cases.reckoning import book, limit_of, marks, owed
from xiuhua.city.cases.timing import handling_run
from xiuhua.city.cases.ways import WITH_TEAM

EXAMPLES = int(os.environ.get("XIUHUA_CASE_EXAMPLES", "3"))
ACTORS = ("officer", "leader", "acceptor", "dispatcher", "supervisor", "fireman", "crew", "mate",
          "rival", "guard")  # fmt: skip
ONWARDS = (
    Step.RESUME, Step.GRANT, Step.VERIFY, Step.FILE, Step.ASK_VERIFY, Step.DISPATCH, Step.SETTLE,
    Step.ACCEPT, Step.HANDLE, Step.APPROVE, Step.WRITE_UP, Step.ANSWER, Step.CALL_BACK, Step.CLOSE,
)  # fmt: skip
"""What leads a case to its end, wherever it stands."""

BACK_FROM_TEAM = {Step.RETURN, Step.RECALL, Step.REOPEN}


class Crash(Exception):
    """The process dies before its commit."""


@contextmanager
def crashing(where: bool) -> Iterator[None]:
    """The feed is told last in a transaction: whoever dies there had done everything else."""
    if not where:
        yield
        return
    with patch.object(feed, "tell", side_effect=Crash), \
            patch.object(feed, "tell_many", side_effect=Crash):  # fmt: skip
        yield


REFUSALS = (
    NotDone, Refused, Crash, incidents.NotTogether, DatabaseError, Case.DoesNotExist,
)  # fmt: skip


def tried(work: Callable[[], Any]) -> object:
    """The outcome of somebody's attempt: what it gave, or why it gave nothing."""
    try:
        return work()
    except (
        NotDone,
        Refused,
        Crash,
        incidents.NotTogether,
        DatabaseError,
        Case.DoesNotExist,
    ) as refused:
        return refused


class Conservation(RuleBasedStateMachine):
    people: dict[str, User]
    workers: tuple[ThreadPoolExecutor, ThreadPoolExecutor]

    @initialize()
    def empty(self) -> None:
        Photo.objects.all().delete()
        CaseStep.objects.all().delete()
        Voice.objects.all().delete()
        Case.objects.update(merged_into=None, bundle=None)
        Case.objects.all().delete()
        Alert.objects.all().delete()
        Incident.objects.all().delete()
        self.now = NOW
        self.told: set[str] = set()

    def both(self, *works: Callable[[], Any]) -> list[object]:
        """Each work by a worker of its own, at the same moment."""
        pairs = zip(self.workers, works, strict=False)
        return [job.result(60) for job in [worker.submit(tried, work) for worker, work in pairs]]

    def stand(self) -> list[tuple[object, ...]]:
        by_hand = [
            *Alert.objects.order_by("id").values_list(),
            *Incident.objects.order_by("id").values_list(),
            *IncidentStep.objects.order_by("id").values_list("id"),
        ]
        return [
            *by_hand,
            *Call.objects.values_list("id"),
            *Case.objects.order_by("id").values_list(),
            *CaseStep.objects.values_list("id"),
        ]

    @rule(name=st.sampled_from(["smoke-fire", "smoke-battery"]), device=st.integers(1, 2),
          crash=st.booleans(), twice=st.booleans())  # fmt: skip
    def an_alert_is_told(self, name: str, device: int, crash: bool, twice: bool) -> None:
        told = change(name, device=device)
        work = partial(commands.open_for, [told], self.now)
        with crashing(crash):
            came = self.both(*[work] * (2 if twice else 1))
        if any(isinstance(each, list) for each in came):
            self.told.add(told.id)
        else:
            assert crash

    @rule(source=st.sampled_from([Source.PATROL, Source.HOTLINE]), crash=st.booleans())
    def somebody_reports(self, source: Source, crash: bool) -> None:
        if Case.objects.count() >= 6:
            return
        new = reporting.Report(
            source=source, case_class="device-care", place="tl04-b031", words="坏了"
        )
        before = self.stand()
        by = self.people["acceptor"]
        with crashing(crash):
            (came,) = self.both(partial(reporting.report, new, by=by, now=self.now))
        assert isinstance(came, Crash if crash else Case)
        if crash:
            assert self.stand() == before

    @rule(crash=st.booleans())
    def somebody_reports_a_danger(self, crash: bool) -> None:
        if Case.objects.count() >= 6:
            return
        new = reporting.Report(source=Source.PHONE, case_class="fire", place="tl04", words="")
        before, by = self.stand(), self.people["acceptor"]
        with crashing(crash):
            (came,) = self.both(partial(reporting.report, new, by=by, now=self.now))
        assert isinstance(came, Crash if crash else Case)
        if crash:
            assert self.stand() == before
        elif isinstance(came, Case):
            self.told.add(str(came.alert))

    @precondition(lambda _: Alert.objects.exists())
    @rule(data=st.data(), apart=st.booleans(), crash=st.booleans())
    def the_desk_groups(self, data: st.DataObject, apart: bool, crash: bool) -> None:
        one, two = (data.draw(st.sampled_from(list(Alert.objects.order_by("id")))) for _ in "ab")
        facts: dict[str, Any] = {"by": "officer", "why": "现场看过", "now": self.now}
        work: Callable[[], Any] = partial(alerting.take_out, [one.id], **facts)
        if not apart:
            work = partial(alerting.add_to_incident, one.id, two.id, **facts)
        before = self.stand()
        with crashing(crash):
            (came,) = self.both(work)
        if crash or came is not None:
            assert self.stand() == before

    @invariant()
    def nobody_is_called_twice_and_nobody_is_left_out(self) -> None:
        for alert in Alert.objects.filter(status="raised", false=None):
            own = {call.team for call in alert.calls.all()}
            mates = Call.objects.filter(alert__incident=alert.incident_id or -1, alert__false=None)
            served = {call.team for call in mates}  # all are fires at one place
            assert {"tl04-guard", "fire-1", "duty", "tl04-property"} <= own | served
        for incident in Incident.objects.all():
            members = {alert.id for alert in incidents.members(incident.pk)}
            assert incident.lead in (members or {None})

    @rule(leap=st.sampled_from([-5, 1, 14, 40, 600, 3000, 20_000]))
    def the_clock_leaps(self, leap: int) -> None:
        self.now += timedelta(minutes=leap)

    @precondition(lambda _: Case.objects.exists())
    @rule(data=st.data(), crash=st.booleans(), twice=st.booleans())
    def somebody_acts(self, data: st.DataObject, crash: bool, twice: bool) -> None:
        case = data.draw(st.sampled_from(list(Case.objects.order_by("id"))))
        ways = [(who, step) for who in ACTORS for step in self.offered(case, who)]
        if not ways:
            return
        who, step = data.draw(st.sampled_from(ways))
        rivals = [one for one, same in ways if same is step]
        pair = [who, data.draw(st.sampled_from(rivals))] if twice else [who]
        before, version, satisfied = self.stand(), case.version, data.draw(st.booleans())
        with crashing(crash):
            came = self.both(*[self.step(case, step, one, version, satisfied) for one in pair])
        moved = [each for each in came if isinstance(each, Case)]
        if crash:
            assert moved == []
            assert self.stand() == before
        elif not WAYS[step].quiet:
            assert len(moved) <= 1, f"{step} was done twice"

    def offered(self, case: Case, who: str) -> tuple[Step, ...]:
        user = self.people[who]
        if not queries.visible(user).filter(pk=case.pk).exists():
            return ()
        return offered(queries.standing_of(case, self.now), queries.actor_of(user))

    def step(
        self, case: Case, step: Step, who: str, version: int, satisfied: bool = True
    ) -> Callable[[], Case]:
        other = Case.objects.exclude(pk=case.pk).order_by("id").first()
        brought = {
            "note": "写明", "team": "fire-1" if case.life_safety else "repair-1", "more": 30,
            "until": (self.now.date() + timedelta(days=3)).isoformat(),
            "satisfied": satisfied, "true": satisfied,
            "other": other.number if other and step in {Step.MERGE, Step.BUNDLE} else "",
            "proof": Proof(after=[picture()]) if step is Step.HANDLE else commands.NO_PROOF,
        }  # fmt: skip
        by, now = self.people[who], self.now
        return partial(
            commands.do,
            case.number,
            step,
            by=by,
            version=version,
            now=now,
            **brought,  # type: ignore[arg-type]
        )

    # ── what always holds ─────────────────────────────────────────────────────────────────────────

    @invariant()
    def every_alert_has_exactly_one_case(self) -> None:
        alerts = [str(alert) for alert in Case.objects.values_list("alert", flat=True) if alert]
        assert sorted(alerts) == sorted(self.told)
        for (
            alert
        ) in Alert.objects.all():  # by hand: up while its case is, and called from the start
            case = Case.objects.get(alert=alert.id)
            assert case.ended is None or alert.status == "cleared"

    @invariant()
    def every_history_is_a_walk_through_the_table(self) -> None:
        for case in Case.objects.all():
            steps = queries.history(case)
            assert queries.broken_step(case, steps) is None
            assert [step.seq for step in steps] == list(range(1, len(steps) + 1))
            walked = [(one.to, other.frm) for one, other in pairwise(steps)]
            assert all(came == went for came, went in walked)
            for step in steps[1:]:
                self.follows_the_table(step)
            self.ends_once(case, steps)
            self.is_not_dispatched_twice(steps)

    def follows_the_table(self, step: CaseStep) -> None:
        if step.step in {"joined", "parted"}:
            assert step.frm == step.to
            return
        way = WAYS[Step(step.step)]
        assert Stage(step.frm) in way.frm
        leads = {way.to or Stage(step.frm)}
        leads |= {Stage.CONSULTING} if way.step is Step.RETURN else set()
        if way.step is Step.UNMERGE:  # back to where it stood
            merged = CaseStep.objects.filter(case=step.case, step=Step.MERGE, seq__lt=step.seq)
            leads = {Stage(merged.latest("seq").frm)}
        assert Stage(step.to) in leads

    def ends_once(self, case: Case, steps: list[CaseStep]) -> None:
        ended = [step for step in steps if step.to in ENDED and step.frm not in ENDED]
        reopened = [step for step in steps if step.step in {Step.REOPEN, Step.UNMERGE}]
        assert (case.ended is not None) == (case.stage in ENDED)
        assert len(ended) - len(reopened) == (case.stage in ENDED)

    def is_not_dispatched_twice(self, steps: list[CaseStep]) -> None:
        with_team = 0
        for step in steps:
            began = step.step == "open" and step.to == Stage.DISPATCHED
            if began or step.step in {Step.DISPATCH, Step.SETTLE}:
                with_team += 1
            elif step.step in BACK_FROM_TEAM:
                with_team = 0
            assert with_team <= 1

    @invariant()
    def nothing_is_an_orphan(self) -> None:
        for case in Case.objects.select_related("merged_into"):
            assert (case.stage == Stage.MERGED) == (case.merged_into is not None)
            if case.stage == Stage.MERGED:
                assert case.owes == {}
            if case.stage in WITH_TEAM:
                assert case.team
            if case.ended is None:
                assert any(self.leads_on(case, who) for who in ACTORS), "nobody can go on"
        assert Voice.objects.count() == Case.objects.exclude(source=Source.ALERT).count()

    @invariant()
    def every_promise_is_owed_by_exactly_one_case(self) -> None:
        """By the one that goes on, and by its own again when a merging is undone."""
        by = book()
        for case in Case.objects.exclude(stage__in=ENDED):
            assert case.owes == owed(case, queries.history(case), by)

    def leads_on(self, case: Case, who: str) -> bool:
        return bool(set(ONWARDS) & set(self.offered(case, who)))

    @invariant()
    def no_clock_is_wrong(self) -> None:
        calendar = days.working_calendar()
        for case in Case.objects.filter(bundle=None):
            run = handling_run(marks(queries.history(case)))
            limit = limit_of(case)
            if run and case.handle_by:
                gone = elapsed(run[0], case.handle_by, limit.clock, calendar, run[1])
                assert gone == limit.span
            if case.ended:
                assert case.due is None
            elif case.stage in WITH_TEAM and not case.hold:
                assert case.due == case.handle_by is not None

    def teardown(self) -> None:
        """Whatever happened, everything can be brought to its one end, by the people there are."""
        for case in Case.objects.order_by("id"):
            for _ in range(40):
                case.refresh_from_db()
                if case.ended:
                    break
                who, step = next((who, step) for step in ONWARDS for who in ACTORS
                                 if step in self.offered(case, who))  # fmt: skip
                came = tried(self.step(case, step, who, case.version))
                assert isinstance(came, Case), came
        assert not Case.objects.filter(ended=None).exists()
        self.every_alert_has_exactly_one_case()
        self.every_history_is_a_walk_through_the_table()


def hang_up() -> None:
    """Close this thread's own connection: looked up here, not by who asks for it."""
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_conservation(transactional_db: None) -> None:
    Conservation.people = world.settle()
    almanac.put_days(
        days=[almanac.NewDay(date=date(year, 1, 1), works=False, zh="元旦", en="New Year's Day")
              for year in (2026, 2027, 2028)]
    )  # fmt: skip
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        Conservation.workers = (one, other)
        try:
            run_state_machine_as_test(
                Conservation,
                settings=settings(
                    max_examples=EXAMPLES, stateful_step_count=16, deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )  # fmt: skip
        finally:
            for worker in (one, other):
                worker.submit(hang_up).result(10)
