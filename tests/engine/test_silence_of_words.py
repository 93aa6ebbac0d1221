"""silence of something in particular: an elder's door, a stairwell, and against a plain reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine import control
from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse

from .book import MINUTE, START, Book, play, told

HOUR = 60 * MINUTE
FLAT = "tl01-b001-0101"
ELDER = """
[[rule]]
id = "door-not-opened"
zh = "独居老人一天没有开门"
en = "An elder's door not opened for a day"
kind = "door"
case = "elder-visit"
sentence.zh = "已 {silent} 没有开过门，门禁正常，请上门看看"
sentence.en = "not opened for {silent} while the sensor is well: please call"
[rule.scope]
tags = ["elder"]
[[rule.level]]
level = "warn"
operator = "silence"
after = "24h"
when = "event = 'open' OR event = 'card'"
"""
STIR = """
[[rule]]
id = "nobody-stirs"
zh = "家中没有动静"
en = "Nobody stirs"
kinds = ["door", "arc"]
subject = "flat"
sentence.zh = "已 {silent} 没有动静，电流 {arc.current} A"
sentence.en = "nothing for {silent}, current {arc.current} A"
[[rule.level]]
level = "warn"
operator = "silence"
after = "12h"
[[rule.level.of]]
kind = "door"
when = "event = 'open'"
[[rule.level.of]]
kind = "arc"
when = "current > 2"
"""
DEAD = """
[[rule]]
id = "flat-dead"
zh = "整户失联"
en = "Flat cut off"
kinds = ["door", "arc"]
subject = "flat"
health = true
sentence.zh = "整户已 {silent} 没有读数"
sentence.en = "nothing from the whole flat for {silent}"
[[rule.level]]
level = "warn"
operator = "silence"
after = "2h"
"""


def at_home(kind: str, **more: object) -> Device:
    where = {"site": "tl01", "place": FLAT, "building": "tl01-b001", "flat": FLAT}
    return Device(id=f"{kind}-1", kind=kind, **where, **more)  # type: ignore[arg-type]


def door(event: str | None = None) -> dict[str, object]:
    return {"device": "door-1", "event": event, "open": event == "open"}


def arc(current: float) -> dict[str, object]:
    return {"device": "arc-1", "current": current}


@pytest.fixture
def home() -> Book:
    return Book().devices(at_home("door", tags=("elder",)), at_home("arc"))


def test_an_elder_whose_door_stays_shut_for_a_day_while_it_says_so(home: Book) -> None:
    home.rules(ELDER).pack(door("open"), at=HOUR)
    for hour in range(2, 30):
        home.pack(door(), at=hour * HOUR)
    raised = play(home)[0]
    assert told([raised]) == [("raised", "warn", "door-1", 25 * HOUR)]
    assert raised.evidence.since == START + HOUR
    assert raised.zh == "已 1 天 没有开过门，门禁正常，请上门看看"
    home.pack(door("card"), at=30 * HOUR)
    assert told(play(home))[1:] == [("cleared", "warn", "door-1", 30 * HOUR)]


def test_a_sensor_that_is_dead_says_nothing_of_the_elder(home: Book) -> None:
    home.rules(ELDER).pack(door("open"), at=HOUR).tick(at=100 * HOUR)
    assert play(home) == []


def test_a_day_in_which_our_own_door_was_shut_is_longer(home: Book) -> None:
    home.rules(ELDER).pack(door("open"), at=HOUR)
    home.change(control.DoorUp(at=START + 12 * HOUR, since=START + 2 * HOUR), at=12 * HOUR)
    home.pack(door(), at=34 * HOUR).pack(door(), at=36 * HOUR)
    assert told(play(home)) == [("raised", "warn", "door-1", 35 * HOUR)]


def test_either_of_two_kinds_is_a_sign_of_life(home: Book) -> None:
    home.rules(STIR)
    for hour in range(1, 40):
        home.pack(
            arc(5 if hour == 20 else 0.1), door("open" if hour == 10 else None), at=hour * HOUR
        )
    (raised,) = play(home)
    assert told([raised]) == [("raised", "warn", FLAT, 32 * HOUR)]
    assert raised.zh == "已 12 小时 没有动静，电流 5 A"


def test_of_several_kinds_any_word_will_do(home: Book) -> None:
    """All that a flat has must be silent; packs with both kinds are as good as any."""
    home.rules(DEAD).pack(arc(1), door(), at=HOUR).pack(door(), at=2 * HOUR).tick(at=3 * HOUR)
    assert play(home) == []
    home.tick(at=5 * HOUR).pack(arc(1), at=6 * HOUR)
    assert told(play(home)) == [
        ("raised", "warn", FLAT, 4 * HOUR),
        ("cleared", "warn", FLAT, 6 * HOUR),
    ]


def test_explained_in_both_languages() -> None:
    elder, stir, dead = (explain(parse(text)[0]) for text in (ELDER, STIR, DEAD))
    assert elder[0].splitlines()[:2] == [
        "独居老人一天没有开门：看每个智能门禁，带标签 elder。",
        "预警：设备正常，却 1 天没有“智能门禁事件 = 开门 或 事件 = 刷卡”时触发；一旦出现即解除。",
    ]
    assert stir[1].splitlines()[:2] == [
        "Nobody stirs: watches each flat's door access and arc fault sensors.",
        (
            "Warning: when sensors speak, but for 12 h none says: door access event = open or arc "
            "fault current > 2 A; ends when one does."
        ),
    ]
    assert "预警：2 小时没有任何读数时触发；再次收到读数即解除。" in dead[0]


AFTER = 11 * MINUTE


def plain(readings: list[tuple[int, str]], *, alive: bool, end: int) -> Iterator[tuple[str, int]]:
    """What silence is. `w` is a word, `-` a sign of life; `alive`: only signs of life can tell."""
    on, heard = False, 0
    for at, what in [*readings, (end, "" if alive else "tick")]:
        due = at > heard + AFTER or (at == heard + AFTER and what != "w")
        if not on and due and not (alive and what in ("w", "")):
            on = True
            yield "raised", heard + AFTER
        if what == "w" and on:
            on = False
            yield "cleared", at
        if what == "w":
            heard = at


@settings(max_examples=60, deadline=None)
@given(
    readings=st.lists(
        st.tuples(st.integers(0, 120), st.sampled_from("w-")), max_size=20,
        unique_by=lambda reading: reading[0],
    ),
    alive=st.booleans(), both=st.booleans(),
)  # fmt: skip
def test_the_streaming_answer_is_the_plain_one(
    readings: list[tuple[int, str]], *, alive: bool, both: bool
) -> None:
    """With words of one kind or of two, or where any word will do."""
    readings = sorted((at * MINUTE, what if alive else "w") for at, what in readings)
    rule = (STIR if both else STIR.replace("current > 2", "current > 99")) if alive else DEAD
    book = Book().devices(at_home("door"), at_home("arc"))
    book.rules(rule.replace('"12h"', '"11m"').replace('"2h"', '"11m"'))
    for n, (at, what) in enumerate(readings):
        word = arc(5) if both and n % 2 else door("open")
        book.pack(word if what == "w" else (door() if n % 3 else arc(0)), at=at)
    got = [(what, at) for what, _, _, at in told(play(book.tick(at=200 * MINUTE)))]
    assert got == list(plain(readings, alive=alive, end=200 * MINUTE))
