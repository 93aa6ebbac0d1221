"""A damaged record is set aside and reported; every fold goes on behind it in the same way.

What is done to tables is done in databases alone; for records that are changed on a cluster, and
for nodes that know better than others, see test_jetstream.py.
"""

from __future__ import annotations

from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest

from tests.log.conftest import lose, tamper
from tests.log.entries import NOON, controls, readings
from xiuhua.engine.records import Data, Tick
from xiuhua.log.aside import MISSING
from xiuhua.log.database import Log, open_log, open_reader
from xiuhua.log.errors import Refused


def fill(log: Log, count: int) -> None:
    for value in range(count):
        log.append(readings(value), NOON + 1000 * value)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log_record SET at = at + 1 WHERE position = 3",
        "UPDATE log_record SET count = 9 WHERE position = 3",
        "UPDATE log_record SET id = 'other' WHERE position = 3",
        "UPDATE log_record SET sort = 3, id = '' WHERE position = 3",
        "UPDATE log_record SET body = substr(body, 2) WHERE position = 3",
    ],
)
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_tick_stands_in_the_place_of_a_damaged_record(
    where_sql: str, log_sql: Log, change: str, after: int
) -> None:
    fill(log_sql, 5)
    sound = log_sql.read(0)
    assert tamper(where_sql, change) == 1
    found = log_sql.read(after)
    assert found == [*sound[after:2], Tick(3, NOON + 1000), *sound[3:]]
    (stretch,) = log_sql.aside.stretches()
    assert (stretch.first, stretch.last, stretch.count) == (3, 3, 1)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_tick_stands_in_the_place_of_a_missing_record(where: str, log: Log, after: int) -> None:
    fill(log, 5)
    sound = log.read(0)
    lose(where, 3, 3)
    assert log.read(after) == [*sound[after:2], Tick(3, NOON + 1000), *sound[3:]]
    (stretch,) = log.aside.stretches()
    assert (stretch.first, stretch.last, stretch.count, stretch.what) == (3, 3, 1, MISSING)
    with open_reader(where) as another:
        assert another.aside.stretches() == [stretch]
        for limit in (1, 2, 3, 9):
            assert another.read(after, limit=limit) == log.read(after)[:limit]


def test_what_was_there_is_kept_and_leaves_with_nobody(where_sql: str, log_sql: Log) -> None:
    fill(log_sql, 3)
    tamper(where_sql, "UPDATE log_record SET at = 7 WHERE position = 2")
    log_sql.read(0)
    log_sql.retention.register("worker", 3, NOON)
    log_sql.retention.trim(4)
    kept = "UPDATE log_aside SET what = what WHERE position = 2 AND length(body) > 10"
    assert tamper(where_sql, kept) == 1


def test_neighbours_are_one_stretch_with_its_readings_and_controls(
    where_sql: str, log_sql: Log
) -> None:
    fill(log_sql, 3)
    log_sql.append(controls("a"), NOON + 5000)
    fill(log_sql, 3)
    tamper(where_sql, "UPDATE log_record SET at = 7 WHERE position BETWEEN 2 AND 4")
    assert [record.at for record in log_sql.read(0)][:4] == [NOON] * 4
    tamper(where_sql, "DELETE FROM log_record WHERE position = 6")
    log_sql.read(0)
    assert [(s.first, s.last, s.readings, s.controls) for s in log_sql.aside.stretches()] == [
        (2, 4, 2, 1),
        (6, 6, 0, 1),
    ]


def test_the_decision_stands_even_when_the_record_comes_back(where_sql: str, log_sql: Log) -> None:
    """A fold that went by without it must be repeated without it."""
    fill(log_sql, 3)
    tamper(where_sql, "UPDATE log_record SET at = at + 1 WHERE position = 2")
    seen = log_sql.read(0)
    tamper(where_sql, "UPDATE log_record SET at = at - 1 WHERE position = 2")
    assert log_sql.read(0) == seen
    with open_reader(where_sql) as another:
        assert another.read(0) == seen
        assert [another.read(after, limit=1)[0] for after in range(3)] == seen


def test_damage_at_the_very_beginning_has_the_time_of_what_follows(
    where_sql: str, log_sql: Log
) -> None:
    fill(log_sql, 4)
    tamper(where_sql, "UPDATE log_record SET at = 7 WHERE position = 1")
    assert log_sql.read(0)[0] == Tick(1, NOON + 1000)
    log_sql.retention.register("worker", 4, NOON)
    log_sql.retention.trim(3)
    tamper(where_sql, "UPDATE log_record SET at = 7 WHERE position = 3")
    assert log_sql.read(2)[0] == Tick(3, NOON + 3000)


def test_a_missing_beginning_has_the_time_of_what_follows(where: str, log: Log) -> None:
    fill(log, 5)
    lose(where, 1, 2)
    assert log.read(0)[:2] == [Tick(1, NOON + 2000), Tick(2, NOON + 2000)]
    assert [(s.first, s.last) for s in log.aside.stretches()] == [(1, 2)]


def test_more_missing_than_one_read_takes(where: str, log: Log) -> None:
    fill(log, 12)
    lose(where, 2, 7)
    log.read(0)
    lose(where, 9, 11)
    seen = [record for after in range(0, 12, 4) for record in log.read(after, limit=4)]
    assert [record.position for record in seen] == list(range(1, 13))
    assert [r.position for r in seen if isinstance(r, Data)] == [1, 8, 12]
    assert [(s.first, s.last) for s in log.aside.stretches()] == [(2, 7), (9, 11)]


def test_a_page_that_cannot_be_read_takes_its_neighbours_not_with_it(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with open_log(path) as log:
        fill(log, 400)
        sound = log.read(0)
    page = page_of(path, readings(200).body)
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xff" * 4096)
    with open_reader(path) as reader:
        seen = reader.read(0)
        lost = {record.position for record in seen if isinstance(record, Tick)}
        assert 0 < len(lost) < 200
        assert [r for r in seen if r.position not in lost] == [
            r for r in sound if r.position not in lost
        ]
        assert sum(stretch.count for stretch in reader.aside.stretches()) == len(lost)
        assert reader.read(0) == seen


def test_a_log_of_which_nothing_can_be_read_is_no_damaged_record(tmp_path: Path) -> None:
    with open_log(tmp_path / "log.db") as log:
        fill(log, 2)
        tamper(str(tmp_path / "log.db"), "ALTER TABLE log_record RENAME TO elsewhere")
        with pytest.raises(Refused):
            log.read(0)
        assert log.aside.stretches() == []


def page_of(path: Path, body: bytes) -> int:
    """Number (from 0) of the page that holds a record's body."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes().index(body) // 4096
