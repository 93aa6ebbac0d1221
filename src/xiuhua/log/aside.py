"""Records that are not what was written: set aside once, kept, and passed over by everybody.

A tick stands in the place of each, at the time of the record before it. The decision is written
down before anybody goes on, so that each fold of the log, now or in a year, goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xiuhua.engine.records import Millis, Record, Tick

from . import head as heads
from .rows import CONTROL
from .sql import Database, Row, Session

MISSING = "it is missing"
UNREADABLE = "its page on the disk cannot be read"
CHANGED = "its checksum does not fit"

KEEP = """
INSERT INTO log_aside (position, at, found, what, sort, count, id, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (position) DO NOTHING
"""
_BETWEEN = "SELECT position, at FROM log_aside WHERE position > ? AND position <= ?"
_ALL = "SELECT position, found, what, sort, count FROM log_aside ORDER BY position"


@dataclass(frozen=True, slots=True)
class Damage:
    """Something found damaged at a position; `row` is what was there, if anything was."""

    position: int
    what: str
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring records that were set aside: `readings` of them were in the packs, as far as
    these still said; `controls` of them were, or may have been, changes of rules or ledger."""

    first: int
    last: int
    found: Millis
    what: str
    readings: int
    controls: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


class Aside:
    """What was set aside of a log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def between(self, after: int, last: int) -> dict[int, Record]:
        """What stands in the place of the records set aside, with `after` < position <= `last`."""
        with self._database.reading() as session:
            return _ticks(session, after, last)

    def put(self, damages: Iterable[Damage], at: Millis, now: Millis) -> None:
        """Set these records aside, all of them behind a record of log time `at`. Whatever another
        reader has decided of them before stands."""
        with self._database.writing() as session:
            heads.lock(session)
            session.run_many(KEEP, (kept(damage, at, now) for damage in damages))

    def stretches(self) -> list[Stretch]:
        """All that was set aside, neighbours together, in order."""
        with self._database.reading() as session:
            rows = session.rows(_ALL)
        found: list[Stretch] = []
        for position, at, what, sort, count in rows:
            this = Stretch(position, position, at, what, count or 0, sort in {CONTROL, None})
            if found and found[-1].last == position - 1 and found[-1].what == what:
                before = found.pop()
                this = Stretch(
                    before.first, position, before.found, what,
                    before.readings + this.readings, before.controls + this.controls,
                )  # fmt: skip
            found.append(this)
        return found


def kept(damage: Damage, at: Millis, now: Millis) -> Row:
    """The damage as values of KEEP."""
    sort, count, control, body = (None,) * 4
    if damage.row is not None:
        _, sort, _, count, control, body, _ = damage.row
    return (damage.position, at, now, damage.what, sort, count, control, body)


def _ticks(session: Session, after: int, last: int) -> dict[int, Record]:
    rows = session.rows(_BETWEEN, after, last)
    return {position: Tick(position, at) for position, at in rows}
