"""Refused, never lost: rejected messages can be found, counted, marked and trimmed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.log.entries import NOON, readings, rejected
from xiuhua.log.base import Entry
from xiuhua.log.database import Log
from xiuhua.log.rejected import Narrowed, Tally


def keep_three(log: Log) -> None:
    log.append(Entry(rejected=[rejected("future", "a"), rejected("future", "b")]), NOON)
    log.append(Entry(rejected=[rejected("not-json", "a", at=NOON + 5)]), NOON)


def test_they_are_found_newest_first_by_reason_and_device(log: Log) -> None:
    keep_three(log)
    assert [kept.number for kept in log.rejected.find()] == [3, 2, 1]
    assert [kept.number for kept in log.rejected.find(Narrowed(reason="future"))] == [2, 1]
    assert [kept.number for kept in log.rejected.find(Narrowed(device="a"))] == [3, 1]
    assert [kept.number for kept in log.rejected.find(before=3, limit=1)] == [2]


def test_a_personal_kinds_message_keeps_no_body(log: Log) -> None:
    log.append(Entry(rejected=[rejected(), replace(rejected(), body=None)]), NOON)
    assert [kept.message.body for kept in log.rejected.find()] == [None, b'{"time":1}']


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "声" * 5000, "'; DROP TABLE log_rejected; --"])
def test_whatever_a_bad_message_holds_can_be_kept(log: Log, odd: str) -> None:
    message = replace(
        rejected(reason="not-json", device=odd), detail=odd, speaker=odd, fields=(odd,)
    )
    log.append(Entry(rejected=[message]), NOON)
    (kept,) = log.rejected.find(Narrowed(reason="not-json"))
    assert kept.message.fields == (odd,)
    assert kept.message.detail[:1] == odd[:1].encode("utf-8", "replace").decode()
    assert log.rejected.find(Narrowed(device=kept.message.device)) == [kept]


def test_they_are_counted_by_reason_and_device(log: Log) -> None:
    keep_three(log)
    log.append(Entry(rejected=[rejected("future", "a", at=NOON + 9)]), NOON)
    log.append(Entry(rejected=[replace(rejected("future", "b"), body=None)]), NOON)
    log.append(Entry(replayed=[1]), NOON + 10)
    assert log.rejected.count() == [
        Tally("future", "a", count=2, newest=NOON + 9, waiting=1, replayed=1),
        Tally("future", "b", count=2, newest=NOON, waiting=1, replayed=0),
        Tally("not-json", "a", count=1, newest=NOON + 5, waiting=1, replayed=0),
    ]
    assert [tally.count for tally in log.rejected.count(Narrowed(since=NOON + 6))] == [1]
    assert [tally.count for tally in log.rejected.count(Narrowed(until=NOON + 5))] == [2, 1]


def test_a_message_is_marked_as_replayed_once_in_the_commit_of_what_it_came_to(log: Log) -> None:
    keep_three(log)
    log.append(Entry(1, readings(1).body, replayed=[1, 3]), NOON + 10)
    log.append(Entry(1, readings(2).body, replayed=[1, 2, 77]), NOON + 20)
    assert [kept.replayed for kept in log.rejected.find()] == [NOON + 10, NOON + 20, NOON + 10]


def test_what_waits_is_found_oldest_first_without_what_has_no_body(log: Log) -> None:
    keep_three(log)
    log.append(Entry(rejected=[replace(rejected("future", "a"), body=None)]), NOON)
    log.append(Entry(rejected=[rejected("future", "a")], replayed=[2]), NOON)
    assert [kept.number for kept in log.rejected.waiting()] == [1, 3, 5]
    assert [kept.number for kept in log.rejected.waiting(after=1, upto=4)] == [3]
    assert [kept.number for kept in log.rejected.waiting(Narrowed(reason="future"))] == [1, 5]
    assert log.rejected.one(5) == log.rejected.find(limit=1)[0]
    assert log.rejected.one(6) is None


def test_trimming_takes_the_old_ones_and_never_gives_a_number_twice(log: Log) -> None:
    keep_three(log)
    assert log.rejected.trim(NOON + 6) == 3
    keep_three(log)
    assert [kept.number for kept in log.rejected.find()] == [6, 5, 4]
