"""Where the logs under test stand: every contract test runs on SQLite, on PostgreSQL and
on a NATS cluster of three."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pysqlite3.dbapi2 as sqlite3
import pytest

from xiuhua.log.database import Log, open_log, open_reader
from xiuhua.log.jetstream import JetStreamReader


def _address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "log.db")
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgres", "nats"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a log that does not exist yet."""
    return _address(request, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def where_sql(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """As `where`, in databases alone: for what is done to tables."""
    return _address(request, tmp_path)


@pytest.fixture
def log_sql(where_sql: str) -> Iterator[Log]:
    with open_log(where_sql) as opened:
        yield opened


@pytest.fixture
def log(where: str) -> Iterator[Log]:
    with open_log(where) as opened:
        yield opened


def lose(where: str, first: int, last: int) -> None:
    """Take records that were each an entry of its own out of a log, behind its back."""
    if not where.startswith("nats:"):
        tamper(where, f"DELETE FROM log_record WHERE position BETWEEN {first} AND {last}")
        return
    with open_reader(where) as reader:
        assert isinstance(reader, JetStreamReader)
        stream = reader._stream
        for position in range(first, last + 1):
            found = stream.first(lambda stamp, at=position: stamp.position >= at)
            assert found is not None
            stream.wire.ask(f"STREAM.MSG.DELETE.{stream.id}", {"seq": found.seq})


def tamper(where: str, statement: str) -> int:
    """Run a statement behind the log's back; returns how many rows it changed."""
    if where.startswith("postgresql:"):
        with psycopg.connect(where, autocommit=True) as connection:
            return connection.execute(statement.encode()).rowcount
    connection = sqlite3.connect(where)
    with connection:
        changed = connection.execute(statement).rowcount
    connection.close()
    return int(changed)
