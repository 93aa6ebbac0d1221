"""Short notes that the processes of a house leave each other beside the log: how the gateway's
clock stands, what a person has decided about it. Not part of the log: no fold sees them."""

from __future__ import annotations

from typing import NamedTuple

from xiuhua.engine.records import Millis

from .sql import Database

_PUT = """
INSERT INTO log_note (name, body, at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET body = excluded.body, at = excluded.at
"""


class Note(NamedTuple):
    """A note, and when it was written by the writer's wall clock."""

    body: str
    at: Millis


class Notes:
    """The notes beside a log, each by its name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, body: str, now: Millis) -> None:
        """Write a note in the place of the one of that name."""
        with self._database.writing() as session:
            session.change(_PUT, name, body, now)

    def get(self, name: str) -> Note | None:
        """The note of that name."""
        with self._database.reading() as session:
            row = session.row("SELECT body, at FROM log_note WHERE name = ?", name)
        return Note(*row) if row else None

    def remove(self, name: str) -> None:
        """Take the note of that name away."""
        with self._database.writing() as session:
            session.change("DELETE FROM log_note WHERE name = ?", name)
