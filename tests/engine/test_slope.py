"""slope, moment by moment, and against a plain reading of its definition."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse

from .book import MINUTE, SECOND, START, Book, play, told

RISING = """
[[rule]]
id = "rising"
zh = "快速升温"
en = "Heating fast"
kind = "bikeshed"
sentence.zh = "{temperature} ℃，10 分钟内上升 {step} ℃"
sentence.en = "{temperature} °C, {step} °C more within 10 minutes"
params.step = 8
[[rule.level]]
level = "serious"
operator = "slope"
field = "temperature"
within = "10m"
rise = ":step"
"""
CELL = 10 * MINUTE // 16
SHED = "tl04-bikeshed-0001"


def shed(text: str = RISING, **more: object) -> Book:
    device = Device(id=SHED, kind="bikeshed", site="tl04", place="tl04-shed", **more)  # type: ignore[arg-type]
    return Book().devices(device).rules(text)


def said(book: Book, values: list[float | None], every: int = 30 * SECOND, since: int = 0) -> Book:
    for n, value in enumerate(values):
        book.pack({"device": SHED, "temperature": value}, at=since + n * every)
    return book


def ramp(step: float, count: int = 40, base: float = 30) -> list[float]:
    return [base] * 30 + [base + step * n for n in range(1, count + 1)]


def whats(book: Book) -> list[tuple[str, int]]:
    return [(what, at // SECOND) for what, _, _, at in told(play(book))]


def test_eight_degrees_in_ten_minutes() -> None:
    """0.5 ℃ a reading, 20 readings in the window: 10 ℃ in ten minutes."""
    (change,) = play(said(shed(), ramp(0.5)))
    assert (change.what, change.level) == ("raised", "serious")
    since = (change.time - START) / MINUTE - 15
    assert 8 <= since <= 10
    assert change.zh.endswith("10 分钟内上升 8 ℃")


def test_a_slow_morning_is_none() -> None:
    assert whats(said(shed(), ramp(0.3))) == []


def test_a_fall_is_no_rise_and_a_rise_no_fall() -> None:
    falling = RISING.replace("rise =", "fall =")
    assert whats(said(shed(), ramp(-0.5))) == []
    assert whats(said(shed(falling), ramp(0.5))) == []
    assert [what for what, _ in whats(said(shed(falling), ramp(-0.5)))] == ["raised"]


@pytest.mark.parametrize("bad", [99.0, -40.0, 1000.0])
def test_one_bad_reading_alarms_nobody_whether_it_is_new_or_old(bad: float) -> None:
    assert whats(said(shed(), [30.0] * 30 + [bad] + [30.0] * 60)) == []


def test_a_step_that_stays_is_heard_with_its_second_reading_and_ends_when_it_is_old() -> None:
    changes = whats(said(shed(), [30.0] * 30 + [40.0] * 40))
    assert changes[0] == ("raised", 31 * 30)
    assert changes[1][0] == "cleared"
    assert 8 * 60 <= changes[1][1] - changes[0][1] <= 10.7 * 60


def test_until_the_window_is_covered_nothing_is_decided() -> None:
    assert whats(said(shed(), [20.0, 20.0, 20.0] + [40.0] * 10)) == []


def test_after_a_gap_longer_than_the_window_it_begins_afresh() -> None:
    book = said(said(shed(), [20.0] * 40), [40.0] * 40, since=60 * MINUTE)
    assert whats(book) == []


def test_half_the_rise_is_still_up_and_less_is_over() -> None:
    """8 ℃ begin it; then 0.25 ℃ a reading, 5 ℃ in ten minutes, keep it; 3 ℃ end it."""
    up = ramp(0.5, 20)
    keep = up + [up[-1] + 0.25 * n for n in range(1, 60)]
    assert [what for what, _ in whats(said(shed(), keep))] == ["raised"]
    end = keep + [keep[-1] + 0.15 * n for n in range(1, 60)]
    assert [what for what, _ in whats(said(shed(), end))] == ["raised", "cleared"]


def test_the_hold_ends_by_itself_and_a_fall_back_cancels_it() -> None:
    held = RISING + 'hold = "2m"\n'
    step = [30.0] * 30 + [40.0, 40.0]
    assert whats(said(shed(held), step).tick(at=30 * MINUTE)) == [("raised", 31 * 30 + 120)]
    assert whats(said(shed(held), [*step, 30.0, 30.0, 30.0, 30.0]).tick(at=30 * MINUTE)) == []


def test_a_device_with_its_own_limit_and_readings_without_the_field() -> None:
    patient = shed(params={"rising.step": 12})
    assert whats(said(patient, ramp(0.5))) == []
    gaps = [value for pair in zip(ramp(0.5), [None] * 70, strict=True) for value in pair]
    assert [what for what, _ in whats(said(shed(), gaps, every=15 * SECOND))] == ["raised"]


def test_a_lone_pair_of_bad_readings_does_count() -> None:
    """The edge of what a median of three forgives."""
    assert whats(said(shed(), [30.0] * 30 + [60.0, 60.0] + [30.0] * 4))[0][0] == "raised"


def test_it_explains_itself() -> None:
    (rule,) = parse(RISING.replace('":step"', "8"))
    zh, en = explain(rule)
    assert "温度在 10 分钟内上升 8 ℃ 以上时触发；不到 4 ℃ 即解除" in zh
    assert "when temperature rises by 8 ℃ or more within 10 min; ends below 4 ℃" in en
    zh, _ = explain(parse(RISING)[0])
    assert "上升 :step ℃ 以上时触发；不到 0.5 × :step ℃ 即解除" in zh


def plainly(readings: list[tuple[int, float | None]], limit: float) -> list[tuple[str, int]]:
    """The definition, read aloud: everything so far is looked at again with each reading."""
    story: list[tuple[str, int]] = []
    up = False
    for end in range(1, len(readings) + 1):
        change = _change([(t, v) for t, v in readings[:end] if v is not None])
        if readings[end - 1][1] is None or change is None:
            continue
        if not up and change >= limit:
            story.append(("raised", readings[end - 1][0]))
        if up and change < limit / 2:
            story.append(("cleared", readings[end - 1][0]))
        up = change >= limit or (up and change >= limit / 2)
    return story


def _change(known: list[tuple[int, float]]) -> float | None:
    recent: list[float] = []
    cells: dict[int, list[float]] = {}
    newest = 0
    for time, value in known:
        cell = (START + time) // CELL
        recent = [value] if cell - newest > 16 else [*recent, value][-3:]
        newest = cell
        if len(recent) == 3:
            cells.setdefault(cell, []).append(median(recent))
    old = [newest - age for age in range(16, 11, -1) if newest - age in cells]
    if newest not in cells or len(recent) < 3 or not old:
        return None
    now, then = cells[newest], cells[old[0]]
    return sum(now) / len(now) - sum(then) / len(then)


series = st.lists(
    st.tuples(
        st.sampled_from([0, 1000, 30_000, 37_500, 60_000, 200_000, 400_000, 700_000]),
        st.one_of(st.integers(20, 34), st.none()),
    ),
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(series=series)
def test_the_stream_says_what_the_plain_reading_says(
    series: list[tuple[int, int | None]],
) -> None:
    """Whole numbers and no two readings of one moment, so that the answer is exact."""
    book, readings, at = shed(RISING.replace('":step"', "4")), [], 0
    for gap, value in series:
        at += gap + 1
        readings.append((at, value))
        book.pack({"device": SHED, "temperature": value}, at=at)
    got = [(what, at) for what, _, _, at in told(play(book))]
    assert got == plainly(readings, 4)
