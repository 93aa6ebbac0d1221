"""The four clocks: examples worked by hand, and every answer equal to a count minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.city.almanac.queries import BeyondCalendar, WorkingCalendar
from xiuhua.city.almanac.working import USUAL_HOURS, BadHours, read_hours, written_hours
from xiuhua.city.cases.clocks import BadLimit, Clock, Limit, Pause, deadline, elapsed, reach
from xiuhua.epoch import SHANGHAI

CALENDAR = WorkingCalendar(
    years=frozenset({2026}),
    off=frozenset(date(2026, 10, day) for day in range(1, 8)),
    worked=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
)
"""National Day of 2026: a week off, worked for on a Sunday before and a Saturday after."""

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """A moment by the clock on Shanghai's wall, month and day of 2026."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(("start", "clock", "amount", "due"), [
    ("09-30 17:30", Clock.URGENT, 120, "09-30 19:30"),
    ("10-03 23:30", Clock.URGENT, 120, "10-04 01:30"),
    ("09-30 17:30", Clock.HOURS, 240, "10-08 11:30"),   # half an hour, a week off, the rest
    ("10-09 11:00", Clock.HOURS, 240, "10-09 17:00"),   # over noon
    ("10-09 17:00", Clock.HOURS, 120, "10-10 09:00"),   # a Saturday, worked
    ("10-09 08:00", Clock.HOURS, 240, "10-09 12:00"),   # the moment that the fourth hour is over
    ("10-09 10:30", Clock.WORKDAYS, 1, "10-10 10:30"),
    ("09-30 10:30", Clock.WORKDAYS, 1, "10-08 10:30"),
    ("09-18 10:30", Clock.WORKDAYS, 5, "09-24 10:30"),  # the Sunday counts, the Saturday does not
    ("10-03 15:00", Clock.WORKDAYS, 1, "10-09 00:00"),  # begun on a day off: all of the 8th
    ("09-30 10:30", Clock.DAYS, 3, "10-03 10:30"),
])  # fmt: skip
def test_worked_by_hand(start: str, clock: Clock, amount: int, due: str) -> None:
    limit = Limit(clock, amount)
    assert deadline(at(start), limit, CALENDAR) == at(due)
    assert elapsed(at(start), at(due), clock, CALENDAR) == limit.span


def test_a_pause_moves_the_deadline_by_what_it_took_of_running_time() -> None:
    limit = Limit(Clock.HOURS, 240)
    over_lunch = (at("10-09 11:30"), at("10-09 14:30"))
    assert deadline(at("10-09 09:00"), limit, CALENDAR) == at("10-09 15:00")
    assert deadline(at("10-09 09:00"), limit, CALENDAR, [over_lunch]) == at("10-09 16:00")


def test_while_a_pause_lasts_there_is_no_deadline() -> None:
    pause: Pause = (at("10-09 10:00"), None)
    limit = Limit(Clock.URGENT, 120)
    assert deadline(at("10-09 09:00"), limit, CALENDAR, [pause]) is None
    assert elapsed(at("10-09 09:00"), at("12-01 09:00"), limit.clock, CALENDAR, [pause]) == (
        timedelta(hours=1)
    )
    late = (at("10-09 12:00"), None)
    assert deadline(at("10-09 09:00"), limit, CALENDAR, [late]) == at("10-09 11:00")


@pytest.mark.parametrize("clock", [Clock.HOURS, Clock.WORKDAYS])
def test_past_its_end_the_calendar_fails_loudly(clock: Clock) -> None:
    limit = Limit(clock, 5 if clock is Clock.WORKDAYS else 5 * 480)
    assert deadline(at("12-24 09:00"), limit, CALENDAR)
    with pytest.raises(BeyondCalendar, match="until 2026-12-31 and cannot say whether 2027-01-01"):
        deadline(at("12-28 09:00"), limit, CALENDAR)
    with pytest.raises(BeyondCalendar, match="is empty"):
        deadline(at("12-24 09:00"), limit, WorkingCalendar(years=frozenset()))


def test_the_round_clocks_need_no_calendar() -> None:
    empty = WorkingCalendar(years=frozenset())
    assert deadline(at("12-31 23:00"), Limit(Clock.URGENT, 120), empty)
    assert deadline(at("12-31 23:00"), Limit(Clock.DAYS, 5), empty)


@pytest.mark.parametrize("amount", [0, -1, 367])
def test_a_limit_is_some_time(amount: int) -> None:
    with pytest.raises(BadLimit):
        Limit(Clock.WORKDAYS, amount)


@pytest.mark.parametrize("text", [
    "", "8-12", "08:00-08:00", "12:00-08:00", "08:00-12:00, 11:00-13:00", "08:00-25:00", "x",
    "14:00-18:00, 08:00-12:00", "08:60-09:00", "08:00",
])  # fmt: skip
def test_hours_that_cannot_be(text: str) -> None:
    with pytest.raises(BadHours):
        read_hours(text)


def test_hours_read_as_they_are_written() -> None:
    assert read_hours(written_hours(USUAL_HOURS)) == USUAL_HOURS
    assert read_hours("08:30-11:30，13:00-17:00") == ((510, 690), (780, 1020))


# ── the same, counted minute by minute ──────────────────────────────────────────────────────────

BEGIN = at("09-16 00:00").astimezone(UTC)
DAYS = [date(2026, 9, 14) + timedelta(days=n) for n in range(30)]
minutes = st.integers(0, 3 * 24 * 60)


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    off = draw(st.frozensets(st.sampled_from(DAYS), max_size=6))
    worked = draw(st.frozensets(st.sampled_from(DAYS), max_size=6))
    cuts = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=5)))
    hours = tuple(zip(cuts[::2], cuts[1::2], strict=False))
    return WorkingCalendar(years=frozenset({2026}), off=off, worked=worked, hours=hours)


@st.composite
def pauses(draw: st.DrawFn) -> list[Pause]:
    drawn = draw(st.lists(st.tuples(minutes, st.integers(0, 600)), max_size=3))
    return [(BEGIN + a * MINUTE, BEGIN + (a + n) * MINUTE) for a, n in drawn]


def runs(minute: datetime, clock: Clock, calendar: WorkingCalendar, stops: Sequence[Pause]) -> bool:
    """Whether the clock runs in the minute that begins then: asked in the plainest way."""
    if any(begin <= minute and (end is None or minute < end) for begin, end in stops):
        return False
    if clock in {Clock.URGENT, Clock.DAYS}:
        return True
    local = minute.astimezone(SHANGHAI)
    day = local.date()
    works = day in calendar.worked or (day.weekday() < 5 and day not in calendar.off)
    of_day = local.hour * 60 + local.minute
    in_hours = any(begin <= of_day < end for begin, end in calendar.hours)
    return works and (clock is Clock.WORKDAYS or in_hours)


@settings(max_examples=60, deadline=None)
@given(
    calendar=calendars(), clock=st.sampled_from(Clock), begin=minutes,
    amount=st.integers(1, 1500), stops=pauses(), more=st.integers(0, 3000),
)  # fmt: skip
def test_it_is_what_a_count_of_minutes_says(
    calendar: WorkingCalendar, clock: Clock, begin: int, amount: int,
    stops: list[Pause], more: int,
) -> None:  # fmt: skip
    start = BEGIN + begin * MINUTE
    try:
        due = reach(start, clock, amount * MINUTE, calendar, stops)
    except BeyondCalendar:  # hours so short that the year does not hold them
        return
    assert due is not None
    minute, counted = start, 0
    while counted < amount and minute < start + timedelta(days=40):
        counted += runs(minute, clock, calendar, stops)
        minute += MINUTE
    if counted == amount:
        assert minute == due
    later = start + more * MINUTE
    by_hand = sum(runs(start + n * MINUTE, clock, calendar, stops) for n in range(more))
    assert elapsed(start, later, clock, calendar, stops) == by_hand * MINUTE


@settings(max_examples=100, deadline=None)
@given(
    calendar=calendars(), clock=st.sampled_from(Clock), begin=minutes,
    amount=st.integers(1, 2000), stops=pauses(), seconds=st.integers(0, 59),
)  # fmt: skip
def test_deadline_and_elapsed_are_each_other_s_inverse(
    calendar: WorkingCalendar, clock: Clock, begin: int, amount: int,
    stops: list[Pause], seconds: int,
) -> None:  # fmt: skip
    start = BEGIN + begin * MINUTE + timedelta(seconds=seconds)
    span = amount * MINUTE
    try:
        due = reach(start, clock, span, calendar, stops)
    except BeyondCalendar:
        return
    assert due is not None
    assert elapsed(start, due, clock, calendar, stops) == span
    assert elapsed(start, due - timedelta(seconds=1), clock, calendar, stops) < span
    assert due >= (reach(start, clock, span, calendar) or due), "a pause never hastens"
