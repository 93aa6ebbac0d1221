"""A database as the log sees it: short transactions that commit whole or leave nothing.

Statements are written with `?` for values. One object may be used by several threads; they take
turns. A connection that died while nobody used it (the server was restarted) is opened anew.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeAlias

from .base import LogUnavailable
from .errors import InDoubt, Refused

Value: TypeAlias = int | str | bytes | None
Row: TypeAlias = tuple[Any, ...]


class Cursor(Protocol):
    """What both drivers' cursors have in common."""

    @property
    def rowcount(self) -> int: ...

    def fetchall(self) -> list[Row]: ...


class Session(ABC):
    """Statements on one connection."""

    for_update = ""
    """Ends a SELECT that locks the row it finds, where beginning to write locks no more."""

    @property
    def lost(self) -> bool:
        """Whether the server has gone from the other end."""
        return False

    @abstractmethod
    def run(self, sql: str, values: Sequence[Value] = ()) -> Cursor:
        """Run one statement."""

    @abstractmethod
    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement for each row of values."""

    @abstractmethod
    def close(self) -> None:
        """Let the connection go."""

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """All rows of the answer."""
        return self.run(sql, values).fetchall()

    def row(self, sql: str, *values: Value) -> Row | None:
        """The first row of the answer, or None."""
        return next(iter(self.run(sql, values).fetchall()), None)

    def change(self, sql: str, *values: Value) -> int:
        """How many rows the statement changed."""
        return self.run(sql, values).rowcount


class Database(ABC):
    """Where a log's tables are, and one connection to them, opened when first needed."""

    begin: str
    """The statement that begins a transaction that writes."""
    errors: tuple[type[Exception], ...]
    """What the driver raises."""

    def __init__(self) -> None:
        self._turn = threading.RLock()
        self._session: Session | None = None

    @abstractmethod
    def connect(self) -> Session:
        """Open a connection."""

    @abstractmethod
    def make_tables(self) -> None:
        """Make the log's tables where there are none."""

    @abstractmethod
    def permanent(self, error: Exception) -> bool:
        """Whether trying the same again is bound to fail."""

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Statements that only read; each sees what was committed when it began."""
        with self._turn:
            session = self._fresh("SELECT 1")
            try:
                yield session
            except self.errors as error:
                raise self._refused(error) from error

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction. Leaving it commits; an error of any sort rolls all of it back.

        Raises Refused when nothing was written, InDoubt when the connection broke in the commit.
        """
        with self._turn:
            session = self._fresh(self.begin)
            try:
                yield session
            except self.errors as error:
                self._roll_back(session)
                raise self._refused(error) from error
            except BaseException:
                self._roll_back(session)
                raise
            self._commit(session)

    def close(self) -> None:
        """Let the connection go; the next use opens one again."""
        with self._turn:
            session, self._session = self._session, None
            if session is not None:
                with suppress(*self.errors):
                    session.close()

    def _fresh(self, first: str) -> Session:
        """A session that has run `first`; nothing was at stake yet, so a dead one is replaced."""
        if self._session is not None:
            try:
                self._session.run(first)
            except self.errors as error:
                if not self._session.lost:
                    raise self._refused(error) from error
                self.close()
            else:
                return self._session
        try:
            self._session = self.connect()
            self._session.run(first)
        except self.errors as error:
            raise self._refused(error) from error
        return self._session

    def _commit(self, session: Session) -> None:
        try:
            session.run("COMMIT")
        except self.errors as error:
            if session.lost:
                self.close()
                raise InDoubt(str(error)) from error
            self._roll_back(session)
            raise self._refused(error) from error

    def _roll_back(self, session: Session) -> None:
        try:
            session.run("ROLLBACK")
        except self.errors:
            self.close()

    def _refused(self, error: Exception) -> LogUnavailable:
        if self._session is not None and self._session.lost:
            self.close()
        return Refused(str(error), permanent=self.permanent(error))
