"""sequence: a lid that is opened and not closed, a card and then a forced door, and against a plain
reading of what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine import control
from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse

from .book import MINUTE, SECOND, START, Book, deliver, play, told

LID = """
[[rule]]
id = "lid-left-open"
zh = "井盖开了没盖"
en = "Lid left open"
kind = "manhole"
case = "manhole"
sentence.zh = "井盖打开后 30 分钟没有盖回，倾角 {tilt} 度"
sentence.en = "opened and not closed within 30 minutes, leaning {tilt} degrees"
[[rule.level]]
level = "serious"
operator = "sequence"
absent = true
within = "30m"
first = { when = "open = TRUE" }
then = { when = "open = FALSE" }
"""
BREAK_IN = """
[[rule]]
id = "break-in"
zh = "试卡后撬门"
en = "Forced after a refused card"
kinds = ["door", "camera"]
subject = "building"
case = "intrusion"
sentence.zh = "门禁{door.event}，画面中 {camera.people} 人"
sentence.en = "door {door.event}, {camera.people} people in the picture"
[[rule.level]]
level = "serious"
operator = "sequence"
within = "10m"
first = { kind = "door", when = "event = 'card' AND granted = FALSE" }
then = { kind = "camera", when = "event = 'climbing'" }
clear_after = "20m"
"""
COVER = Device(id="manhole-1", kind="manhole", site="road", place="road-7")


def lid(at: int, *, opened: bool) -> dict[str, object]:
    return {"device": "manhole-1", "time": at, "open": opened, "tilt": 12 if opened else 0}


@pytest.fixture
def street() -> Book:
    return Book().devices(COVER).rules(LID)


def test_a_lid_that_is_not_closed_again(street: Book) -> None:
    street.pack(lid(0, opened=True), at=0).tick(at=31 * MINUTE)
    street.pack(lid(40 * MINUTE, opened=False), at=40 * MINUTE)
    raised, cleared = play(street)
    assert told([raised, cleared]) == [
        ("raised", "serious", "manhole-1", 30 * MINUTE),
        ("cleared", "serious", "manhole-1", 40 * MINUTE),
    ]
    assert raised.zh == "井盖打开后 30 分钟没有盖回，倾角 12 度"
    assert raised.evidence.since == START


def test_a_lid_that_is_closed_in_time_even_in_the_last_moment(street: Book) -> None:
    street.pack(lid(0, opened=True), at=0).pack(lid(30 * MINUTE, opened=False), at=30 * MINUTE)
    assert play(street.tick(at=90 * MINUTE)) == []


def test_it_is_reckoned_from_when_it_was_first_seen_open(street: Book) -> None:
    for minute in (0, 10, 20):
        street.pack(lid(minute * MINUTE, opened=True), at=minute * MINUTE)
    assert told(play(street.tick(at=31 * MINUTE)))[0][3] == 30 * MINUTE


def test_while_our_own_door_was_shut_nothing_was_missed(street: Book) -> None:
    """The crew closed the lid while we could not hear; that it was in time is known afterwards."""
    street.pack(lid(0, opened=True), at=0)
    street.change(control.DoorUp(at=START + 60 * MINUTE, since=START + MINUTE), at=60 * MINUTE)
    street.tick(at=61 * MINUTE)
    street.pack(lid(20 * MINUTE, opened=False), lid(61 * MINUTE, opened=False), at=62 * MINUTE)
    assert play(street.tick(at=200 * MINUTE)) == []


def test_after_our_door_was_shut_it_waits_as_long_as_was_left(street: Book) -> None:
    street.pack(lid(0, opened=True), at=0)
    street.change(control.DoorUp(at=START + 60 * MINUTE, since=START + MINUTE), at=60 * MINUTE)
    street.pack(lid(61 * MINUTE, opened=True), at=61 * MINUTE).tick(at=90 * MINUTE)
    assert told(play(street.tick(at=88 * MINUTE + 60 * MINUTE))) == [
        ("raised", "serious", "manhole-1", 89 * MINUTE)
    ]


@pytest.fixture
def building() -> Book:
    where = {"site": "tl01", "place": "tl01-b001", "building": "tl01-b001"}
    cameras = [Device(id=f"camera-{n}", kind="camera", **where) for n in (1, 2)]
    return Book().devices(Device(id="door-1", kind="door", **where), *cameras).rules(BREAK_IN)


def card(at: int) -> dict[str, object]:
    return {"device": "door-1", "time": at, "event": "card", "granted": False, "open": False}


def climber(at: int, number: int = 1) -> dict[str, object]:
    return {"device": f"camera-{number}", "time": at, "event": "climbing", "people": number}


def test_a_refused_card_and_then_a_climber(building: Book) -> None:
    building.pack(card(0), at=0).pack(climber(8 * MINUTE, 2), at=8 * MINUTE)
    building.tick(at=9 * MINUTE).tick(at=40 * MINUTE)
    raised, cleared = play(building)
    assert told([raised, cleared]) == [
        ("raised", "serious", "tl01-b001", 8 * MINUTE),
        ("cleared", "serious", "tl01-b001", 28 * MINUTE),
    ]
    assert raised.zh == "门禁刷卡，画面中 2 人"
    assert raised.device == "camera-2"
    assert raised.evidence.since == START


def test_the_other_way_round_is_nothing_however_late_the_card_is_told(building: Book) -> None:
    building.pack(climber(0), at=0).pack(card(MINUTE), at=MINUTE).tick(at=5 * MINUTE)
    building.pack(card(10 * MINUTE), at=10 * MINUTE).tick(at=11 * MINUTE)
    building.pack(climber(9 * MINUTE, 2), at=12 * MINUTE).tick(at=13 * MINUTE)
    assert play(building) == []


def test_another_climber_puts_the_end_off(building: Book) -> None:
    building.pack(card(0), at=0).pack(climber(MINUTE), at=MINUTE)
    building.pack(climber(9 * MINUTE), at=9 * MINUTE).tick(at=60 * MINUTE)
    assert [at // MINUTE for _, _, _, at in told(play(building))] == [1, 29]


def test_explained_in_both_languages() -> None:
    (lid_zh, lid_en), (zh, en) = explain(parse(LID)[0]), explain(parse(BREAK_IN)[0])
    assert lid_zh.splitlines()[1] == (
        "严重：先是智能井盖开盖 = 是，之后 30 分钟内没有智能井盖开盖 = 否，即触发；"
        "出现后或再过 1 天解除。"
    )
    assert lid_en.splitlines()[1] == (
        "Serious: when after manhole cover open = true there is no manhole cover open = false "
        "within 30 min; ends when there is, or after 1 d."
    )
    assert zh.splitlines()[1] == (
        "严重：先是智能门禁事件 = 刷卡 且 准许 = 否，10 分钟内又智能监控事件 = 翻越，即触发；"
        "20 分钟内没有再发生即解除。"
    )
    assert en.splitlines()[1] == (
        "Serious: when after door access event = card and granted = false there is camera event = "
        "climbing within 10 min; ends after 20 min without another."
    )


HORIZON = 400
MOMENTS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from("12b-")), max_size=25, unique_by=lambda m: m[0]
)
"""No two at one moment: these are taken in an order that says nothing."""
RULE = """
[[rule]]
id = "rule-one"
zh = "先后"
en = "In turn"
kind = "smoke"
sentence.zh = "先后"
sentence.en = "in turn"
[[rule.level]]
level = "warn"
operator = "sequence"
first = { when = "obscuration > 1" }
then = { when = "temperature > 1" }
"""


def reading_of(number: int, at: int, what: str) -> dict[str, object]:
    """`1` is the first thing, `2` the second, `b` both, `-` neither."""
    first, then = (2 if what in "1b" else 0), (2 if what in "2b" else 0)
    return {"device": "s", "time": at, "obscuration": first, "temperature": then,
            "battery": number / 10}  # fmt: skip


def following(moments: list[tuple[int, str]], within: int, after: int) -> Iterator[tuple[str, int]]:
    """The second after the first, asked again at every millisecond."""
    seconds = [
        at for n, (at, what) in enumerate(moments)
        if what in "2b" and any(f in "1b" and at - then <= within for then, f in moments[:n])
    ]  # fmt: skip
    on = False
    for t in range(HORIZON):
        if any(at <= t < at + after for at in seconds) != on:
            on = not on
            yield ("raised" if on else "cleared"), t


def missing(moments: list[tuple[int, str]], within: int, after: int) -> Iterator[tuple[str, int]]:
    """The first and no second: each first thing that nobody waits for already is waited on."""
    free = 0  # from which reading on the next first thing is looked for
    while free < len(moments):
        at, what = moments[free]
        free += 1
        if what != "1":
            continue
        later = [n for n in range(free, len(moments)) if moments[n][1] in "2b"]
        answer = moments[later[0]][0] if later else 10 * HORIZON
        missed = at + within
        end = min(answer, missed + after)
        if answer > missed:
            yield "raised", missed
            yield "cleared", end
        over = [n for n in range(free, len(moments)) if moments[n][0] >= missed + after]
        free = min([*(n + 1 for n in later[:1]), *over, len(moments)])


@settings(max_examples=120, deadline=None)
@given(
    moments=MOMENTS, within=st.integers(1, 60), after=st.integers(1, 60), absent=st.booleans(),
    prompt=st.booleans(),
)  # fmt: skip
def test_the_streaming_answer_is_the_plain_one(
    moments: list[tuple[int, str]], within: int, after: int, *, absent: bool, prompt: bool
) -> None:
    """Whether the readings come as they are made or all at once when all is over."""
    moments = sorted(moments, key=lambda one: one[0])
    lengths = f'within = "{within}ms"\nclear_after = "{after}ms"\nabsent = {str(absent).lower()}\n'
    book = Book().devices(Device(id="s", kind="smoke", site="tl01", place="p"))
    book.rules(RULE + lengths)
    readings = [reading_of(n, *one) for n, one in enumerate(moments)]
    deliver(book, readings, prompt=prompt, end=2 * HORIZON)
    expected = list((missing if absent else following)(moments, within, after))
    assert [(what, at) for what, _, _, at in told(play(book))] == merged(expected)


def merged(changes: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Without an end and a new beginning at one moment, which are no change."""
    kept: list[tuple[str, int]] = []
    for what, at in changes:
        if what == "raised" and kept and kept[-1] == ("cleared", at):
            kept.pop()
        else:
            kept.append((what, at))
    return kept


@settings(max_examples=60, deadline=None)
@given(moments=MOMENTS, whose=st.lists(st.booleans(), min_size=25, max_size=25))
def test_one_device_behind_the_other_makes_nothing_up(
    moments: list[tuple[int, str]], whose: list[bool]
) -> None:
    """First all that one says, then all that the other does: whatever is raised has its cause."""
    rule = RULE.replace('kind = "smoke"', 'kind = "smoke"\nsubject = "site"') + 'within = "30ms"\n'
    devices = [Device(id=f"s{n}", kind="smoke", site="tl01", place="p") for n in (0, 1)]
    book = Book().devices(*devices).rules(rule)
    for n, (at, what), other in sorted(
        ((n, one, whose[n]) for n, one in enumerate(moments)), key=lambda r: (r[2], r[1])
    ):
        book.pack({**reading_of(n, at, what), "device": f"s{int(other)}"}, at=HORIZON)
    raised = {at for what, _, _, at in told(play(book.tick(at=SECOND))) if what == "raised"}
    firsts = [at for at, what in moments if what in "1b"]
    seconds = {at for at, what in moments if what in "2b"}
    assert raised <= {at for at in seconds if any(0 <= at - first <= 30 for first in firsts)}
