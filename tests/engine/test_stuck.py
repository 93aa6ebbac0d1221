"""stuck, moment by moment, and against a plain reading of its definition."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine import control
from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse

from .book import MINUTE, SECOND, START, Book, play, told

UNWELL = """
[[rule]]
id = "unwell"
zh = "传感器异常"
en = "Sensor unwell"
kind = "manhole"
health = true
sentence.zh = "水位 {level} m"
sentence.en = "water at {level} m"
[[rule.level]]
level = "warn"
operator = "stuck"
"""
HOUR = 60 * MINUTE
FROZEN = UNWELL + 'field = "level"\nfrozen = "2h"\nwithin = 0.01\n'
JUMP = UNWELL + 'field = "level"\njump = 1\nclear_after = "20m"\n'
FLAPS = UNWELL + 'field = "open"\nflaps = 4\nper = "1h"\nclear_after = "30m"\n'
LID = "tl04-manhole-0001"
Readings = list[tuple[int, float | bool | None]]
Story = list[tuple[str, int]]


def lid(text: str) -> Book:
    device = Device(id=LID, kind="manhole", site="tl04", place="tl04-road")
    return Book().devices(device).rules(text)


def field_of(text: str) -> str:
    return "open" if text is FLAPS else "level"


def said(text: str, readings: Readings) -> Book:
    book = lid(text)
    for at, value in readings:
        book.pack({"device": LID, field_of(text): value}, at=at)
    return book


def every(minutes: int, *values: float | bool | None, since: int = 0) -> Readings:
    return [(since + n * minutes * MINUTE, value) for n, value in enumerate(values)]


def story(book: Book) -> Story:
    return [(what, at) for what, _, _, at in told(play(book))]


def test_frozen_from_the_reading_that_makes_it_two_hours() -> None:
    book = said(FROZEN, every(10, *[0.3] * 20))
    (change,) = play(book)
    assert told([change]) == [("raised", "warn", LID, 2 * HOUR)]
    assert change.evidence.since == START
    assert change.zh == "水位 0.3 m"


def test_a_shiver_within_is_frozen_too_and_a_change_ends_it() -> None:
    shiver = [0.300, 0.305, 0.295] * 5
    assert story(said(FROZEN, every(10, *shiver, 0.32))) == [
        ("raised", 2 * HOUR),
        ("cleared", 150 * MINUTE),
    ]


def test_still_water_that_moves_a_little_is_none() -> None:
    slowly = [0.3 + n * 0.002 for n in range(40)]
    assert story(said(FROZEN, every(10, *slowly))) == []


def test_silence_is_not_frozen() -> None:
    assert story(said(FROZEN, [(0, 0.3), (5 * HOUR, 0.3)]).tick(at=20 * HOUR)) == []


def test_it_takes_three_readings_however_far_apart() -> None:
    readings: Readings = [(0, 0.3), (5 * HOUR, 0.3), (10 * HOUR, 0.3)]
    assert story(said(FROZEN, readings)) == [("raised", 10 * HOUR)]


def test_a_reading_without_the_field_neither_freezes_nor_thaws() -> None:
    readings = every(10, *[0.3] * 8, *[None] * 30)
    assert story(said(FROZEN, readings)) == []
    assert story(said(FROZEN, every(10, *[0.3, None] * 10)))[0] == ("raised", 2 * HOUR)


def test_time_while_our_own_door_was_shut_freezes_nobody() -> None:
    book = said(FROZEN, every(10, *[0.3] * 7))
    book.change(control.DoorUp(at=START + 2 * HOUR, since=START + HOUR), at=2 * HOUR)
    for at, value in every(10, *[0.3] * 6, since=2 * HOUR):
        book.pack({"device": LID, "level": value}, at=at)
    assert story(book) == []
    book.pack({"device": LID, "level": 0.3}, at=3 * HOUR)
    assert story(book) == [("raised", 3 * HOUR)]


def test_a_jump_begins_at_once_and_ends_by_itself() -> None:
    book = said(JUMP, every(10, 0.3, 0.4, 2.0, 2.1)).tick(at=2 * HOUR)
    assert story(book) == [("raised", 20 * MINUTE), ("cleared", 40 * MINUTE)]


def test_the_way_back_is_a_jump_too() -> None:
    book = said(JUMP, every(10, 0.3, 5.0, 0.3)).tick(at=2 * HOUR)
    assert story(book) == [("raised", 10 * MINUTE), ("cleared", 40 * MINUTE)]


def test_a_flood_that_rises_fast_is_no_jump() -> None:
    assert story(said(JUMP, every(10, *[0.3 + 0.9 * n for n in range(5)]))) == []


def test_between_readings_far_apart_much_may_have_happened() -> None:
    assert story(said(JUMP, [(0, 0.3), (31 * MINUTE, 2.0)])) == []
    assert story(said(JUMP, [(0, 0.3), (30 * MINUTE, 2.0)])) == [("raised", 30 * MINUTE)]


def test_a_door_shut_ends_no_jump() -> None:
    book = said(JUMP, every(10, 0.3, 2.0))
    book.change(control.DoorUp(at=START + HOUR, since=START + 10 * MINUTE), at=HOUR)
    assert story(book.tick(at=65 * MINUTE)) == [("raised", 10 * MINUTE)]
    assert story(book.tick(at=90 * MINUTE))[1][0] == "cleared"


def test_a_switch_that_flaps() -> None:
    book = said(FLAPS, every(5, *[False, True] * 4)).tick(at=3 * HOUR)
    assert story(book) == [("raised", 20 * MINUTE), ("cleared", 65 * MINUTE)]


def test_a_worker_at_the_lid_is_none() -> None:
    twice = every(20, False, True, False, False, False, True, False)
    assert story(said(FLAPS, twice)) == []


def test_a_number_flaps_about_its_middle() -> None:
    about = UNWELL + 'field = "level"\nflaps = 3\nper = "1h"\nat = 1.0\n'
    book = said(about, every(10, 0.9, 1.0, 0.5, 1.5, 1.6)).tick(at=10 * HOUR)
    assert story(book) == [("raised", 30 * MINUTE), ("cleared", 90 * MINUTE)]


def test_a_device_that_comes_back_begins_afresh() -> None:
    book = said(FROZEN, every(10, *[0.3] * 10))
    book.change(control.LedgerRemove((LID,)), at=100 * MINUTE)
    back = Device(id=LID, kind="manhole", site="tl04", place="tl04-road")
    book.devices(back, at=101 * MINUTE)
    for at, value in every(10, *[0.3] * 12, since=110 * MINUTE):
        book.pack({"device": LID, "level": value}, at=at)
    assert story(book) == []


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (FROZEN, "水位却 2 小时变化不超过 0.01 m时触发", "no more than 0.01 m for 2 h"),
        (
            JUMP,
            "相邻两次水位相差超过 1 m时触发；20 分钟内不再如此即解除",
            "jumps by more than 1 m",
        ),
        (FLAPS, "开盖在 1 小时内变化至少 4 次时触发", "open changes at least 4 times within 1 h"),
    ],
)
def test_it_explains_itself(text: str, zh: str, en: str) -> None:
    said_zh, said_en = explain(parse(text)[0])
    assert zh in said_zh
    assert en in said_en


def plain_frozen(readings: Readings) -> Story:
    """Of the newest readings that are all like their first: gaps count for an hour at most."""
    known = [(t, v) for t, v in readings if v is not None]
    out: Story = []
    run: list[tuple[int, float]] = []
    up = False
    for time, value in known:
        like = bool(run) and abs(value - run[0][1]) <= 0.01
        if up and not like:
            out.append(("cleared", time))
        run = [*run, (time, value)] if like else [(time, value)]
        span = sum(min(b - a, HOUR) for (a, _), (b, _) in pairwise(run))
        if not (up and like) and span >= 2 * HOUR:
            out.append(("raised", time))
        up = span >= 2 * HOUR
    return out


def lingering(hits: list[int], after: int, end: int) -> Story:
    """What begins with a hit and ends when none has come for so long. One that comes at the very
    moment of the end goes on: what is decided of one moment is one change."""
    out: Story = []
    for at, hit in enumerate(hits):
        if at == 0 or hit - hits[at - 1] > after:
            out.append(("raised", hit))
        if (hits[at + 1] if at + 1 < len(hits) else end) - hit > after:
            out.append(("cleared", hit + after))
    return out


def plain_jumps(readings: Readings) -> Story:
    known = [(t, v) for t, v in readings if v is not None]
    near = [(a, b) for a, b in pairwise(known) if b[0] - a[0] <= 30 * MINUTE]
    return lingering([b[0] for a, b in near if abs(a[1] - b[1]) > 1], 20 * MINUTE, 10**12)


def plain_flaps(readings: Readings) -> Story:
    known = [(t, v) for t, v in readings if v is not None]
    times = [b[0] for a, b in pairwise(known) if a[1] != b[1]]
    hits = [last for first, last in zip(times, times[3:], strict=False) if last - first <= HOUR]
    return lingering(hits, 30 * MINUTE, 10**12)


gaps = st.sampled_from([SECOND, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, 45 * MINUTE, 3 * HOUR])
levels = st.sampled_from([0.3, 0.3, 0.3, 0.305, 0.32, 2.0, None])
lids = st.sampled_from([True, False, None])


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize(
    ("text", "plain"), [(FROZEN, plain_frozen), (JUMP, plain_jumps), (FLAPS, plain_flaps)]
)
@given(data=st.data())
def test_the_stream_says_what_the_plain_reading_says(
    text: str, plain: Callable[[Readings], Story], data: st.DataObject
) -> None:
    values = lids if text is FLAPS else levels
    readings: Readings = []
    at = 0
    for gap, value in data.draw(st.lists(st.tuples(gaps, values), max_size=50)):
        at += gap
        readings.append((at, value))
    assert story(said(text, readings).tick(at=at + 24 * HOUR)) == plain(readings)
