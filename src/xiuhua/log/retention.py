"""How long the log keeps its records: until their time is over and every reader has them safe."""

from __future__ import annotations

from dataclasses import dataclass

from xiuhua.engine.records import Millis

from . import head as heads
from .errors import Trimmed
from .sql import Database, Session

_KEEP = """
INSERT INTO log_reader (name, position, at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET position = excluded.position, at = excluded.at
"""
_OLDEST_KEPT = "SELECT position FROM log_record WHERE at >= ? ORDER BY position LIMIT 1"
_SIZES = "SELECT position, length(body) FROM log_record ORDER BY position DESC"


@dataclass(frozen=True, slots=True)
class Registered:
    """A reader that the log waits for: it has everything up to `position` safe since `at`."""

    name: str
    position: int
    at: Millis


class Retention:
    """Readers that the log waits for, and the trimming of what nobody needs any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, name: str, position: int, now: Millis) -> None:
        """Reader `name` has everything up to `position` safe and will not ask for it again.

        Raises Trimmed when what follows `position` is gone already.
        """
        with self._database.writing() as session:
            head = heads.lock(session)
            if position < head.trimmed:
                raise Trimmed(head.name, after=position, trimmed=head.trimmed)
            session.change(_KEEP, name, position, now)

    def forget(self, name: str) -> None:
        """The log waits for this reader no longer."""
        with self._database.writing() as session:
            session.change("DELETE FROM log_reader WHERE name = ?", name)

    def registered(self) -> list[Registered]:
        """The readers that the log waits for, the slowest first."""
        with self._database.reading() as session:
            rows = session.rows("SELECT name, position, at FROM log_reader ORDER BY position, name")
        return [Registered(*row) for row in rows]

    def trimmed(self) -> int:
        """Everything up to this position has left the log."""
        with self._database.reading() as session:
            return heads.read(session).trimmed

    def older_than(self, time: Millis) -> int:
        """The position before which every record is older than `time`, for `trim`."""
        with self._database.reading() as session:
            row = session.row(_OLDEST_KEPT, time)
            return int(row[0]) if row else heads.read(session).position + 1

    def beyond_size(self, max_bytes: int) -> int:
        """The position from which on the records' bodies fit into `max_bytes`, for `trim`."""
        with self._database.reading() as session:
            oldest, total = heads.read(session).position + 1, 0
            for position, size in session.rows(_SIZES):
                total += size
                if total > max_bytes:
                    break
                oldest = position
        return oldest

    def blocking(self, before_position: int) -> list[Registered]:
        """The readers for whose sake `trim` would keep records before that position."""
        with self._database.reading() as session:
            head = heads.read(session)
        last = min(before_position - 1, head.position)
        return [reader for reader in self.registered() if reader.position < last]

    def trim(self, before_position: int, *, chunk: int = 2000) -> int:
        """Delete the records before that position, but none that a registered reader has not got
        safe; nothing at all while no reader is registered. Returns how many went.

        Deletes `chunk` records a transaction, so that the appender never waits for long.
        """
        gone = 0
        while True:
            with self._database.writing() as session:
                now_gone = _trim_chunk(session, before_position - 1, chunk)
            gone += now_gone
            if now_gone < chunk:
                return gone


def _trim_chunk(session: Session, last: int, chunk: int) -> int:
    head = heads.lock(session)
    slowest = session.row("SELECT min(position) FROM log_reader")
    safe = slowest[0] if slowest and slowest[0] is not None else 0
    last = min(last, safe, head.position, head.trimmed + chunk)
    if last <= head.trimmed:
        return 0
    heads.write(session, head._replace(trimmed=last))
    return session.change("DELETE FROM log_record WHERE position <= ?", last)
