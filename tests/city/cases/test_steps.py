"""What steps do to clocks, counters and history, in the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tests.city.alerts.world import NOW, change
from tests.city.cases.test_commands import AFTER, Desk
from xiuhua.city.almanac import commands as almanac
from xiuhua.city.almanac.queries import WorkingCalendar
from xiuhua.city.cases import commands, queries, standards, waiting
from xiuhua.city.cases.clocks import Clock, Limit
from xiuhua.city.cases.commands import NotDone
from xiuhua.city.cases.forms import form_for
from xiuhua.city.cases.loop import loop
from xiuhua.city.cases.machine import Stage, Step
from xiuhua.city.cases.models import Case, CaseStep
from xiuhua.city.cases.timing import STAGE_LIMITS, Mark, due, spent
from xiuhua.city.chain import AppendOnly

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Later(Desk):
    """A desk whose clock goes on: NOW is a Monday, 17:30."""

    def __init__(self, people: dict[str, User]) -> None:
        super().__init__(people)
        self.now = NOW

    def go(self, step: Step, who: str, after: timedelta = MINUTE, **more: object) -> Case:
        self.now += after
        self.case = commands.do(
            self.case.number, step, by=self.people[who], version=self.case.version, now=self.now,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip
        return self.case


@pytest.fixture
def desk(people: dict[str, User]) -> Later:
    off = almanac.NewDay(date=date(2026, 10, 1), works=False, zh="国庆", en="National Day")
    almanac.put_days(days=[off])
    standards.edit(
        code="device-care-0", clock=Clock.HOURS, amount=240, team_kind="repair", active=True,
        words={"condition_zh": "坏", "condition_en": "broken", "closing_zh": "", "closing_en": ""},
    )  # fmt: skip
    desk = Later(people)
    desk.go(Step.FILE, "acceptor")
    desk.go(Step.DISPATCH, "dispatcher", team="repair-1")
    return desk


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 by the clock on Shanghai's wall."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - 8 * HOUR


def test_filing_takes_the_limit_of_the_standard_as_it_is_now(desk: Later) -> None:
    assert (desk.case.clock, desk.case.amount) == ("hours", 240)
    # dispatched at 17:32: 28 minutes today, 3 h 32 min from 08:00 tomorrow
    assert desk.case.due == desk.case.handle_by == at(24, 11, 32)


def test_suspended_the_clock_stands_still_and_then_goes_on(desk: Later) -> None:
    desk.go(Step.SUSPEND, "dispatcher", note="等配件", until="2026-11-26")
    assert (desk.case.hold, desk.case.handle_by) == ("suspended", None)
    assert desk.case.due == at(26, 0), "then command looks at it again"
    with pytest.raises(NotDone):
        desk.go(Step.ACCEPT, "crew")
    desk.go(Step.RESUME, "officer", 2 * timedelta(days=1))
    assert (desk.case.hold, desk.case.resume_on) == ("", None)
    # until 17:33 one minute had run, from 17:34 on the 25th 26 more: 213 are left for the 26th
    assert desk.case.handle_by == at(26, 11, 33)


@pytest.mark.parametrize("until", ["2026-11-23", "2026-01-01", "2028-01-01", "soon"])
def test_a_suspension_ends_on_a_day_to_come(desk: Later, until: str) -> None:
    with pytest.raises(NotDone) as refused:
        desk.go(Step.SUSPEND, "dispatcher", note="等配件", until=until)
    assert refused.value.code == "needs_until"
    desk.case.refresh_from_db()
    assert (desk.case.hold, desk.case.resume_on) == ("", None)


def test_more_time_stops_the_clock_until_granted_and_then_counts(desk: Later) -> None:
    assert desk.case.handle_by == at(24, 11, 32)
    desk.go(Step.ASK_MORE, "crew", more=60, note="等停水")
    assert desk.case.due is None
    desk.go(Step.GRANT, "officer", 10 * MINUTE, more=60)
    # an hour more, and the ten minutes that it stood still; noon lies between
    assert desk.case.handle_by == at(24, 14, 42)
    assert desk.case.extra == 60


def test_returned_it_waits_for_the_dispatcher_and_the_third_word_binds(desk: Later) -> None:
    desk.go(Step.RETURN, "crew", note="不是我们的设备")
    assert (desk.case.stage, desk.case.handle_by) == ("filed", None)
    assert desk.case.due == desk.now + 15 * MINUTE
    desk.go(Step.DISPATCH, "dispatcher", team="repair-1")
    desk.go(Step.RETURN, "mate", note="仍不是")
    assert (desk.case.stage, desk.case.returns) == ("consulting", 2)
    settle = {"team": "duty", "note": "由兜底单位承办"}
    assert desk.go(Step.SETTLE, "leader", **settle).team == "duty"
    with pytest.raises(NotDone) as refused:
        desk.go(Step.RETURN, "officer", note="不接")
    assert refused.value.code == "bound"
    notes = [step.note for step in queries.history(desk.case) if step.step == "return"]
    assert notes == ["不是我们的设备", "仍不是"], "nothing that was filled in is lost"


def test_a_consultation_proposes_the_unit_of_last_resort(
    desk: Later, settings: LazySettings
) -> None:
    for who in ("crew", "mate"):
        desk.go(Step.RETURN, who, note="不是我们的")
        if desk.case.stage == "filed":
            desk.go(Step.DISPATCH, "dispatcher", team="repair-1")
    for named, proposed in (("", "duty"), ("fire-1", "fire-1"), ("gone", "duty")):
        settings.CASE_FALLBACK = named
        assert form_for(Step.SETTLE, desk.case).initial["team"] == proposed


@pytest.mark.parametrize(("said", "stages"), [
    ("national", "信息收集 案卷建立 任务派遣 任务处理 处理反馈 核查结案 综合评价"),
    ("huangpu", "发现 立案 派遣 处置 核查 结案"),
])  # fmt: skip
def test_a_setting_says_the_stages_in_other_words(
    desk: Later, settings: LazySettings, said: str, stages: str
) -> None:
    settings.CASE_STAGES = said
    with translation.override("zh-hans"):
        shown = loop(desk.case)
        assert " ".join(str(mark.name) for mark in shown) == stages
    assert [mark.now for mark in shown].index(True) == 3, "the team has it"


def test_a_bundle_shares_the_clock_of_its_lead(desk: Later, people: dict[str, User]) -> None:
    lead = desk.case
    (other,) = commands.open_for([change("smoke-battery", device=8)], NOW)
    desk.case = other
    desk.go(Step.FILE, "acceptor", HOUR)
    desk.go(Step.DISPATCH, "dispatcher", team="repair-1")
    assert desk.case.handle_by != lead.handle_by
    desk.go(Step.BUNDLE, "dispatcher", other=lead.number)
    assert desk.case.due == lead.handle_by
    bundled, desk.case = desk.case, lead
    desk.go(Step.ASK_MORE, "crew", more=60, note="等停水", after=timedelta())
    desk.go(Step.GRANT, "officer", more=60)
    bundled.refresh_from_db()
    assert bundled.due == desk.case.handle_by != lead.opened
    with pytest.raises(NotDone):
        desk.go(Step.BUNDLE, "dispatcher", other=bundled.number)


def test_late_once_appealed_and_exempt_it_stays_to_be_seen(desk: Later) -> None:
    desk.go(Step.ACCEPT, "crew")
    desk.go(Step.HANDLE, "crew", timedelta(days=3), note="好了", proof=AFTER)
    assert desk.case.was_late
    late = [step.step for step in queries.history(desk.case) if step.due and step.due < step.at]
    assert late == ["handle"], "each step keeps the deadline that it answered"
    desk.go(Step.APPROVE, "supervisor", true=True)
    desk.go(Step.CLOSE, "leader")
    desk.go(Step.APPEAL, "crew", note="停水由水务决定")
    assert [task.case for task in waiting.inbox(desk.people["supervisor"])] == [desk.case]
    desk.go(Step.UPHOLD, "supervisor", note="属实")
    ended = desk.case.ended
    desk.go(Step.UPHOLD, "leader", note="同意")
    assert (desk.case.exempt, desk.case.was_late, desk.case.ended) == (True, True, ended)


def test_reopened_it_is_handled_by_a_clock_of_its_own(desk: Later) -> None:
    desk.go(Step.ACCEPT, "crew")
    desk.go(Step.HANDLE, "crew", note="好了", proof=AFTER)
    assert desk.case.handle_by is None, "while it is inspected the team's clock stands still"
    desk.go(Step.APPROVE, "supervisor", true=True)
    desk.go(Step.CLOSE, "leader")
    assert desk.case.due is None
    desk.go(Step.REOPEN, "leader", timedelta(days=1), note="又漏了")
    assert (desk.case.stage, desk.case.ended, desk.case.team) == ("filed", None, "")
    desk.go(Step.DISPATCH, "dispatcher", team="repair-1")
    assert desk.case.handle_by == at(25, 11, 37)


def test_urged_and_supervised_nothing_moves(desk: Later) -> None:
    stood = desk.case.version, desk.case.stage, desk.case.due
    desk.go(Step.URGE, "officer", note="请抓紧")
    desk.go(Step.URGE, "leader", note="请抓紧")
    assert (desk.case.version, desk.case.stage, desk.case.due) == stood
    assert desk.case.urged == 2


def test_a_holiday_put_into_the_calendar_moves_what_is_open(desk: Later) -> None:
    before = desk.case.handle_by
    off = almanac.NewDay(date=date(2026, 11, 24), works=False, zh="假", en="Holiday")
    almanac.set_day(new=off)
    desk.case.refresh_from_db()
    assert (before, desk.case.handle_by) == (at(24, 11, 32), at(25, 11, 32))
    almanac.set_hours(text="09:00-17:00")
    desk.case.refresh_from_db()
    assert desk.case.due == at(25, 13), "four hours from nine; none was left today"


def test_beyond_the_calendar_nobody_guesses(desk: Later, people: dict[str, User]) -> None:
    almanac.drop_day(day=date(2026, 10, 1))
    desk.case.refresh_from_db()
    assert desk.case.due is None
    client = Client()
    client.force_login(people["crew"])
    assert "日历到不了这个时限" in client.get(f"/cases/{desk.case.number}/").content.decode()
    assert desk.go(Step.ACCEPT, "crew").stage == "handling", "work goes on all the same"
    (fire,) = commands.open_for([change()], NOW)
    assert fire.due == NOW + 30 * MINUTE, "what runs round the clock needs no calendar"


def test_an_altered_history_is_found_out(desk: Later, people: dict[str, User]) -> None:
    client = Client()
    client.force_login(people["leader"])

    def page() -> str:
        return client.get(f"/cases/{desk.case.number}/").content.decode()

    def broken() -> int | None:
        return queries.broken_step(desk.case, queries.history(desk.case))

    assert broken() is None
    assert "被改动" not in page()
    step = CaseStep.objects.get(step="dispatch")
    for forbidden in (step.save, step.delete):
        with pytest.raises(AppendOnly):
            forbidden()
    CaseStep.objects.filter(pk=step.pk).update(note="没有这回事")
    assert broken() == 3
    assert "历史第 3 步被改动" in page()
    CaseStep.objects.filter(pk=step.pk).delete()
    assert broken() == 3, "a case that stands where its history does not lead"


# ── the two deadlines by history alone ──────────────────────────────────────────────────────────

CALENDAR = WorkingCalendar(years=frozenset({2026}))
WAITS = (Stage.FILED, Stage.DISPATCHED, Stage.HANDLING, Stage.HANDLED)


@given(walk=st.lists(st.tuples(st.sampled_from(WAITS), st.booleans(), st.integers(1, 300)),
                     min_size=1, max_size=8), clock=st.sampled_from([Clock.URGENT, Clock.HOURS]),
       now=st.integers(0, 600))  # fmt: skip
def test_the_handling_clock_is_the_time_with_a_team_minute_by_minute(
    walk: list[tuple[Stage, bool, int]], clock: Clock, now: int
) -> None:
    trail, when, frm, minutes = [Mark(at(23, 8), "", Stage.REPORTED)], at(23, 8), "reported", 0
    states: list[bool] = []
    for stage, held, stays in walk:
        when += MINUTE
        states.append(False) if not trail[1:] else states.append(states[-1])
        trail.append(Mark(when, frm, stage, "suspended" if held else ""))
        frm = stage
        running = stage in {Stage.DISPATCHED, Stage.HANDLING} and not held
        states += [running] * stays
        when += stays * MINUTE
    states += [states[-1]] * now
    for n, running in enumerate(states):
        local = (at(23, 8) + n * MINUTE + 8 * HOUR).time()
        works = 8 <= local.hour < 12 or 14 <= local.hour < 18
        weekday = (at(23, 8) + n * MINUTE + 8 * HOUR).weekday() < 5
        minutes += running and (clock is Clock.URGENT or (works and weekday))
    end = at(23, 8) + len(states) * MINUTE
    assert spent(trail, end, clock, CALENDAR) == minutes * MINUTE
    found = due(trail, Limit(clock, minutes), STAGE_LIMITS, CALENDAR) if minutes else None
    if found and found.handling:
        assert found.handling <= end
