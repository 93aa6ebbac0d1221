"""Reading the log on from a position: in order, without a gap, each record checked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

from xiuhua.engine.records import Millis, Record

from . import head as heads
from .aside import CHANGED, MISSING, UNREADABLE, Aside, Damage
from .errors import Refused, Trimmed
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
        self.aside = Aside(database)
        with database.reading() as session:
            self._name = heads.read(session).name

    def read(self, after: int, *, limit: int = 1000, max_bytes: int = 8 << 20) -> list[Record]:
        """Records with position > `after`; see `Reader.read`. Raises Trimmed when some of them
        have left the log."""
        last = self._last(after, limit, max_bytes)
        if last is None:
            with self._database.reading() as session:
                self._check_start(session, after)
            return []
        aside = self.aside.between(after, last)
        rows = self._rows(after, last, may_fail=bool(aside))
        if after + 1 not in rows:
            with self._database.reading() as session:
                self._check_start(session, after)
        sound = {p: record for p, row in rows.items() if row and (record := from_row(row))}
        if aside or len(sound) < last - after:
            return list(self._around_damage(after, last, rows, sound | aside))
        return [sound[position] for position in range(after + 1, last + 1)]

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

    def _last(self, after: int, limit: int, max_bytes: int) -> int | None:
        """The last position to read now, None where there is none."""
        try:
            with self._database.reading() as session:
                last = _last_within(session.rows(_SIZES, after, limit), max_bytes)
        except Refused as error:
            if not error.permanent:
                raise
            head, _ = self.head()  # some page is damaged: go without the sizes
            last = head if head > after else None
        return None if last is None else min(last, after + limit)

    def _rows(self, after: int, last: int, *, may_fail: bool) -> dict[int, Row | None]:
        """Rows by position, None for one whose page cannot be read: then each is asked for alone,
        so that its neighbours are not lost with it. Raises Refused where none can be read, unless
        this `may_fail`: then the trouble is not with the pages, but with the database."""
        try:
            with self._database.reading() as session:
                return {row[0]: row for row in session.rows(_RECORDS, after, last)}
        except Refused as error:
            if not error.permanent:
                raise
            found: dict[int, Row | None] = {}
            for position in range(after + 1, last + 1):
                with suppress(Refused), self._database.reading() as session:
                    row = session.row(_RECORDS, position - 1, position)
                    if row is None:
                        continue
                    found[position] = row
                found.setdefault(position)
            if not any(found.values()) and not may_fail:
                raise
            return found

    def _around_damage(
        self, after: int, last: int, rows: dict[int, Row | None], known: dict[int, Record]
    ) -> Iterator[Record]:
        """The records, with a tick for each that is not what was written."""
        at: Millis | None = None
        for position in range(after + 1, last + 1):
            record = known.get(position)
            if record is None:
                at = self._time_before(position) if at is None else at
                record = self._set_aside(position, at, rows)
            at = record.at
            yield record

    def _set_aside(self, position: int, at: Millis, rows: dict[int, Row | None]) -> Record:
        row = rows.get(position)
        what = CHANGED if row else UNREADABLE if position in rows else MISSING
        self.aside.put([Damage(position, what, row)], at, time.time_ns() // 1_000_000)
        return self.aside.between(position - 1, position)[position]

    def _time_before(self, position: int) -> Millis:
        """Log time of the record before it, or of the first sound one behind it where that has
        left the log."""
        with self._database.reading() as session:
            head = heads.read(session)
            if position > head.trimmed + 1:
                before = self.aside.between(position - 2, position - 1).get(position - 1)
                return (before or self.read(position - 2, limit=1)[0]).at
            behind = map(from_row, session.rows(_RECORDS, position, position + 1000))
            return next((record.at for record in behind if record), head.at)


def _last_within(sizes: list[Row], max_bytes: int) -> int | None:
    """The last position whose bodies fit into `max_bytes` together, at least the first one."""
    last, total = None, 0
    for position, size in sizes:
        total += size
        if last is not None and total > max_bytes:
            break
        last = position
    return last
