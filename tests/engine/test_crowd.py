"""crowd: a metro exit that fills up under three cameras, and against a plain reading of the sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine import control
from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse

from .book import MINUTE, SECOND, Book, play, told

EXIT = """
[[rule]]
id = "exit-full"
zh = "出口快满了"
en = "Exit filling up"
kind = "camera"
subject = "place"
case = "crowd"
sentence.zh = "现有 {total} 人，容量 {capacity} 人，照此约 {minutes} 分钟后满"
sentence.en = "{total} people of {capacity}, full in about {minutes} minutes"
[rule.params]
capacity = 600
[[rule.level]]
level = "serious"
operator = "crowd"
field = "people"
capacity = ":capacity"
ahead = "15m"
clear = 0.5
"""
PLAIN = EXIT.replace('ahead = "15m"', 'clear_hold = "0s"').replace("clear = 0.5", "clear = 0.8")


def camera(number: int, place: str = "exit-3", **more: Any) -> Device:
    return Device(id=f"cam-{number}", kind="camera", site="metro", place=place, **more)


def seen(number: int, people: int, at: int) -> dict[str, object]:
    return {"device": f"cam-{number}", "time": at, "people": people}


@pytest.fixture
def book() -> Book:
    return Book().devices(*(camera(n) for n in (1, 2, 3)))


def three(book: Book, people: tuple[int, int, int], at: int) -> Book:
    """What the three cameras see; a span later it counts."""
    book.pack(*(seen(n, many, at) for n, many in enumerate(people, 1)), at=at)
    return book.tick(at=at + 2 * SECOND)


def test_three_cameras_that_fill_up_say_when_it_will_be_full(book: Book) -> None:
    """Twelve more a minute under three cameras, of 600: known long before it is full."""
    book.rules(EXIT)
    for minute in range(40):
        three(book, (4 * minute, 100 + 4 * minute, 100 + 4 * minute), minute * MINUTE)
    raised = play(book)[0]
    total, minutes = raised.evidence.values["total"], raised.evidence.values["minutes"]
    assert isinstance(total, float)
    assert isinstance(minutes, float)
    assert minutes == 15
    assert (600 - total) / 12 <= minutes <= 1.4 * (600 - total) / 12, "never sooner than it is"
    assert raised.zh == f"现有 {total:.0f} 人，容量 600 人，照此约 15 分钟后满"
    assert (raised.subject, raised.place, raised.site) == ("exit-3", "exit-3", "metro")


def test_cameras_that_join_in_are_no_crowd_that_grows(book: Book) -> None:
    """The sum rises with each camera that speaks for the first time or again; people do not."""
    book.rules(EXIT)
    for minute in range(60):
        book.pack(seen(1, 200, minute * MINUTE), at=minute * MINUTE)
        if minute > 5:
            book.pack(seen(2, 180, minute * MINUTE), at=minute * MINUTE)
        if not 20 < minute < 30:
            book.pack(seen(3, 150 + minute % 2, minute * MINUTE), at=minute * MINUTE)
        book.tick(at=minute * MINUTE + 2 * SECOND)
    assert play(book) == []


def test_the_sum_is_against_the_place_s_own_capacity_and_is_said(book: Book) -> None:
    book.rules(PLAIN).change(
        control.PlacesSet((control.Place("exit-3", {"exit-full.capacity": 90}),)), at=1
    )
    three(book, (30, 30, 20), 10 * SECOND)
    three(book, (30, 30, 35), 20 * SECOND)
    three(book, (20, 20, 20), 30 * SECOND)
    raised, cleared = play(book)
    assert told([raised, cleared]) == [
        ("raised", "serious", "exit-3", 20 * SECOND),
        ("cleared", "serious", "exit-3", 30 * SECOND),
    ]
    assert raised.zh == "现有 95 人，容量 90 人，照此约 — 分钟后满"
    assert raised.en == "95 people of 90, full in about — minutes"
    assert raised.evidence.params == {"capacity": 90}


def test_a_camera_s_own_capacity_is_not_the_exit_s(book: Book) -> None:
    """A parameter at a place is the place's: whichever camera spoke last has no say in it."""
    book.rules(PLAIN).devices(camera(3, params={"capacity": 10}))
    three(book, (30, 30, 30), 10 * SECOND).change(control.FlagSet("rain", on=True), at=20 * SECOND)
    three(book, (30, 30, 31), 30 * SECOND)
    assert play(book) == []


def test_what_was_said_too_long_ago_counts_no_more(book: Book) -> None:
    book.rules(PLAIN)
    book.pack(seen(1, 400, 0), seen(2, 150, 0), at=0)
    book.pack(seen(3, 100, 5 * MINUTE + 1), at=5 * MINUTE + 1)
    book.pack(seen(1, 400, 5 * MINUTE + 2), seen(2, 150, 5 * MINUTE + 2), at=5 * MINUTE + 2)
    book.tick(at=6 * MINUTE)
    (raised,) = play(book)
    assert told([raised])[0][3] == 5 * MINUTE + 2
    assert raised.evidence.values["total"] == 650


def test_a_camera_hours_behind_the_others_changes_no_sum(book: Book) -> None:
    book.rules(PLAIN)
    three(book, (200, 200, 100), 120 * MINUTE)
    book.pack(seen(3, 500, 60 * MINUTE), at=121 * MINUTE)  # late for its own device
    book.pack(seen(1, 200, 121 * MINUTE), at=121 * MINUTE).tick(at=122 * MINUTE)
    book.devices(camera(4), at=122 * MINUTE)
    book.pack(seen(4, 700, 60 * MINUTE), at=123 * MINUTE).tick(at=124 * MINUTE)
    assert play(book) == []


def test_a_camera_that_comes_or_goes_leaves_what_the_others_said(book: Book) -> None:
    """When a fourth camera is hung up the exit is not empty until all have spoken again."""
    book.rules(PLAIN)
    three(book, (250, 250, 200), 10 * SECOND)
    book.devices(Device(id="a-cam-0", kind="camera", site="metro", place="exit-3"), at=15 * SECOND)
    book.pack({"device": "a-cam-0", "time": 16 * SECOND, "people": 5}, at=16 * SECOND)
    book.tick(at=18 * SECOND)
    assert [change.what for change in play(book)] == ["raised"]
    book.change(control.LedgerRemove(("cam-1",)), at=19 * SECOND)
    book.pack({"device": "a-cam-0", "time": 20 * SECOND, "people": 5}, at=20 * SECOND)
    changes = play(book.tick(at=22 * SECOND))
    assert [change.what for change in changes] == ["raised", "cleared"]
    assert changes[1].evidence.values["total"] == 455


def test_where_nobody_says_a_number_nothing_is_decided(book: Book) -> None:
    """Unknown is not empty: a place that is full stays so until somebody has counted again."""
    book.rules(PLAIN)
    book.pack(seen(1, 700, 0), at=0).tick(at=2 * SECOND)
    book.pack({"device": "cam-1", "time": 10 * MINUTE, "event": "stall"}, at=10 * MINUTE)
    book.tick(at=11 * MINUTE)
    assert [change.what for change in play(book)] == ["raised"]
    book.pack(seen(1, 10, 12 * MINUTE), at=12 * MINUTE).tick(at=13 * MINUTE)
    assert [change.what for change in play(book)] == ["raised", "cleared"]


def test_explained_in_both_languages() -> None:
    zh, en = explain(parse(EXIT)[0])
    assert zh.splitlines() == [
        "出口快满了：看每处的智能监控。",
        (
            "严重：同一处各智能监控的人数相加达到 100 % × :capacity，或按近 10 分钟的势头 15 "
            "分钟内会达到时触发；低于 50 % × :capacity 解除。"
        ),
        "参数（台账可逐处改）：:capacity = 600。",
        "自动立一个案卷（crowd）。",
    ]
    assert en.splitlines()[:2] == [
        "Exit filling up: watches each place's camera sensors.",
        (
            "Serious: when people of all camera sensors of a place add up to 100 % × :capacity, or "
            "will within 15 min by the trend of 10 min; ends below 50 % × :capacity."
        ),
    ]


STALE = 40


def plain(
    readings: list[tuple[int, int, int]], full: int, low: float
) -> Iterator[tuple[str, int, int]]:
    """What crowd is without a trend: everything so far is looked at again with each reading."""
    on = False
    for n, (at, _, _) in enumerate(readings):
        newest = {who: (then, people) for then, who, people in readings[: n + 1]}
        total = sum(people for then, people in newest.values() if at - then <= STALE)
        if on != (total >= full or (on and total >= low)):
            on = not on
            yield ("raised" if on else "cleared"), at, total


@settings(max_examples=80, deadline=None)
@given(
    readings=st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 3), st.integers(0, 9)),
        max_size=30, unique_by=lambda reading: reading[0],
    ),
    full=st.integers(1, 20), share=st.sampled_from((0.3, 0.8, 1.0)), prompt=st.booleans(),
)  # fmt: skip
def test_the_streaming_answer_is_the_plain_one(
    readings: list[tuple[int, int, int]], full: int, share: float, *, prompt: bool
) -> None:
    """Whether the cameras' readings come as they are made or all at once when all is over."""
    readings = sorted(readings)
    rule = PLAIN.replace("clear = 0.8", f'clear = {share}\nstale = "{STALE}ms"')
    book = Book().devices(*(camera(n) for n in (1, 2, 3)))
    book.rules(rule.replace("capacity = 600", f"capacity = {full}"))
    packs = [seen(who, people, at) for at, who, people in readings]
    if prompt:
        for pack in packs:
            book.pack(pack, at=pack["time"])  # type: ignore[arg-type]
    elif packs:
        book.pack(*packs, at=1000)
    changes = play(book.tick(at=10_000))
    got = [(c.what, told([c])[0][3], c.evidence.values["total"]) for c in changes]
    assert got == list(plain(readings, full, full * share))
