"""How alerts are held against what really happened."""

from __future__ import annotations

from bench.truth_scoring import (
    GRACE,
    Found,
    Happened,
    Heard,
    Told,
    found,
    found_table,
    heard,
    heard_table,
    per_shift,
    untrue,
)

MINUTE = 60_000
NOON = 1_790_000_000_000
FIRE = Happened("fire", NOON, NOON + 10 * MINUTE, frozenset({"s1", "flat-1", "tl01"}),
                frozenset({"smoke-fire", "home-fire"}))  # fmt: skip
SMALL = Happened("fire", NOON, NOON + MINUTE, frozenset({"s9"}), frozenset({"smoke-fire"}))
WOK = Happened("cooking", NOON, NOON + 10 * MINUTE, frozenset({"s2"}), lookalike=True)


def told(rule="smoke-fire", after=MINUTE, *about):
    return Told(rule, NOON + after, frozenset(about or {"s1"}))


def test_what_is_told_in_time_at_the_place_by_a_fitting_rule_is_true():
    assert untrue([FIRE], [told(), told("home-fire", MINUTE, "a1", "flat-1")]) == []


def test_anything_else_is_a_false_alarm():
    wrong = [
        told("door-held"),
        told("smoke-fire", MINUTE, "s2"),
        told("smoke-fire", -2 * MINUTE),
        told("smoke-fire", 10 * MINUTE + GRACE + 1),
    ]
    assert untrue([FIRE, WOK], wrong) == wrong


def test_the_aftermath_and_a_slow_clock_are_forgiven():
    assert untrue([FIRE], [told(after=-MINUTE), told(after=10 * MINUTE + GRACE)]) == []


def test_found_is_what_has_a_true_alert_and_the_first_one_counts():
    alerts = [told(after=4 * MINUTE), told("home-fire", 2 * MINUTE, "flat-1")]
    (row,) = found([FIRE, SMALL], alerts)
    assert row == Found("fire", lookalike=False, count=2, found=1, seconds=120.0)
    assert row.recall == 0.5


def test_a_look_alike_is_fooled_by_a_false_alarm_only():
    true_one_nearby = told("smoke-fire", MINUTE, "s1", "s2")
    assert [row.found for row in found([FIRE, WOK], [true_one_nearby])] == [1, 0]
    assert [row.found for row in found([FIRE, WOK], [told("smoke-fire", MINUTE, "s2")])] == [0, 1]


def test_precision_by_rule():
    rows = heard([FIRE], [told(), told(), told("smoke-fire", MINUTE, "s2"), told("door-held")])
    assert rows == [Heard("door-held", 1, 0), Heard("smoke-fire", 3, 2)]
    table = list(heard_table(rows, days=2))
    assert table[1].split() == ["door-held", "1", "0", "0%", "0.50"]
    assert table[-1].split() == ["in", "all", "4", "2", "50%", "1.00"]


def test_shifts_without_an_alert_count_too():
    hours = range(NOON, NOON + 3 * 60 * MINUTE, 60 * MINUTE)
    counts = per_shift([told(), told()], lambda at: str((at - NOON) // (60 * MINUTE)), hours)
    assert counts == [2, 0, 0]


def test_the_table_says_what_was_not_found_and_who_fooled_us():
    lines = list(found_table(found([FIRE, WOK], [])))
    assert lines[1].split() == ["fire", "1", "0", "0%", "-"]
    assert lines[-1].split() == ["cooking", "1", "0"]
