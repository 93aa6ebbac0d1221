"""Writing the log: one entry, one transaction, by the newest claim only."""

from __future__ import annotations

import time
from collections.abc import Iterator

from xiuhua.engine.records import Control, Data, Millis, Record, Tick

from . import head as heads
from .base import Entry, LogUnavailable
from .errors import InDoubt, Refused, Superseded
from .head import Head
from .rejected import keep
from .rows import INSERT, to_row
from .sql import Database, Session

SETTLING = 5.0
"""Seconds to wait for a server that went away in a commit, to learn how the commit ended."""

_CLAIM_CONTROL = "INSERT INTO log_control (id, position) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"


class DatabaseAppender:
    """The one writer of a log. Opening it takes the log over from whoever wrote it before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.writing() as session:
            head = heads.lock(session)
            heads.write(session, head._replace(epoch=head.epoch + 1))
        self._epoch = head.epoch + 1

    def append(self, entry: Entry, now: Millis) -> int:
        """Commit the entry; see `Appender.append`. Controls stand before readings, so that a
        device is known when it first speaks. Raises Superseded, Refused or InDoubt."""
        before = after = None
        try:
            with self._database.writing() as session:
                before = self._own(heads.lock(session))
                after = _write(session, before, entry, now)
        except InDoubt as doubt:
            assert before is not None
            assert after is not None
            self._settle(before, doubt)
        return after.position

    def _own(self, head: Head) -> Head:
        if head.epoch != self._epoch:
            raise Superseded(head.name, mine=self._epoch, newest=head.epoch)
        return head

    def _settle(self, before: Head, doubt: InDoubt) -> None:
        """Return if the commit stands; raise Refused if it does not, `doubt` if nobody can say.

        The head is read under its lock: the old connection's transaction may be under way still.
        """
        deadline = time.monotonic() + SETTLING
        while True:
            try:
                with self._database.writing() as session:
                    found = heads.lock(session)
                break
            except LogUnavailable:
                if time.monotonic() > deadline:
                    raise doubt from None
                time.sleep(0.1)
        if found.epoch != self._epoch:
            raise doubt
        if (found.position, found.rejected) == (before.position, before.rejected):
            raise Refused("the server went away before the commit", permanent=False) from doubt


def _write(session: Session, head: Head, entry: Entry, now: Millis) -> Head:
    """Write the entry's records and rejected messages, and the head as it stands after them."""
    at = max(now, head.at)
    records = list(_records(session, head.position, at, entry))
    session.run_many(INSERT, map(to_row, records))
    keep(session, head.rejected, entry.rejected)
    position = head.position + len(records)
    after = head._replace(
        position=position,
        at=at if records else head.at,
        rejected=head.rejected + len(entry.rejected),
    )
    heads.write(session, after)
    return after


def _records(session: Session, position: int, at: Millis, entry: Entry) -> Iterator[Record]:
    for control, body in entry.controls:
        if session.change(_CLAIM_CONTROL, control, position + 1):
            position += 1
            yield Control(position, at, control, body)
    if entry.count:
        yield Data(position + 1, at, entry.count, entry.body)
    if not (entry.count or entry.controls or entry.rejected):
        yield Tick(position + 1, at)
