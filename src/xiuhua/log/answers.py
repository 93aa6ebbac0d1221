"""What was answered to a request that carried a key, kept in the commit of its readings: a request
that comes again is answered from here, and adds nothing to the log."""

from __future__ import annotations

from collections.abc import Sequence

from xiuhua.engine.records import Millis

from .base import Answered
from .sql import Database, Row, Session

_COLUMNS = "name, digest, at, status, body"
_FIND = f"SELECT {_COLUMNS} FROM log_answer WHERE name = ? AND at >= ?"  # noqa: S608
# A name may be used again once it has expired; then the newer answer stands.
_KEEP = f"""
INSERT INTO log_answer ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE
SET digest = excluded.digest, at = excluded.at, status = excluded.status, body = excluded.body
"""  # noqa: S608


class Answers:
    """The answers kept beside a log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, name: str, *, since: Millis) -> Answered | None:
        """What was answered under that name from `since` on, or None."""
        with self._database.reading() as session:
            row = session.row(_FIND, name, since)
        return None if row is None else _answered(row)

    def trim(self, before: Millis) -> int:
        """Delete what was answered before that time; returns how many answers went."""
        with self._database.writing() as session:
            return session.change("DELETE FROM log_answer WHERE at < ?", before)


def keep(session: Session, answers: Sequence[Answered]) -> None:
    """Write the answers, within the appender's transaction."""
    if answers:
        session.run_many(_KEEP, ((a.name, a.digest, a.at, a.status, a.body) for a in answers))


def _answered(row: Row) -> Answered:
    name, digest, at, status, body = row
    return Answered(name, digest, at, status, bytes(body))
