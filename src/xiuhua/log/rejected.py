"""Messages that could not be taken: refused, never lost. They wait here to be looked at, mended
and played again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from xiuhua.engine.records import Millis

from .base import Rejected
from .sql import Database, Row, Session

FOREVER = 2**62
"""Later than every time, and more than every number."""

LONGEST = 500
"""Characters that are kept of a name or a sentence; the body is kept whole."""

_COLUMNS = "number, at, door, speaker, device, reason, detail, fields, body, replayed"
INSERT = f"INSERT INTO log_rejected ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"  # noqa: S608
_NARROWED = """
FROM log_rejected
WHERE (reason = ? OR ? = '')
  AND (device = ? OR ? = '')
  AND at >= ? AND at < ?
"""
_LIST = f"""
SELECT {_COLUMNS} {_NARROWED} AND (number < ? OR ? = 0) ORDER BY number DESC LIMIT ?
"""
_WAITING = f"""
SELECT {_COLUMNS} {_NARROWED} AND number > ? AND number <= ?
AND replayed IS NULL AND body IS NOT NULL ORDER BY number LIMIT ?
"""
_COUNT = f"""
SELECT reason, device, count(*), max(at),
    sum(CASE WHEN replayed IS NULL AND body IS NOT NULL THEN 1 ELSE 0 END),
    count(replayed)
{_NARROWED} GROUP BY reason, device ORDER BY count(*) DESC, reason, device
"""
_ONE = f"SELECT {_COLUMNS} FROM log_rejected WHERE number = ?"  # noqa: S608
_REPLAYED = "UPDATE log_rejected SET replayed = ? WHERE number = ? AND replayed IS NULL"


@dataclass(frozen=True, slots=True)
class Kept:
    """A rejected message in its place; `replayed` is when it was played again, or None."""

    number: int
    message: Rejected
    replayed: Millis | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages of a device were rejected for a reason, the newest of them, how many can
    still be played again (those whose body was kept), and how many were."""

    reason: str
    device: str
    count: int
    newest: Millis
    waiting: int
    replayed: int


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which rejected messages: an empty reason or device means any; `since` ≤ arrival < `until`."""

    reason: str = ""
    device: str = ""
    since: Millis = 0
    until: Millis = FOREVER

    @property
    def values(self) -> tuple[str | int, ...]:
        """As the statements above take them."""
        return (self.reason, self.reason, self.device, self.device, self.since, self.until)


ALL = Narrowed()


class RejectedBox:
    """The rejected messages of a log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, which: Narrowed = ALL, *, before: int = 0, limit: int = 100) -> list[Kept]:
        """The newest of these messages with a number below `before` (0: any), newest first."""
        with self._database.reading() as session:
            rows = session.rows(_LIST, *which.values, before, before, limit)
        return [_kept(row) for row in rows]

    def waiting(
        self, which: Narrowed = ALL, *, after: int = 0, upto: int = FOREVER, limit: int = 100
    ) -> list[Kept]:
        """The oldest of these with a number above `after` and not above `upto` that can be played
        again and were not, oldest first."""
        with self._database.reading() as session:
            rows = session.rows(_WAITING, *which.values, after, upto, limit)
        return [_kept(row) for row in rows]

    def one(self, number: int) -> Kept | None:
        """The message of that number, or None."""
        with self._database.reading() as session:
            row = session.row(_ONE, number)
        return None if row is None else _kept(row)

    def count(self, which: Narrowed = ALL) -> list[Tally]:
        """How many there are of these, by reason and device, the most frequent first."""
        with self._database.reading() as session:
            rows = session.rows(_COUNT, *which.values)
        return [
            Tally(reason, device, count, newest, int(waiting), replayed)  # PostgreSQL sums Decimals
            for reason, device, count, newest, waiting, replayed in rows
        ]

    def trim(self, before: Millis) -> int:
        """Delete what was rejected before that time; returns how many messages went."""
        with self._database.writing() as session:
            return session.change("DELETE FROM log_rejected WHERE at < ?", before)


def keep(session: Session, last: int, messages: Sequence[Rejected]) -> None:
    """Write the messages behind number `last`, within the appender's transaction."""
    session.run_many(
        INSERT, (to_row(number, message) for number, message in enumerate(messages, last + 1))
    )


def mark(session: Session, numbers: Sequence[int], at: Millis) -> None:
    """Mark these as played again, within the appender's transaction."""
    if numbers:
        session.run_many(_REPLAYED, ((at, number) for number in numbers))


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
