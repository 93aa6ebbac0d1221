"""The log in a database: SQLite by default, PostgreSQL by address. Plain SQL. And the doors to a
log wherever it stands, on a NATS cluster too.

`open_log` is for the gateway, the one writer; `open_reader` is for everybody else.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias
from uuid import uuid4

from xiuhua.engine.records import Millis

from . import head as heads
from .answers import Answers
from .appender import DatabaseAppender
from .base import Entry
from .notes import Notes
from .postgres import Postgres
from .reader import DatabaseReader
from .rejected import RejectedBox
from .retention import Retention
from .schema import FIRST_HEAD, LAYOUT
from .sql import Database
from .sqlite import Sqlite

if TYPE_CHECKING:
    from .jetstream import JetStreamLog, JetStreamReader


class DatabaseLogReader(DatabaseReader):
    """A log to read, with its rejected messages, its answers, its retention and the notes beside
    it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.rejected = RejectedBox(database)
        self.answers = Answers(database)
        self.retention = Retention(database)
        self.notes = Notes(database)

    def close(self) -> None:
        """Let the database's connection go."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class DatabaseLog(DatabaseLogReader):
    """A log to read and to append to."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._appender = DatabaseAppender(database)

    def append(self, entry: Entry, now: Millis) -> int:
        """Commit the entry durably and return the newest position; see `Appender.append`."""
        return self._appender.append(entry, now)


LogReader: TypeAlias = "DatabaseLogReader | JetStreamReader"
Log: TypeAlias = "DatabaseLog | JetStreamLog"


def open_log(where: str | Path) -> Log:
    """Open a log to append to it, made first where there is none: a path of a SQLite file,
    `postgresql://…`, or `nats://…` (`jetstream.address`). An appender opened before on the same
    log raises Superseded from now on."""
    if _on_nats(where):
        from . import jetstream

        return jetstream.open_log(str(where))
    return DatabaseLog(_ready(where))


def open_reader(where: str | Path) -> LogReader:
    """Open a log to read it, made first where there is none, so that it does not matter whether
    the gateway or the worker starts first."""
    if _on_nats(where):
        from . import jetstream

        return jetstream.open_reader(str(where))
    return DatabaseLogReader(_ready(where))


def _on_nats(where: str | Path) -> bool:
    return str(where).startswith(("nats://", "tls://"))


def _ready(where: str | Path) -> Database:
    if str(where).startswith(("postgresql://", "postgres://")):
        return prepare(Postgres(str(where)))
    return prepare(Sqlite(Path(where)))


def prepare(database: Database) -> Database:
    """The database with a log's tables in it, made first where there are none."""
    database.make_tables()
    with database.writing() as session:
        session.change(FIRST_HEAD, LAYOUT, str(uuid4()))
        heads.read(session)
    return database
