"""The log in a SQLite file of its own: WAL, each commit on disk before it returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3

from . import schema
from .sql import Cursor, Database, Session, Value

PATIENCE = 10.0
"""Seconds to wait for another writer of the file."""

PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "journal_size_limit = 67108864")
"""Each commit is on disk before it returns. The power-cut sweep runs with the same."""


class SqliteSession(Session):
    """One connection to the file."""

    def __init__(self, path: Path) -> None:
        # Threads take turns by the lock of Database, which SQLite's own check knows nothing of.
        self._connection = sqlite3.connect(
            path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        for pragma in PRAGMAS:
            self.run(f"PRAGMA {pragma}")

    def run(self, sql: str, values: Sequence[Value] = ()) -> Cursor:
        cursor: Cursor = self._connection.execute(sql, values)
        return cursor

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        self._connection.executemany(sql, rows)

    def close(self) -> None:
        self._connection.close()


class Sqlite(Database):
    """A log's file."""

    begin = "BEGIN IMMEDIATE"
    errors = (sqlite3.Error,)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def connect(self) -> Session:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteSession(self.path)

    def make_tables(self) -> None:
        with self.writing() as session:
            for statement in schema.statements(whole="INTEGER", octets="BLOB"):
                session.run(statement)

    def permanent(self, error: Exception) -> bool:
        """A full disk or a locked file can pass; a file that is no database cannot."""
        return not isinstance(error, sqlite3.OperationalError)
