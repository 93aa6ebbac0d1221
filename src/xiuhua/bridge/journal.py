"""When a broker's messages first arrived, kept on disk until their packet id is used again.

MQTT gives a message no time and no id but its packet id, which stays the same when a broker that
got no acknowledgement delivers it again (DUP). So that such a message is the same reading again,
even after kill -9 in between, its first arrival is written down before it goes on. That it was
committed is written down too, with the next ones that come: then it need not go on again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3

from xiuhua.engine.records import Millis

from .arrived import First

_TABLE = """
CREATE TABLE IF NOT EXISTS arrived
    (packet INTEGER PRIMARY KEY, digest BLOB NOT NULL, at INTEGER NOT NULL)
"""
_COMMITTED = "ALTER TABLE arrived ADD COLUMN committed INTEGER NOT NULL DEFAULT 0"


@dataclass(frozen=True)
class Delivery:
    """A message as the broker delivered it, at a time."""

    packet: int
    again: bool
    topic: str
    payload: bytes
    at: Millis

    @cached_property
    def digest(self) -> bytes:
        return sha256(self.topic.encode() + b"\0" + self.payload).digest()


class Journal:
    """One broker's. Used by one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for line in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE):
            self._connection.execute(line)
        columns = [row[1] for row in self._connection.execute("PRAGMA table_info(arrived)")]
        if "committed" not in columns:
            self._connection.execute(_COMMITTED)

    def arrivals(
        self, deliveries: Sequence[Delivery], committed: Sequence[Delivery] = ()
    ) -> list[First]:
        """When each of these first arrived; on disk when this returns. Those `committed` are so
        from now on, if their packet id is still theirs."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "UPDATE arrived SET committed = 1 WHERE packet = ? AND digest = ?",
            [(it.packet, it.digest) for it in committed],
        )
        found = [self._arrival(delivery) for delivery in deliveries]
        self._connection.execute("COMMIT")
        return found

    def forget(self) -> None:
        """The broker has forgotten our session: its packet ids begin anew."""
        self._connection.execute("DELETE FROM arrived")

    def close(self) -> None:
        self._connection.close()

    def _arrival(self, it: Delivery) -> First:
        if it.again:
            row = self._connection.execute(
                "SELECT at, committed FROM arrived WHERE packet = ? AND digest = ?",
                (it.packet, it.digest),
            ).fetchone()
            if row is not None:
                return First(int(row[0]), bool(row[1]))
        self._connection.execute(
            "INSERT OR REPLACE INTO arrived (packet, digest, at, committed) VALUES (?, ?, ?, 0)",
            (it.packet, it.digest, it.at),
        )
        return First(it.at)
