"""Messages that could not be taken: refused, never lost. They wait here to be looked at, mended
and played again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from xiuhua.engine.records import Millis

from .base import Rejected
from .sql import Database, Row, Session

LONGEST = 500
"""Characters that are kept of a name or a sentence; the body is kept whole."""

_COLUMNS = "number, at, door, speaker, device, reason, detail, fields, body, replayed"
INSERT = f"INSERT INTO log_rejected ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"  # noqa: S608
_LIST = f"""
SELECT {_COLUMNS} FROM log_rejected
WHERE (reason = ? OR ? = '')
  AND (device = ? OR ? = '')
  AND (number < ? OR ? = 0)
ORDER BY number DESC LIMIT ?
"""  # noqa: S608
_COUNT = """
SELECT reason, device, count(*), max(at), count(*) - count(replayed)
FROM log_rejected WHERE at >= ? GROUP BY reason, device ORDER BY count(*) DESC, reason, device
"""
_REPLAYED = "UPDATE log_rejected SET replayed = ? WHERE number = ? AND replayed IS NULL"


@dataclass(frozen=True, slots=True)
class Kept:
    """A rejected message in its place; `replayed` is when it was played again, or None."""

    number: int
    message: Rejected
    replayed: Millis | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages of a device were rejected for a reason, the newest of them, and how many
    of them still wait to be played again."""

    reason: str
    device: str
    count: int
    newest: Millis
    waiting: int


class RejectedBox:
    """The rejected messages of a log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self, *, reason: str = "", device: str = "", before: int = 0, limit: int = 100
    ) -> list[Kept]:
        """The newest messages with a number below `before` (0: any), newest first; an empty reason
        or device means any."""
        values = (reason, reason, device, device, before, before, limit)
        with self._database.reading() as session:
            return [_kept(row) for row in session.rows(_LIST, *values)]

    def count(self, *, since: Millis = 0) -> list[Tally]:
        """How many came from `since` on, by reason and device, the most frequent first."""
        with self._database.reading() as session:
            rows = session.rows(_COUNT, since)
        return [Tally(*row) for row in rows]

    def mark_replayed(self, numbers: Sequence[int], now: Millis) -> list[int]:
        """Mark these as played again; returns those that nobody had marked before."""
        with self._database.writing() as session:
            return [number for number in numbers if session.change(_REPLAYED, now, number)]

    def trim(self, before: Millis) -> int:
        """Delete what was rejected before that time; returns how many messages went."""
        with self._database.writing() as session:
            return session.change("DELETE FROM log_rejected WHERE at < ?", before)


def keep(session: Session, last: int, messages: Sequence[Rejected]) -> None:
    """Write the messages behind number `last`, within the appender's transaction."""
    session.run_many(
        INSERT, (to_row(number, message) for number, message in enumerate(messages, last + 1))
    )


def to_row(number: int, it: Rejected) -> Row:
    """The message as values of INSERT."""
    words = map(_storable, (it.door, it.speaker, it.device, it.reason, it.detail))
    return (number, it.at, *words, json.dumps(it.fields), it.body)


def _storable(text: str) -> str:
    """The text as any database takes it: a bad message may hold anything, PostgreSQL takes neither
    NUL nor half a surrogate pair, and its indexes take nothing long."""
    return text[:LONGEST].encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _kept(row: Row) -> Kept:
    number, at, door, speaker, device, reason, detail, fields, body, replayed = row
    body = None if body is None else bytes(body)
    names = tuple(json.loads(fields))
    message = Rejected(at, door, speaker, device, reason, detail, names, body)
    return Kept(number, message, replayed)
