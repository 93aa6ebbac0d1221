"""When rules are awake, what their parameters are from which day, and whose parameters count."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiuhua.engine import control, snapshot
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device, Place, PlacesSet
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import RuleError, parse
from xiuhua.engine.schedule import Calendar, Schedule, day_number, read_schedule
from xiuhua.engine.step import State, step

from .book import LOG, MINUTE, SECOND, START, Book, play

SHANGHAI = timezone(timedelta(hours=8))
NIGHT = """
[[rule]]
id = "night"
zh = "夜间升温"
en = "Warm at night"
kind = "smoke"
sentence.zh = "温度 {temperature} ℃，上限 {hot} ℃"
sentence.en = "{temperature} °C of {hot} °C"
[rule.params]
hot = 40
[rule.schedule]
hours = ["22:00-06:00"]
[[rule.level]]
level = "warn"
operator = "threshold"
when = "temperature >= :hot"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "temperature >= 90"
"""
CAMERA = NIGHT.replace('"smoke"', '"camera"').replace("temperature", "people")
HOT = {"device": "s1", "temperature": 50}
COOL = {"device": "s1", "temperature": 10}


def ms(text: str) -> int:
    """The moment, of Shanghai, in ms since 1970: "2026-09-21 22:00"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def tuesday(clock: str, days: int = 0) -> int:
    """The same on Tuesday the 22nd, the day after START, or so many days later, from START."""
    return ms(f"2026-09-{22 + days} {clock}") - START


def local(changes: list[AlertChange]) -> list[tuple[str, str]]:
    """(what, day and time of Shanghai) of each."""
    return [
        (c.what, datetime.fromtimestamp(c.time / 1000, SHANGHAI).strftime("%d %H:%M:%S"))
        for c in changes
    ]


def sensor(kind: str = "smoke", **more: Any) -> Device:
    where = {"site": "tl01", "building": "b1", "flat": "f1", "place": "p1"} | more
    return Device(id="s1", kind=kind, **where)


@pytest.fixture
def book() -> Book:
    return Book().devices(sensor()).rules(NIGHT)


def test_what_is_on_when_it_wakes_is_raised_then_with_what_was_last_said(book: Book) -> None:
    book.pack(HOT, at=tuesday("21:50")).tick(at=tuesday("22:00")).tick(at=tuesday("22:30"))
    (raised,) = play(book)
    assert local([raised]) == [("raised", "22 22:00:00")]
    assert raised.zh == "温度 50 ℃，上限 40 ℃"
    assert raised.evidence.params == {"hot": 40}


def test_what_is_up_when_it_falls_asleep_ends(book: Book) -> None:
    book.pack(HOT, at=tuesday("23:00")).tick(at=tuesday("05:59:59", 1)).tick(at=tuesday("06:00", 1))
    book.pack({**HOT, "temperature": 95}, at=tuesday("07:00", 1))
    changes = play(book)
    assert local(changes) == [("raised", "22 23:00:00"), ("cleared", "23 06:00:00")]
    assert changes[1].zh == "已解除：温度 50 ℃，上限 40 ℃"


def test_by_day_it_says_nothing(book: Book) -> None:
    book.pack(HOT, at=tuesday("08:00", 1)).pack(COOL, at=tuesday("21:59", 1))
    assert play(book.tick(at=tuesday("23:00", 1))) == []


def test_a_night_s_backlog_that_comes_by_day_counts_by_its_own_times(book: Book) -> None:
    late = [{**HOT, "time": tuesday("23:10")}, {**COOL, "time": tuesday("23:40")}]
    book.tick(at=tuesday("08:00", 1)).pack(*late, at=tuesday("08:30", 1))
    assert local(play(book)) == [("raised", "22 23:10:00"), ("cleared", "22 23:40:00")]


def test_a_day_s_backlog_that_comes_at_night_raises_nothing(book: Book) -> None:
    late = [{**HOT, "time": tuesday("12:00", 1)}, {**COOL, "time": tuesday("12:40", 1)}]
    book.tick(at=tuesday("22:30", 1)).pack(*late, at=tuesday("22:31", 1))
    assert play(book) == []


def test_what_began_just_before_it_woke_and_is_known_just_after_is_not_passed_over() -> None:
    """A camera's readings wait two seconds: one of 21:59:59 counts at 22:00:01, and the crowd
    stays all night without another word that would begin anything."""
    book = Book().devices(sensor("camera")).rules(CAMERA)
    book.pack({"device": "s1", "people": 50}, at=tuesday("21:59:59")).tick(at=tuesday("22:00"))
    book.tick(at=tuesday("22:00:01")).tick(at=tuesday("22:00:02"))
    book.pack({"device": "s1", "people": 60}, at=tuesday("23:00")).tick(at=tuesday("23:00:05"))
    assert local(play(book)) == [("raised", "22 22:00:01")]


def test_a_change_from_just_before_it_woke_does_not_end_it() -> None:
    book = Book().devices(sensor("camera")).rules(CAMERA)
    book.pack({"device": "s1", "people": 50}, at=tuesday("21:50")).tick(at=tuesday("21:51"))
    book.pack({"device": "s1", "people": 95}, at=tuesday("21:59:59")).tick(at=tuesday("22:00"))
    book.tick(at=tuesday("22:00:01")).tick(at=tuesday("23:00"))
    changes = play(book)
    assert local(changes) == [("raised", "22 22:00:00"), ("level", "22 22:00:01")]
    assert [change.level for change in changes] == ["warn", "serious"]


def test_what_flaps_ends_too_when_the_rule_falls_asleep(book: Book) -> None:
    book.rules(NIGHT.replace("[rule.schedule]", '[rule.flapping]\nstarts = 2\nwithin = "2h"\n'
                             "[rule.schedule]"), at=1, version=2)  # fmt: skip
    for minute in (0, 2, 4):
        book.pack(HOT, at=tuesday(f"05:{50 + minute}", 1))
        book.pack(COOL, at=tuesday(f"05:{51 + minute}", 1))
    changes = play(book.tick(at=tuesday("06:00", 1)))
    assert local(changes)[-2:] == [("raised", "23 05:52:00"), ("cleared", "23 06:00:00")]


@pytest.mark.parametrize("cut", range(2, 9))
def test_a_restart_at_any_time_changes_nothing(book: Book, cut: int) -> None:
    book.pack(HOT, at=tuesday("21:50")).tick(at=tuesday("22:00")).tick(at=tuesday("22:30"))
    book.tick(at=tuesday("06:00", 1)).tick(at=tuesday("22:00", 1)).pack(
        COOL, at=tuesday("23:00", 1)
    )
    book.tick(at=tuesday("23:01", 1))
    state, before = step(State(LOG), book.records[:cut])
    state, after = step(snapshot.restore(snapshot.save(state)), book.records[cut:])
    assert before + after == play(book)
    assert [c.what for c in before + after] == ["raised", "cleared"] * 2


# Flags, days, the calendar


def test_a_flag_wakes_it_and_another_sends_it_to_sleep(book: Book) -> None:
    rain = NIGHT.replace('hours = ["22:00-06:00"]', 'flag = "rain"\nunless = "drill"')
    book.rules(rain, at=1, version=2).pack(HOT, at=MINUTE)
    book.change(control.FlagSet("rain", on=True), at=2 * MINUTE)
    book.change(control.FlagSet("drill", on=True), at=3 * MINUTE)
    book.change(control.FlagSet("drill", on=False), at=4 * MINUTE)
    book.change(control.FlagSet("rain", on=False), at=5 * MINUTE)
    changes = play(book)
    assert [(c.what, (c.time - START) // MINUTE) for c in changes] == [
        ("raised", 2), ("cleared", 3), ("raised", 4), ("cleared", 5),
    ]  # fmt: skip


def test_a_holiday_that_is_put_into_the_calendar_meanwhile(book: Book) -> None:
    days = NIGHT.replace('hours = ["22:00-06:00"]', 'days = ["workday"]')
    book.rules(days, at=1, version=2).pack(HOT, at=tuesday("08:00"))
    book.change(control.CalendarSet(("2026-09-22",), ()), at=tuesday("09:00")).tick(
        at=tuesday("00:00", 1)
    )
    assert [c.what for c in play(book)] == ["raised", "cleared", "raised"]


NATIONAL_DAY = Calendar(
    frozenset(day_number(f"2026-10-0{day}") for day in range(1, 8)),
    frozenset({day_number("2026-09-27"), day_number("2026-10-10")}),
)


@pytest.mark.parametrize(
    ("days", "moment", "expected"),
    [
        (["workday"], "2026-09-30 23:59", True),
        (["workday"], "2026-10-01 00:00", False),
        (["holiday"], "2026-10-07 12:00", True),
        (["workday"], "2026-10-10 09:00", True),  # a Saturday that is worked
        (["holiday"], "2026-10-10 09:00", False),
        (["sat"], "2026-10-10 09:00", True),
        (["workday"], "2026-10-11 09:00", False),
        (["wed", "holiday"], "2026-09-30 09:00", True),
    ],
)
def test_working_days_and_days_off(days: list[str], moment: str, *, expected: bool) -> None:
    assert read_schedule({"days": days}).open_at(ms(moment), NATIONAL_DAY) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-09-25 21:59", False), ("2026-09-25 22:00", True), ("2026-09-26 05:59", True),
        ("2026-09-26 06:00", False), ("2026-09-26 22:00", False), ("2026-09-25 05:00", False),
    ],
)  # fmt: skip
def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(
    moment: str, *, expected: bool
) -> None:
    friday = read_schedule({"hours": ["22:00-06:00"], "days": ["fri"]})
    assert friday.open_at(ms(moment), Calendar()) == expected


hours = st.integers(0, 24 * 4 - 1).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
spans = st.tuples(hours, hours).filter(lambda ends: ends[0] != ends[1]).map("-".join)
names = st.sampled_from(["mon", "wed", "sat", "sun", "workday", "holiday"])


@given(
    hours=st.lists(spans, max_size=2), days=st.lists(names, max_size=2),
    start=st.integers(0, 20 * 24 * 4),
)  # fmt: skip
def test_between_two_edges_nothing_changes(hours: list[str], days: list[str], start: int) -> None:
    """The clock alone wakes a rule and sends it to sleep at its edges, and nowhere else."""
    schedule = read_schedule({"hours": hours, "days": days})
    moment = ms("2026-09-21 00:00") + start * 15 * MINUTE
    edge = schedule.next_edge(moment)
    assert edge > moment
    quarters = range(moment, min(edge, moment + 3 * 86_400_000), 15 * MINUTE)
    assert len({schedule.open_at(at, NATIONAL_DAY) for at in quarters}) == 1


@given(hours=st.lists(spans, min_size=1, max_size=3), quarter=st.integers(0, 24 * 4 - 1))
def test_open_is_what_one_reads_off_the_clock(hours: list[str], quarter: int) -> None:
    clock = f"{quarter // 4:02}:{quarter % 4 * 15:02}"
    inside = [
        begin <= clock < end if begin < end else clock >= begin or clock < end
        for begin, end in (span.split("-") for span in hours)
    ]
    schedule = read_schedule({"hours": hours})
    assert schedule.open_at(ms(f"2026-09-23 {clock}"), Calendar()) == any(inside)


def test_a_schedule_is_explained() -> None:
    text = NIGHT.replace('hours = ["22:00-06:00"]', """hours = ["22:00-06:00", "12:00-13:30"]
days = ["sat", "workday"]
flag = "rain"
unless = "drill\"""")  # fmt: skip
    zh, en = explain(parse(text)[0])
    assert "只在周六、工作日，22:00-06:00、12:00-13:30，下雨时，没有“drill”标志时报警。" in zh
    assert (
        "Alerts only on Saturdays, working days, 22:00-06:00, 12:00-13:30, while it rains, "
        "unless drill is up." in en
    )
    assert Schedule().explain() == ("", "")


# Parameters


DATED = NIGHT.replace('[rule.schedule]\nhours = ["22:00-06:00"]\n', """[[rule.params_from]]
date = 2026-09-24
hot = 45
[[rule.params_from]]
date = 2026-09-23
hot = 60
""")  # fmt: skip


def test_a_day_s_parameters_hold_from_the_midnight_of_shanghai() -> None:
    book = Book().devices(sensor()).rules(DATED)
    book.pack(HOT, at=tuesday("23:59:58")).pack(COOL, at=tuesday("23:59:59"))
    book.pack(HOT, at=tuesday("00:00", 1)).pack({**HOT, "temperature": 61}, at=tuesday("00:01", 1))
    book.pack(COOL, at=tuesday("23:59:59", 1)).pack(HOT, at=tuesday("00:00", 2))
    changes = play(book)
    assert local(changes) == [
        ("raised", "22 23:59:58"), ("cleared", "22 23:59:59"), ("raised", "23 00:01:00"),
        ("cleared", "23 23:59:59"), ("raised", "24 00:00:00"),
    ]  # fmt: skip
    assert [c.evidence.params["hot"] for c in changes if c.what == "raised"] == [40, 60, 45]


def test_dated_parameters_are_explained_by_date() -> None:
    zh, en = explain(parse(DATED)[0])
    assert "2026-09-23 起：:hot = 60。\n2026-09-24 起：:hot = 45。" in zh
    assert "From 2026-09-23 on: :hot = 60.\nFrom 2026-09-24 on: :hot = 45." in en


ALWAYS = NIGHT.replace('[rule.schedule]\nhours = ["22:00-06:00"]\n', "")


@pytest.mark.parametrize(
    ("own", "places", "expected"),
    [
        ({}, {}, 40),
        ({}, {"tl01": {"hot": 41}}, 41),
        ({}, {"tl01": {"hot": 41}, "b1": {"hot": 42}}, 42),
        ({}, {"b1": {"hot": 42}, "f1": {"hot": 43}}, 43),
        ({}, {"f1": {"hot": 43}, "p1": {"hot": 44}}, 44),
        ({"hot": 45}, {"p1": {"night.hot": 44}}, 45),
        ({"hot": 45, "night.hot": 46}, {}, 46),
        ({}, {"p1": {"hot": 44, "night.hot": 47}}, 47),
        ({"cold": 1, "day.hot": 2}, {"elsewhere": {"hot": 3}}, 40),
    ],
)
def test_whose_parameter_counts(
    own: dict[str, float], places: dict[str, dict[str, float]], expected: float
) -> None:
    """The device's own first, then the smallest place's; "rule.param" before "param"."""
    book = Book().devices(sensor(params=own)).rules(ALWAYS)
    book.change(PlacesSet(tuple(Place(code, params) for code, params in places.items())))
    (raised,) = play(book.pack(HOT, at=SECOND))
    assert raised.evidence.params == {"hot": expected}


def test_a_place_that_loses_its_parameters_is_as_all_others() -> None:
    book = Book().devices(sensor()).rules(ALWAYS)
    book.change(PlacesSet((Place("b1", {"hot": 70}),))).pack(HOT, at=SECOND)
    book.change(PlacesSet((Place("b1", {}),)), at=2 * SECOND).pack(HOT, at=3 * SECOND)
    assert [c.time - START for c in play(book)] == [3 * SECOND]


@pytest.mark.parametrize("hours", ["22-6", "24:00-06:00", "08:00-08:00", "08:00-24:01", 8])
def test_hours_that_are_none_are_refused(hours: object) -> None:
    with pytest.raises(RuleError, match="22:00-06:00"):
        read_schedule({"hours": [hours]})
