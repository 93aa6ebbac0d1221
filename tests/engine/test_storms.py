"""Storms and flapping: what the alert machine makes of many alerts, and of one that comes again."""

from __future__ import annotations

from typing import Any

import pytest

from xiuhua.engine import control, snapshot
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse
from xiuhua.engine.step import State, step

from .book import LOG, MINUTE, SECOND, START, Book, play, told

OUTAGE = """
[[rule]]
id = "no-water"
zh = "水压低"
en = "Low pressure"
kind = "smoke"
sentence.zh = "温度 {temperature} ℃"
sentence.en = "{temperature} °C"
[rule.storm]
at_least = 3
within = "5m"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "temperature >= 40"
[[rule.level]]
level = "critical"
operator = "threshold"
when = "temperature >= 90"
"""
FLAPS = """
[[rule]]
id = "flaps"
zh = "忽高忽低"
en = "Up and down"
kind = "smoke"
sentence.zh = "温度 {temperature} ℃"
sentence.en = "{temperature} °C"
[rule.flapping]
starts = 3
within = "10m"
[[rule.level]]
level = "warn"
operator = "threshold"
when = "temperature >= 40"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "temperature >= 90"
"""


def sensor(number: int, site: str = "tl01", **more: Any) -> Device:
    return Device(id=f"s{number}", kind="smoke", site=site, place=f"{site}-b1", **more)


def warm(number: int, temperature: float = 50) -> dict[str, object]:
    return {"device": f"s{number}", "temperature": temperature}


@pytest.fixture
def book() -> Book:
    """Four sensors of one compound and two of another."""
    others = [sensor(n, "tl02") for n in (5, 6)]
    return Book().devices(*(sensor(n) for n in (1, 2, 3, 4)), *others).rules(OUTAGE)


def whats(changes: list[AlertChange]) -> list[tuple[str, str, str]]:
    return [(c.what, c.subject, c.level) for c in changes]


def storm(book: Book, at: int = 0) -> Book:
    """Three within the span, the third of them the first in the alphabet."""
    return book.pack(warm(3), at=at).pack(warm(2), at=at + SECOND).pack(warm(1), at=at + 2 * SECOND)


def test_the_third_within_the_span_brings_the_parent_and_the_others_join(book: Book) -> None:
    changes = play(storm(book))
    parent = changes[3]
    assert whats(changes) == [
        ("raised", "s3", "warn"), ("raised", "s2", "warn"), ("raised", "s1", "warn"),
        ("raised", "tl01", "warn"),
        ("joined", "s1", "warn"), ("joined", "s2", "warn"), ("joined", "s3", "warn"),
    ]  # fmt: skip
    assert {c.parent for c in changes[4:]} == {parent.id}
    assert (parent.children, parent.place, parent.site, parent.parent) == (3, "tl01", "tl01", "")
    assert parent.zh == "同一小区或片区内有 3 处同时“水压低”，很可能是同一个原因。"
    assert parent.en == "3 at one site at once: low pressure; most likely of one cause."


def test_a_later_child_is_born_with_its_parent(book: Book) -> None:
    changes = play(storm(book).pack(warm(4), at=MINUTE))
    assert whats(changes[7:]) == [("raised", "s4", "warn")]
    assert changes[7].parent == changes[3].id


def test_a_storm_twice_as_large_is_told_again() -> None:
    book = Book().devices(*(sensor(n) for n in range(8))).rules(OUTAGE)
    for number in range(8):
        book.pack(warm(number), at=number * SECOND)
    told_of = [c for c in play(book) if c.subject == "tl01"]
    assert [(c.what, c.seq, c.children) for c in told_of] == [("raised", 1, 3), ("grown", 2, 6)]
    assert told_of[1].zh.startswith("同一小区或片区内有 6 处")


def test_another_compound_has_no_part_in_it(book: Book) -> None:
    book.pack(warm(1), warm(5), at=0).pack(warm(2), warm(6), at=SECOND)
    assert {change.what for change in play(book)} == {"raised"}
    changes = play(book.pack(warm(3), at=2 * SECOND))
    assert {c.subject for c in changes if c.parent} == {"s1", "s2", "s3"}


def test_three_over_an_hour_are_none(book: Book) -> None:
    for number in (1, 2, 3, 4):
        book.pack(warm(number), at=number * 4 * MINUTE)
    assert {change.what for change in play(book)} == {"raised"}


def test_what_is_told_of_the_past_makes_no_storm_of_today(book: Book) -> None:
    """Two now, and one that was cut off and tells of two hours ago."""
    book.pack(warm(1), warm(2), at=120 * MINUTE)
    book.pack({**warm(3), "time": 0}, at=121 * MINUTE)
    assert {change.what for change in play(book)} == {"raised"}


def test_a_past_storm_that_is_told_late_is_one(book: Book) -> None:
    """Three were cut off together; each tells of the same minutes when it is back."""
    for number in (1, 2, 3):
        book.pack({**warm(number), "time": 4 - number}, at=60 * MINUTE + number)
    assert [change.subject for change in play(book) if change.children] == ["tl01"]


def test_the_parent_is_as_grave_as_its_gravest_child(book: Book) -> None:
    storm(book).pack(warm(2, 95), at=MINUTE).pack(warm(4, 95), at=2 * MINUTE)
    book.pack(warm(2, 10), at=3 * MINUTE).pack(warm(4, 50), at=4 * MINUTE)
    assert whats(play(book)[7:]) == [
        ("level", "s2", "critical"), ("level", "tl01", "critical"),
        ("raised", "s4", "critical"),
        ("cleared", "s2", "critical"),
        ("level", "s4", "warn"), ("level", "tl01", "warn"),
    ]  # fmt: skip


def test_the_parent_ends_with_the_last_child_and_another_storm_is_another(book: Book) -> None:
    storm(book).pack(warm(1, 10), warm(2, 10), at=MINUTE).pack(warm(3, 10), at=2 * MINUTE)
    changes = play(book)
    assert whats(changes[7:]) == [
        ("cleared", "s1", "warn"), ("cleared", "s2", "warn"), ("cleared", "s3", "warn"),
        ("cleared", "tl01", "warn"),
    ]  # fmt: skip
    assert changes[-1].zh.startswith("已解除：同一小区或片区内有 3 处")
    again = play(storm(book, at=10 * MINUTE))
    assert next(c.id for c in again if c.what == "raised" and c.subject == "tl01") == changes[3].id
    assert len({c.id for c in again if c.subject == "tl01"}) == 2


def test_a_child_that_moves_away_still_belongs_until_it_ends(book: Book) -> None:
    storm(book).devices(sensor(1, "tl02"), at=MINUTE)
    book.pack(warm(2, 10), warm(3, 10), at=2 * MINUTE)
    changes = play(book)
    assert whats(changes[7:]) == [("cleared", "s2", "warn"), ("cleared", "s3", "warn")]
    changes = play(book.pack(warm(1, 10), at=3 * MINUTE))
    assert whats(changes[9:]) == [("cleared", "s1", "warn"), ("cleared", "tl01", "warn")]
    assert changes[-1].site == "tl01"


def test_where_the_rule_is_removed_all_of_it_ends(book: Book) -> None:
    storm(book).change(control.RulesRemove(("no-water",)), at=MINUTE)
    changes = play(book)[7:]
    assert whats(changes) == [
        ("cleared", "s1", "warn"), ("cleared", "s2", "warn"), ("cleared", "s3", "warn"),
        ("cleared", "tl01", "warn"),
    ]  # fmt: skip
    assert {change.position for change in changes} == {len(book.records)}


def test_a_new_version_without_storms_lets_the_old_one_end(book: Book) -> None:
    plain = OUTAGE.replace('[rule.storm]\nat_least = 3\nwithin = "5m"\n', "")
    storm(book).rules(plain, at=MINUTE, version=2).pack(warm(4, 95), at=2 * MINUTE)
    book.pack(warm(1, 95), at=3 * MINUTE).pack(*(warm(n, 10) for n in (1, 2, 3)), at=4 * MINUTE)
    assert whats(play(book)[7:]) == [
        ("raised", "s4", "critical"),
        ("level", "s1", "critical"), ("level", "tl01", "critical"),
        ("cleared", "s1", "critical"), ("level", "tl01", "warn"),
        ("cleared", "s2", "warn"), ("cleared", "s3", "warn"), ("cleared", "tl01", "warn"),
    ]  # fmt: skip


@pytest.mark.parametrize("cut", range(2, 12))
def test_a_restart_in_the_middle_changes_nothing(book: Book, cut: int) -> None:
    storm(book).pack(warm(4, 95), at=MINUTE).devices(sensor(1, "tl02"), at=2 * MINUTE)
    book.pack(warm(2, 10), warm(3, 10), at=3 * MINUTE).pack(warm(4, 10), at=4 * MINUTE)
    book.pack(warm(1, 10), at=5 * MINUTE).tick(at=6 * MINUTE)
    state, before = step(State(LOG), book.records[:cut])
    state, after = step(snapshot.restore(snapshot.save(state)), book.records[cut:])
    assert before + after == play(book)


def test_a_storm_is_explained() -> None:
    zh, en = explain(parse(OUTAGE)[0])
    assert "同一小区或片区在 5 分钟内有 3 处以上的，合成一件事。" in zh.splitlines()
    assert "3 or more at one site within 5 min become one matter." in en.splitlines()


# Flapping


@pytest.fixture
def flapping() -> Book:
    return Book().devices(sensor(1)).rules(FLAPS)


def flaps(book: Book, times: int, at: int = 0, temperature: float = 50) -> Book:
    """Up and down again, a minute each."""
    for turn in range(times):
        book.pack(warm(1, temperature), at=at + 2 * turn * MINUTE)
        book.pack(warm(1, 10), at=at + (2 * turn + 1) * MINUTE)
    return book


def minutes(changes: list[AlertChange]) -> list[tuple[str, str, int]]:
    return [(what, level, at // MINUTE) for what, level, _, at in told(changes)]


def test_twice_is_no_flapping_and_the_third_end_waits_for_quiet(flapping: Book) -> None:
    flaps(flapping, 3).tick(at=14 * MINUTE)
    assert minutes(play(flapping)) == [
        ("raised", "warn", 0), ("cleared", "warn", 1), ("raised", "warn", 2),
        ("cleared", "warn", 3), ("raised", "warn", 4),
    ]  # fmt: skip
    changes = play(flapping.tick(at=16 * MINUTE))
    assert minutes(changes)[-1] == ("cleared", "warn", 5)
    assert changes[-1].position == len(flapping.records)
    assert changes[-1].zh == "已解除：温度 10 ℃"


def test_what_begins_again_puts_its_end_off_and_tells_only_a_new_level(flapping: Book) -> None:
    flaps(flapping, 5).pack(warm(1, 95), at=12 * MINUTE).pack(warm(1, 10), at=13 * MINUTE)
    changes = play(flapping.tick(at=22 * MINUTE))
    assert minutes(changes)[5:] == [("level", "serious", 12)]
    assert minutes(play(flapping.tick(at=23 * MINUTE)))[6:] == [("cleared", "serious", 13)]


def test_a_slow_up_and_down_is_no_flapping(flapping: Book) -> None:
    for turn in range(6):
        flaps(flapping, 1, at=turn * 6 * MINUTE)
    assert len(play(flapping)) == 12


def test_a_removed_rule_ends_what_it_holds_and_begins_afresh(flapping: Book) -> None:
    flaps(flapping, 3).change(control.RulesRemove(("flaps",)), at=6 * MINUTE)
    assert minutes(play(flapping))[5:] == [("cleared", "warn", 6)]
    flaps(flapping.rules(FLAPS, at=7 * MINUTE), 2, at=7 * MINUTE)
    assert [change.what for change in play(flapping)][6:] == ["raised", "cleared"] * 2


def test_a_held_end_waits_as_long_as_our_own_door_was_shut(flapping: Book) -> None:
    """Nobody could flap meanwhile."""
    flaps(flapping, 3)
    shut = control.DoorUp(at=START + 66 * MINUTE, since=START + 6 * MINUTE)
    flapping.change(shut, at=66 * MINUTE).tick(at=74 * MINUTE)
    assert play(flapping)[-1].what == "raised"
    assert play(flapping.tick(at=75 * MINUTE))[-1].what == "cleared"


@pytest.mark.parametrize("cut", range(2, 14))
def test_a_restart_while_an_end_is_held_changes_nothing(flapping: Book, cut: int) -> None:
    flaps(flapping, 4).tick(at=10 * MINUTE).tick(at=17 * MINUTE)
    flaps(flapping, 1, at=18 * MINUTE).tick(at=40 * MINUTE)
    state, before = step(State(LOG), flapping.records[:cut])
    state, after = step(snapshot.restore(snapshot.save(state)), flapping.records[cut:])
    assert before + after == play(flapping)


def test_flapping_is_explained() -> None:
    zh, en = explain(parse(FLAPS)[0])
    assert "10 分钟内反复 3 次的，稳定 10 分钟后才解除。" in zh.splitlines()
    assert "What begins 3 times within 10 min ends only after 10 min of quiet." in en.splitlines()


def test_a_flapping_child_holds_its_storm_up(book: Book) -> None:
    both = OUTAGE.replace(
        "[rule.storm]", '[rule.flapping]\nstarts = 2\nwithin = "9m"\n[rule.storm]'
    )
    book.rules(both, at=1, version=2)
    for turn in (0, 2):
        at = turn * MINUTE + 2
        book.pack(*(warm(n) for n in (1, 2, 3)), at=at)
        book.pack(*(warm(n, 10) for n in (1, 2, 3)), at=at + MINUTE)
    changes = play(book.tick(at=11 * MINUTE))
    assert [c.what for c in changes if c.subject == "tl01"] == ["raised", "cleared", "raised"]
    changes = play(book.tick(at=13 * MINUTE))
    assert whats(changes)[-1] == ("cleared", "tl01", "warn")
