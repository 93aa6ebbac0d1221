"""What every log promises to the doors that write it and the workers that read it."""

from __future__ import annotations

import threading

import pytest

from tests.log.conftest import tamper
from tests.log.entries import NOON, controls, readings, rejected
from tests.support.waiting import eventually
from xiuhua.engine.records import Control, Data, Tick
from xiuhua.log.base import Entry
from xiuhua.log.database import Log, open_log, open_reader
from xiuhua.log.errors import ForeignLayout, Refused, Superseded


def test_a_new_log_is_empty_and_has_a_name_that_stays(where: str) -> None:
    with open_reader(where) as reader:
        assert reader.head() == (0, 0)
        assert reader.read(0) == []
        name = reader.name()
    with open_log(where) as log:
        assert log.name() == name
        assert len(name) == 36


def test_records_come_back_as_they_were_written(log: Log) -> None:
    entry = readings(1, 2)
    assert log.append(entry, NOON) == 1
    assert log.append(controls("rule-7"), NOON + 1) == 2
    assert log.append(Entry(), NOON + 2) == 3
    assert log.read(0) == [
        Data(1, NOON, 2, entry.body),
        Control(2, NOON + 1, "rule-7", b'{"type":"rule-7"}'),
        Tick(3, NOON + 2),
    ]
    assert log.head() == (3, NOON + 2)


def test_controls_stand_before_the_readings_of_their_entry(log: Log) -> None:
    mixed = Entry(count=1, body=readings(1).body, controls=controls("a", "b").controls)
    assert log.append(mixed, NOON) == 3
    assert [type(record) for record in log.read(0)] == [Control, Control, Data]


def test_a_control_counts_once(where: str) -> None:
    with open_log(where) as log:
        assert log.append(controls("a", "b", "a"), NOON) == 2
        assert log.append(controls("a"), NOON) == 2
    with open_log(where) as log:
        assert log.append(controls("b", "c"), NOON) == 3
        assert [record.id for record in log.read(0) if isinstance(record, Control)] == list("abc")


def test_a_control_counts_once_even_after_it_was_trimmed(log: Log) -> None:
    log.append(controls("a"), NOON)
    log.retention.register("worker", 1, NOON)
    assert log.retention.trim(2) == 1
    assert log.append(controls("a"), NOON) == 1


def test_log_time_never_runs_back(log: Log) -> None:
    for now in (NOON, NOON - 60_000, NOON + 1, NOON):
        log.append(Entry(), now)
    assert [record.at for record in log.read(0)] == [NOON, NOON, NOON + 1, NOON + 1]


def test_log_time_does_not_run_back_over_a_restart(where: str) -> None:
    with open_log(where) as log:
        log.append(Entry(), NOON)
    with open_log(where) as log:
        log.append(Entry(), NOON - 1)
        assert log.head() == (2, NOON)


def test_rejected_messages_alone_move_no_position(log: Log) -> None:
    assert log.append(Entry(rejected=[rejected()]), NOON) == 0
    assert [kept.message for kept in log.rejected.find()] == [rejected()]


def test_reading_stops_at_the_limit_and_at_the_bytes_but_gives_at_least_one(log: Log) -> None:
    for value in range(5):
        log.append(readings(value), NOON)
    size = len(readings(0).body)
    assert [record.position for record in log.read(1, limit=2)] == [2, 3]
    assert [record.position for record in log.read(1, max_bytes=3 * size)] == [2, 3, 4]
    assert [record.position for record in log.read(1, max_bytes=1)] == [2]


def test_readers_at_the_tail_see_every_position_in_order(where: str) -> None:
    total, readers = 120, 3
    seen: list[list[int]] = [[] for _ in range(readers)]

    def follow(positions: list[int]) -> None:
        with open_reader(where) as reader:
            while len(positions) < total:
                after = positions[-1] if positions else 0
                positions += [record.position for record in reader.read(after)]

    with open_log(where) as log:
        threads = [threading.Thread(target=follow, args=(mine,), daemon=True) for mine in seen]
        for thread in threads:
            thread.start()
        for value in range(total):
            log.append(readings(value), NOON)
        for thread in threads:
            thread.join(30)
    assert seen == [list(range(1, total + 1))] * readers


def test_one_log_may_be_used_by_several_threads(log: Log) -> None:
    def write() -> None:
        for value in range(10):
            log.append(readings(value), NOON)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [record.position for record in log.read(0)] == list(range(1, 41))


def test_two_processes_may_open_a_new_log_at_once(where: str) -> None:
    names: list[str] = []

    def open_it() -> None:
        with open_reader(where) as reader:
            names.append(reader.name())

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    eventually(lambda: len(names) == 4)
    assert len(set(names)) == 1


def test_the_newest_claim_wins_and_the_older_appender_writes_nothing(where: str) -> None:
    with open_log(where) as older, open_log(where) as newer:
        assert newer.append(readings(1), NOON) == 1
        with pytest.raises(Superseded, match=r"claim 2; ours was 1.*one log has one gateway") as no:
            older.append(readings(2), NOON)
        assert no.value.permanent
        assert newer.append(readings(3), NOON) == 2
        assert older.head() == (2, NOON)


def test_an_entry_is_written_whole_or_not_at_all(where_sql: str, log_sql: Log) -> None:
    entry = Entry(
        count=1,
        body=readings(1).body,
        controls=controls("a").controls,
        rejected=[rejected(), rejected()],
    )
    taken = "INSERT INTO log_rejected VALUES (2, 0, '', '', '', '', '', '[]', NULL, NULL)"
    assert tamper(where_sql, taken) == 1
    with pytest.raises(Refused, match="Nothing was written"):
        log_sql.append(entry, NOON)
    assert log_sql.head() == (0, 0)
    assert [kept.number for kept in log_sql.rejected.find()] == [2]
    assert log_sql.append(controls("a"), NOON) == 1, "the control's id was not used up either"


def test_tables_of_another_release_are_left_alone(where_sql: str, log_sql: Log) -> None:
    assert tamper(where_sql, "UPDATE log_head SET layout = 99") == 1
    with pytest.raises(ForeignLayout, match="layout 99; this release reads layout 1"):
        open_reader(where_sql)
