"""An answer is on disk with the readings it speaks of, or neither is.

In databases alone: a log on a cluster keeps no answers, and says so (test_jetstream.py).
"""

from __future__ import annotations

import pytest

from tests.log.entries import NOON, readings
from xiuhua.log.base import Answered, Entry
from xiuhua.log.database import Log
from xiuhua.log.errors import Refused

FIRST = Answered("name", "digest", NOON, 202, b'{"accepted":1}')


def test_it_is_found_by_its_name_until_it_expires(log_sql: Log) -> None:
    log_sql.append(Entry(1, readings(1).body, answers=[FIRST]), NOON)
    assert log_sql.answers.find("name", since=NOON) == FIRST
    assert log_sql.answers.find("name", since=NOON + 1) is None
    assert log_sql.answers.find("another", since=0) is None


def test_a_name_that_is_used_again_stands_for_the_newer_answer(log_sql: Log) -> None:
    newer = Answered("name", "other", NOON + 9, 202, b"{}")
    log_sql.append(Entry(answers=[FIRST]), NOON)
    log_sql.append(Entry(answers=[newer]), NOON)
    assert log_sql.answers.find("name", since=0) == newer


def test_a_refused_commit_keeps_neither_readings_nor_answer(log_sql: Log) -> None:
    position = log_sql.append(readings(1), NOON)
    broken = Answered("name", "digest", NOON, 202, None)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        log_sql.append(Entry(1, readings(2).body, answers=[broken]), NOON)
    assert log_sql.head() == (position, NOON)
    assert log_sql.answers.find("name", since=0) is None


def test_trimming_takes_the_old_ones(log_sql: Log) -> None:
    log_sql.append(Entry(answers=[FIRST]), NOON)
    assert log_sql.answers.trim(NOON) == 0
    assert log_sql.answers.trim(NOON + 1) == 1
    assert log_sql.answers.find("name", since=0) is None
