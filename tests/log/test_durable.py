"""A commit is on disk when it returns, whatever the server's own settings say."""

from __future__ import annotations

from pathlib import Path

from tests.log.conftest import tamper
from xiuhua.log.database import Log, open_log


def setting(log: Log, sql: str) -> object:
    with log._database.reading() as session:
        row = session.row(sql)
    assert row is not None
    return row[0]


def test_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    with open_log(tmp_path / "log.db") as log:
        assert setting(log, "PRAGMA journal_mode") == "wal"
        assert setting(log, "PRAGMA synchronous") == 2


def test_postgresql_waits_for_the_disk_even_where_its_database_would_not(postgres_url: str) -> None:
    database = postgres_url.rpartition("/")[2]
    tamper(postgres_url, f"ALTER DATABASE {database} SET synchronous_commit = off")
    with open_log(postgres_url) as log:
        assert setting(log, "SHOW synchronous_commit") == "on"


def test_a_stronger_setting_of_postgresql_is_kept(postgres_url: str) -> None:
    database = postgres_url.rpartition("/")[2]
    tamper(postgres_url, f"ALTER DATABASE {database} SET synchronous_commit = remote_apply")
    with open_log(postgres_url) as log:
        assert setting(log, "SHOW synchronous_commit") == "remote_apply"
