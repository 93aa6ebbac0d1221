"""Acknowledged means on disk: whatever dies, and whenever."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.log.cutting_proxy import Cut, CuttingProxy
from tests.log.entries import NOON, controls, readings, rejected
from tests.support.postgres import Server
from tests.support.waiting import eventually
from xiuhua.log import appender
from xiuhua.log.base import Entry, LogUnavailable
from xiuhua.log.database import open_log, open_reader
from xiuhua.log.errors import InDoubt, Refused, Superseded

ROOT = Path(__file__).parents[2]


def append_until_killed(where: str, acknowledgements: int) -> list[int]:
    """Positions that a process had acknowledged before and while it was killed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.log.appending", where], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child, child.stdout as said:
        heard = [next(said) for _ in range(acknowledgements)]
        child.kill()
        heard += [line for line in said if line.endswith(b"\n")]
    return [int(line) for line in heard]


def test_what_a_killed_appender_acknowledged_is_in_the_log(where: str) -> None:
    acknowledged: list[int] = []
    for count in (1, 7, 23):
        acknowledged += append_until_killed(where, count)
    with open_reader(where) as reader:
        records = reader.read(0)
        assert reader.head()[0] == len(records)
    assert {record.position for record in records} >= set(acknowledged)
    for record in records:
        assert record.body == readings(record.position).body  # type: ignore[union-attr]


def test_a_server_that_crashed_and_came_back_is_found_again(postgres_to_break: Server) -> None:
    with open_log(postgres_to_break.url()) as log:
        assert log.append(readings(1), NOON) == 1
        postgres_to_break.stop(crash=True)
        with pytest.raises(LogUnavailable) as away:
            log.append(readings(2), NOON)
        assert not away.value.permanent
        with pytest.raises(LogUnavailable, match="Try again"):
            log.read(0)
        postgres_to_break.start()
        assert log.append(readings(3), NOON) == 2
        assert [record.body for record in log.read(0)] == [readings(1).body, readings(3).body]


def test_a_server_restarted_between_two_entries_is_not_even_noticed(
    postgres_to_break: Server,
) -> None:
    with open_log(postgres_to_break.url()) as log:
        assert log.append(readings(1), NOON) == 1
        postgres_to_break.stop()
        postgres_to_break.start()
        assert log.append(readings(2), NOON) == 2
        assert len(log.read(0)) == 2


@pytest.fixture
def wired(postgres_server: Server, postgres_url: str) -> tuple[str, int]:
    """A database's name and its server's port."""
    return postgres_url.rpartition("/")[2], postgres_server.port


@pytest.mark.parametrize("cut", ["before the commit", "after the commit"])
def test_an_entry_whose_connection_is_cut_is_written_once(wired: tuple[str, int], cut: Cut) -> None:
    database, port = wired
    with CuttingProxy(port) as proxy, open_log(through(proxy, database)) as log:
        proxy.cut = cut
        assert log.append(readings(1), NOON) == 1
        assert log.append(readings(2), NOON) == 2
        assert [record.body for record in log.read(0)] == [readings(1).body, readings(2).body]


@pytest.mark.parametrize("cut", ["before the commit", "after the commit"])
def test_an_entry_in_doubt_is_not_acknowledged_and_counts_once_when_it_comes_again(
    wired: tuple[str, int], cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appender, "SETTLING", 0.0)
    database, port = wired
    entry = Entry(1, readings(1).body, controls("a").controls, [rejected()])
    with CuttingProxy(port) as proxy, open_log(through(proxy, database)) as log:
        proxy.cut, proxy.refuse = cut, True
        with pytest.raises(InDoubt, match=r"all there or not at all\. Do not acknowledge it"):
            log.append(entry, NOON)
        proxy.refuse = False
        assert log.append(entry, NOON + 1) == 2
        assert log.append(entry, NOON + 2) == 3, "now it was acknowledged: this is a new one"
        assert [record.position for record in log.read(0)] == [1, 2, 3]
        assert len(log.rejected.find()) == 2


def through(proxy: CuttingProxy, database: str) -> str:
    return f"postgresql://xiuhua@127.0.0.1:{proxy.port}/{database}?sslmode=disable"


def test_a_server_that_is_not_there_is_said_plainly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: nobody answers, nobody else can
        port = taken.getsockname()[1]
        with pytest.raises(
            Refused, match=rf"{port} failed.*Nothing was written\. Try again"
        ) as away:
            open_reader(f"postgresql://xiuhua@127.0.0.1:{port}/none")
    assert not away.value.permanent


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(b"minutes of the residents' meeting" * 100)
    with pytest.raises(Refused, match=r"file is not a database.*Mend the database first") as no:
        open_log(path)
    assert no.value.permanent
    assert path.read_bytes().startswith(b"minutes")


def test_a_full_disk_refuses_and_room_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    run = subprocess.run(
        [sys.executable, "-m", "tests.log.filling_up", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    last, permanent, head, after = run.stdout.split()
    assert int(last) > 1
    assert permanent == "False"
    assert int(head) == int(last)
    assert int(after) == int(last) + 1
    with open_reader(path) as reader:
        assert len(reader.read(0)) == int(after)


def test_an_appender_that_waited_for_the_lock_sees_who_came_before_it(postgres_url: str) -> None:
    """Positions are given out under the locked head row; no claim is written over."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with open_log(postgres_url) as log, ThreadPoolExecutor(1) as other:
        with psycopg.connect(postgres_url) as newer:
            newer.execute("SELECT 1 FROM log_head FOR UPDATE")
            append = other.submit(log.append, readings(1), NOON)
            eventually(lambda: newer.execute(waiting).fetchall() != [(0,)], saying="it waits")
            newer.execute("UPDATE log_head SET epoch = epoch + 1")
        with pytest.raises(Superseded):
            append.result(10)
        assert log.head() == (0, 0)
