"""Reading the log on from a position: in order, without a gap, each record checked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from xiuhua.engine.records import Millis, Record

from . import head as heads
from .errors import Damaged, Trimmed
from .rows import COLUMNS, from_row
from .sql import Database, Row, Session

_SIZES = (
    "SELECT position, length(body) FROM log_record WHERE position > ? ORDER BY position LIMIT ?"
)
_RECORDS = f"""
SELECT {COLUMNS} FROM log_record WHERE position > ? AND position <= ? ORDER BY position
"""  # noqa: S608


class DatabaseReader:
    """Reads a log; any number of readers at once, in any process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as session:
            self._name = heads.read(session).name

    def read(self, after: int, *, limit: int = 1000, max_bytes: int = 8 << 20) -> list[Record]:
        """Records with position > `after`; see `Reader.read`. Raises Trimmed when some of them
        have left the log, Damaged when one is not what was written."""
        with self._database.reading() as session:
            last = _last_within(session.rows(_SIZES, after, limit), max_bytes)
            if last is None:
                self._check_start(session, after)
                return []
            rows = session.rows(_RECORDS, after, last)
            if not rows or rows[0][0] != after + 1:
                self._check_start(session, after)
        return list(self._checked(after, rows))

    def head(self) -> tuple[int, Millis]:
        """Newest position and its log time; (0, 0) for an empty log."""
        with self._database.reading() as session:
            found = heads.read(session)
        return found.position, found.at

    def name(self) -> str:
        """The log's own id, a UUID made when it was created."""
        return self._name

    def _check_start(self, session: Session, after: int) -> None:
        trimmed = heads.read(session).trimmed
        if after < trimmed:
            raise Trimmed(self._name, after=after, trimmed=trimmed)

    def _checked(self, after: int, rows: list[Row]) -> Iterator[Record]:
        for wanted, row in zip(count(after + 1), rows, strict=False):
            if row[0] != wanted:
                raise Damaged(self._name, position=wanted, what="it is missing")
            yield from_row(self._name, row)


def _last_within(sizes: list[Row], max_bytes: int) -> int | None:
    """The last position whose bodies fit into `max_bytes` together, at least the first one."""
    last, total = None, 0
    for position, size in sizes:
        total += size
        if last is not None and total > max_bytes:
            break
        last = position
    return last
