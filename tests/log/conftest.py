"""Where the logs under test stand: every contract test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pysqlite3.dbapi2 as sqlite3
import pytest

from xiuhua.log.database import Log, open_log


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a log that does not exist yet."""
    if request.param == "sqlite":
        return str(tmp_path / "log.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def log(where: str) -> Iterator[Log]:
    with open_log(where) as opened:
        yield opened


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
