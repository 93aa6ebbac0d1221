"""silence and member, moment by moment."""

from __future__ import annotations

import pytest

from xiuhua.engine import control
from xiuhua.engine.control import Device
from xiuhua.kinds import Field, Kind

from .book import MINUTE, SECOND, START, Book, play, smoke, told

SILENT = """
[[rule]]
id = "quiet"
zh = "失联"
en = "Silent"
kind = "smoke"
health = true
sentence.zh = "已 {silent} 没有读数"
sentence.en = "nothing for {silent}"
[[rule.level]]
level = "warn"
operator = "silence"
after = "10m"
"""
HELLO = {"device": "tl01-smoke-0001", "obscuration": 0.01}


def test_silent_from_the_moment_it_was_due() -> None:
    book = Book().devices(smoke()).rules(SILENT).pack(HELLO, at=MINUTE).tick(at=12 * MINUTE)
    (change,) = play(book)
    assert told([change]) == [("raised", "warn", "tl01-smoke-0001", 11 * MINUTE)]
    assert change.zh == "已 10 分钟 没有读数"


def test_a_device_that_never_spoke_is_silent_too() -> None:
    book = Book().devices(smoke()).rules(SILENT).tick(at=11 * MINUTE)
    assert told(play(book)) == [("raised", "warn", "tl01-smoke-0001", 10 * MINUTE)]


def test_the_next_word_ends_it() -> None:
    book = Book().devices(smoke()).rules(SILENT).tick(at=11 * MINUTE).pack(HELLO, at=12 * MINUTE)
    assert told(play(book))[-1] == ("cleared", "warn", "tl01-smoke-0001", 12 * MINUTE)


DARK = """
[[rule]]
id = "dark"
kinds = ["smoke", "arc"]
subject = "site"
zh = "全部失联"
en = "All silent"
sentence.zh = "已 {silent} 没有读数"
sentence.en = "nothing for {silent}"
[[rule.level]]
level = "warn"
operator = "silence"
after = "5m"
"""


def test_a_place_is_silent_when_none_of_its_sensors_of_any_kind_speaks() -> None:
    arc = Device(id="tl01-arc-0001", kind="arc", site="tl01", place="tl01-b002")
    book = Book().devices(smoke(), arc).rules(DARK)
    book.pack(HELLO, {"device": arc.id, "arcs": 0}, at=MINUTE)
    book.pack({"device": arc.id, "arcs": 0}, at=4 * MINUTE).tick(at=8 * MINUTE)
    assert play(book) == []
    book.tick(at=9 * MINUTE).pack(HELLO, at=10 * MINUTE)
    assert told(play(book)) == [
        ("raised", "warn", "tl01", 9 * MINUTE), ("cleared", "warn", "tl01", 10 * MINUTE)
    ]  # fmt: skip


def test_a_late_reading_is_a_sign_of_life() -> None:
    book = Book().devices(smoke()).rules(SILENT).pack(HELLO, at=MINUTE)
    book.pack({**HELLO, "time": 0}, at=10 * MINUTE).tick(at=19 * MINUTE)
    assert play(book) == []


def test_time_while_our_own_door_was_shut_counts_for_nobody() -> None:
    book = Book().devices(smoke()).rules(SILENT).pack(HELLO, at=MINUTE)
    opened = control.DoorUp(at=START + 61 * MINUTE, since=START + MINUTE)
    book.change(opened, at=61 * MINUTE).tick(at=70 * MINUTE)
    assert play(book) == []
    book.tick(at=72 * MINUTE)
    assert told(play(book)) == [("raised", "warn", "tl01-smoke-0001", 71 * MINUTE)]


GATE = """
[[rule]]
id = "stranger"
zh = "陌生车辆"
en = "Unknown vehicle"
kind = "barrier"
sentence.zh = "驶{direction}"
sentence.en = "going {direction}"
[[rule.level]]
level = "warn"
operator = "member"
field = "tag"
list = "cars@{site}"
is = "not in"
when = "direction = 'in'"
clear_after = "5m"
"""


@pytest.fixture
def gate(new_kind: Kind) -> Book:
    del new_kind
    book = Book().devices(
        Device(id="g1", kind="barrier", site="tl01", place="p"),
        Device(id="g2", kind="barrier", site="tl02", place="p"),
    )
    return book.change(control.ListSet("cars@tl01", add=("a", "b"))).rules(GATE)


@pytest.fixture
def new_kind(monkeypatch: pytest.MonkeyPatch) -> Kind:
    """A kind that only this test knows."""
    barrier = Kind(
        code="barrier", zh="道闸", en="Barrier", interval=None,
        fields=(
            Field(name="tag", type="token", zh="标识", en="Tag", nullable=True),
            Field(name="direction", type="choice", choices=("in", "out"), choices_zh=("入", "出"),
                  zh="方向", en="Direction"),
        ),
    )  # fmt: skip
    from xiuhua import kinds

    monkeypatch.setitem(kinds._kinds, "barrier", barrier)
    return barrier


def passing(tag: str | None, device: str = "g1", direction: str = "in") -> dict[str, object]:
    return {"device": device, "tag": tag, "direction": direction}


def test_only_who_is_not_on_this_sites_list(gate: Book) -> None:
    gate.pack(passing("a"), passing("x", direction="out"), passing(None), at=0)
    gate.pack(passing("a", "g2"), at=1).tick(at=MINUTE)
    (change,) = play(gate)
    assert told([change]) == [("raised", "warn", "g2", 1)]
    assert change.evidence.values == {"direction": "in"}
    assert change.zh == "驶入"


def test_several_within_the_span_are_one_alert_that_ends_by_itself(gate: Book) -> None:
    gate.pack(passing("x"), at=0).pack(passing("y"), at=4 * MINUTE).tick(at=6 * MINUTE)
    gate.tick(at=10 * MINUTE)
    assert told(play(gate)) == [
        ("raised", "warn", "g1", 0),
        ("cleared", "warn", "g1", 9 * MINUTE),
    ]


def test_a_change_of_the_list_counts_from_its_place_in_the_log(gate: Book) -> None:
    gate.change(control.ListSet("cars@tl01", add=("x",), remove=("a",)), at=SECOND)
    gate.pack(passing("x"), at=2 * SECOND).pack(passing("a"), at=3 * SECOND).tick(at=MINUTE)
    assert told(play(gate)) == [("raised", "warn", "g1", 3 * SECOND)]
