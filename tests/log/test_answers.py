"""An answer is on disk with the readings it speaks of, or neither is."""

from __future__ import annotations

import pytest

from tests.log.entries import NOON, controls, readings, rejected
from xiuhua.log.base import Answered, Entry
from xiuhua.log.database import Log, open_log
from xiuhua.log.errors import Refused, Superseded

FIRST = Answered("name", "digest", NOON, 202, b'{"accepted":1}')


def test_it_is_found_by_its_name_until_it_expires(log: Log) -> None:
    log.append(Entry(1, readings(1).body, answers=[FIRST]), NOON)
    assert log.answers.find("name", since=NOON) == FIRST
    assert log.answers.find("name", since=NOON + 1) is None
    assert log.answers.find("another", since=0) is None


def test_a_name_that_is_used_again_stands_for_the_newer_answer(log: Log) -> None:
    newer = Answered("name", "other", NOON + 9, 202, b"{}")
    log.append(Entry(answers=[FIRST]), NOON)
    log.append(Entry(answers=[newer]), NOON)
    assert log.answers.find("name", since=0) == newer


def test_a_refused_commit_keeps_neither_readings_nor_answer(where: str, log: Log) -> None:
    position = log.append(readings(1), NOON)
    with open_log(where) as newer:
        with pytest.raises(Superseded):
            log.append(Entry(1, readings(2).body, answers=[FIRST]), NOON)
        assert newer.head() == (position, NOON)
        assert newer.answers.find("name", since=0) is None
        newer.append(Entry(1, readings(2).body, answers=[FIRST]), NOON)
    assert log.answers.find("name", since=0) == FIRST


def test_a_commit_that_breaks_in_the_middle_keeps_neither(log_sql: Log) -> None:
    position = log_sql.append(readings(1), NOON)
    broken = Answered("name", "digest", NOON, 202, None)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        log_sql.append(Entry(1, readings(2).body, answers=[broken]), NOON)
    assert log_sql.head() == (position, NOON)
    assert log_sql.answers.find("name", since=0) is None


def test_many_answers_stand_in_one_commit_beside_everything_else(log: Log) -> None:
    many = [Answered(f"n{n}", "digest", NOON + n, 202, b"{}") for n in range(100)]
    log.append(Entry(1, readings(1).body, controls("a").controls, [rejected()], many), NOON)
    assert [log.answers.find(each.name, since=0) for each in many] == many
    assert log.head()[0] == 2
    assert len(log.rejected.find()) == 1
    assert log.answers.trim(NOON + 60) == 60
    assert log.answers.find("n59", since=0) is None
    assert log.answers.find("n60", since=0) == many[60]


def test_trimming_takes_the_old_ones(log: Log) -> None:
    log.append(Entry(answers=[FIRST]), NOON)
    assert log.answers.trim(NOON) == 0
    assert log.answers.trim(NOON + 1) == 1
    assert log.answers.find("name", since=0) is None
