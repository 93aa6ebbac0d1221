"""Writing the log: one entry, one transaction, by the newest claim only."""

from __future__ import annotations

import time
from collections.abc import Iterator

from xiuhua.engine.records import Control, Data, Millis, Record, Tick

from . import answers, rejected
from . import head as heads
from .base import Entry, LogUnavailable
from .errors import InDoubt, Superseded
from .head import Head
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
        self._trying: tuple[Entry, Head] | None = None

    def append(self, entry: Entry, now: Millis) -> int:
        """Commit the entry; see `Appender.append`. Controls stand before readings, so that a
        device is known when it first speaks.

        Raises Superseded, Refused or InDoubt. The same entry may be given again after any of
        them: where its commit stands after all, it is not written twice.
        """
        try:
            return self._try(entry, now)
        except InDoubt as doubt:
            return self._settle(entry, now, doubt)

    def _try(self, entry: Entry, now: Millis) -> int:
        with self._database.writing() as session:
            head = heads.lock(session)
            if head.epoch != self._epoch:
                raise Superseded(head.name, mine=self._epoch, newest=head.epoch)
            if not self._stands(entry, head):
                self._trying = entry, head
                head = _write(session, head, entry, now)
        self._trying = None
        return head.position

    def _stands(self, entry: Entry, head: Head) -> bool:
        """Whether an earlier try of this entry was committed: nobody else moves our head."""
        if self._trying is None or self._trying[0] is not entry:
            return False
        before = self._trying[1]
        return (head.position, head.rejected) != (before.position, before.rejected)

    def _settle(self, entry: Entry, now: Millis, doubt: InDoubt) -> int:
        """Try again until the server answers; raise `doubt` when it stays away."""
        deadline = time.monotonic() + SETTLING
        while True:
            try:
                return self._try(entry, now)
            except LogUnavailable as error:
                if error.permanent:
                    raise
                if time.monotonic() > deadline:
                    raise doubt from error
                time.sleep(0.1)


def _write(session: Session, head: Head, entry: Entry, now: Millis) -> Head:
    """Write the entry's records and rejected messages, and the head as it stands after them."""
    at = max(now, head.at)
    records = list(_records(session, head.position, at, entry))
    session.run_many(INSERT, map(to_row, records))
    rejected.keep(session, head.rejected, entry.rejected)
    rejected.mark(session, entry.replayed, at)
    answers.keep(session, entry.answers)
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
