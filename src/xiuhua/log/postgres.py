"""The log in PostgreSQL: positions are given out under the locked head row, so that they are
consecutive in the order of commits and a reader that follows the tail can skip nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import psycopg

from . import schema
from .sql import Cursor, Database, Session, Value

PATIENCE = 10
"""Seconds to wait for a connection, and for another writer's lock."""

_MAKING = 7_305_187_001  # any number that nobody else takes for an advisory lock
# A server set to "off" would lose acknowledged readings; any stronger setting stays as it is.
_DURABLE = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
"""


@cache
def _native(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()


class PostgresSession(Session):
    """One connection to the server."""

    for_update = " FOR UPDATE"

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, connect_timeout=PATIENCE)
        self.run(f"SET lock_timeout = '{PATIENCE}s'")
        self.run(_DURABLE)

    def run(self, sql: str, values: Sequence[Value] = ()) -> Cursor:
        return self._connection.execute(_native(sql), values)

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_native(sql), rows)

    def close(self) -> None:
        self._connection.close()

    @property
    def lost(self) -> bool:
        return self._connection.closed


class Postgres(Database):
    """A log's tables on a server."""

    begin = "BEGIN"
    errors = (psycopg.Error,)

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def connect(self) -> Session:
        return PostgresSession(self._url)

    def make_tables(self) -> None:
        with self.writing() as session:
            session.run("SELECT pg_advisory_xact_lock(?)", (_MAKING,))
            for statement in schema.statements(whole="BIGINT", octets="BYTEA"):
                session.run(statement)

    def permanent(self, error: Exception) -> bool:
        """A server that is away comes back; a missing right or table does not mend itself."""
        return not isinstance(error, psycopg.OperationalError)
