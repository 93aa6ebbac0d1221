"""The log keeps what a registered reader still needs, however old or large it has grown."""

from __future__ import annotations

import pytest

from tests.log.entries import NOON, readings
from xiuhua.log.database import Log, open_reader
from xiuhua.log.errors import Trimmed


@pytest.fixture
def ten(log: Log) -> Log:
    """A log of ten records, a second apart."""
    for value in range(10):
        log.append(readings(value), NOON + value * 1000)
    return log


def test_nothing_is_trimmed_while_no_reader_is_registered(ten: Log) -> None:
    assert ten.retention.trim(11) == 0
    assert len(ten.read(0)) == 10


def test_trimming_never_passes_the_slowest_reader(ten: Log) -> None:
    ten.retention.register("worker", 8, NOON)
    ten.retention.register("replay", 3, NOON)
    assert [reader.name for reader in ten.retention.registered()] == ["replay", "worker"]
    assert ten.retention.trim(7) == 3
    assert [record.position for record in ten.read(3)] == [4, 5, 6, 7, 8, 9, 10]
    ten.retention.forget("replay")
    assert ten.retention.trim(7) == 3
    assert ten.retention.trim(99) == 2
    assert [record.position for record in ten.read(8)] == [9, 10]


def test_trimming_in_chunks_takes_the_same(ten: Log) -> None:
    ten.retention.register("worker", 10, NOON)
    assert ten.retention.trim(8, chunk=2) == 7
    assert [record.position for record in ten.read(7)] == [8, 9, 10]


def test_asking_for_what_was_trimmed_is_an_error_and_no_gap(ten: Log) -> None:
    ten.retention.register("worker", 10, NOON)
    ten.retention.trim(5)
    with pytest.raises(Trimmed, match="begins after position 4; what follows 2 was trimmed"):
        ten.read(2)
    assert ten.read(4)[0].position == 5


def test_an_emptied_log_remembers_that_it_was_trimmed(ten: Log) -> None:
    ten.retention.register("worker", 10, NOON)
    assert ten.retention.trim(99) == 10
    assert ten.read(10) == []
    with pytest.raises(Trimmed):
        ten.read(9)
    assert ten.append(readings(1), NOON) == 11


def test_a_reader_that_comes_too_late_is_told(ten: Log) -> None:
    ten.retention.register("worker", 10, NOON)
    ten.retention.trim(5)
    with pytest.raises(Trimmed):
        ten.retention.register("latecomer", 3, NOON)
    ten.retention.register("latecomer", 4, NOON)


def test_readers_register_from_their_own_process(ten: Log, where: str) -> None:
    with open_reader(where) as reader:
        reader.retention.register("worker", 4, NOON + 7)
        reader.retention.register("worker", 6, NOON + 8)
    assert [(r.position, r.at) for r in ten.retention.registered()] == [(6, NOON + 8)]


def test_age_and_size_say_where_to_trim(ten: Log) -> None:
    assert ten.retention.older_than(NOON) == 1
    assert ten.retention.older_than(NOON + 4000) == 5
    assert ten.retention.older_than(NOON + 4001) == 6
    assert ten.retention.older_than(NOON + 99_000) == 11
    size = len(readings(0).body)
    assert ten.retention.beyond_size(3 * size) == 8
    assert ten.retention.beyond_size(3 * size - 1) == 9
    assert ten.retention.beyond_size(99 * size) == 1
