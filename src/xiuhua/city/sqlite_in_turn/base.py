"""SQLite for Django whose writers take turns.

SQLite has no queue: who finds the database locked sleeps and looks again, and who writes in a
quick loop takes the lock back before the sleeper wakes. A page can starve behind a busy worker
until its time-out says "database is locked". Here whoever waits to begin holds a lock on a
small file beside the database; the one who has just committed stands behind it. The lock is
held only while beginning, so it can't be forgotten, and it goes with its process.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db.backends.sqlite3 import base

if TYPE_CHECKING:
    from collections.abc import Iterator


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but `BEGIN IMMEDIATE` is said one at a time."""

    def _start_transaction_under_autocommit(self) -> None:
        with self._turn():
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the turn; each holder waits no longer than the database's own time-out."""
        if self.is_in_memory_db():
            yield
            return
        turn = os.open(f"{self.settings_dict['NAME']}-turn", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield
        finally:
            os.close(turn)
