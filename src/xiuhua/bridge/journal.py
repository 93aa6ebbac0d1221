"""When a broker's messages first arrived, kept on disk until their packet id is used again.

MQTT gives a message no time and no id but its packet id, which stays the same when a broker that
got no acknowledgement delivers it again (DUP). So that such a message is the same reading again,
even after kill -9 in between, its first arrival is written down before it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3

from xiuhua.engine.records import Millis

_TABLE = """
CREATE TABLE IF NOT EXISTS arrived
    (packet INTEGER PRIMARY KEY, digest BLOB NOT NULL, at INTEGER NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the broker delivered it, at a time."""

    packet: int
    again: bool
    topic: str
    payload: bytes
    at: Millis

    @property
    def digest(self) -> bytes:
        return sha256(self.topic.encode() + b"\0" + self.payload).digest()


class Journal:
    """One broker's. Used by one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for line in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE):
            self._connection.execute(line)

    def arrivals(self, deliveries: Sequence[Delivery]) -> list[Millis]:
        """When each of these first arrived; on disk when this returns."""
        if not deliveries:
            return []
        self._connection.execute("BEGIN IMMEDIATE")
        found = [self._arrival(delivery) for delivery in deliveries]
        self._connection.execute("COMMIT")
        return found

    def forget(self) -> None:
        """The broker has forgotten our session: its packet ids begin anew."""
        self._connection.execute("DELETE FROM arrived")

    def close(self) -> None:
        self._connection.close()

    def _arrival(self, it: Delivery) -> Millis:
        if it.again:
            row = self._connection.execute(
                "SELECT at FROM arrived WHERE packet = ? AND digest = ?", (it.packet, it.digest)
            ).fetchone()
            if row is not None:
                return int(row[0])
        self._connection.execute(
            "INSERT OR REPLACE INTO arrived VALUES (?, ?, ?)", (it.packet, it.digest, it.at)
        )
        return it.at
