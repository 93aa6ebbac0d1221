"""The one row that says where the log stands. Whoever locks it is alone with the log's writing."""

from __future__ import annotations

from typing import NamedTuple

from .errors import ForeignLayout
from .schema import LAYOUT
from .sql import Session

_SELECT = "SELECT name, layout, epoch, position, at, trimmed, rejected FROM log_head"
_UPDATE = "UPDATE log_head SET epoch = ?, position = ?, at = ?, trimmed = ?, rejected = ?"


class Head(NamedTuple):
    """`position` and `at` are the newest record's; everything up to `trimmed` has left the log;
    `rejected` messages have been kept so far; `epoch` counts the appenders' claims."""

    name: str
    layout: int
    epoch: int
    position: int
    at: int
    trimmed: int
    rejected: int


def read(session: Session) -> Head:
    """Where the log stands; raises ForeignLayout for another release's tables."""
    return _head(session, _SELECT)


def lock(session: Session) -> Head:
    """Where the log stands, and nobody else moves it until the transaction ends."""
    return _head(session, _SELECT + session.for_update)


def write(session: Session, head: Head) -> None:
    """Move the head; only under its lock."""
    session.change(_UPDATE, head.epoch, head.position, head.at, head.trimmed, head.rejected)


def _head(session: Session, sql: str) -> Head:
    row = session.row(sql)
    assert row is not None, "log_head has one row from the log's first moment"
    head = Head._make(row)
    if head.layout != LAYOUT:
        raise ForeignLayout(found=head.layout, wanted=LAYOUT)
    return head
