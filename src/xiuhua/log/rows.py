"""Records as rows, each with a checksum of everything that it says."""

from __future__ import annotations

import zlib

from xiuhua.engine.records import Control, Data, Record, Tick

from .sql import Row

DATA, TICK, CONTROL = 1, 2, 3

COLUMNS = "position, sort, at, count, id, body, checksum"
INSERT = f"INSERT INTO log_record ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608


def checksum(
    position: int, sort: int, at: int, count: int, control: str | None, body: bytes
) -> int:
    """CRC-32 over the record, its place in the log included."""
    front = f"{position} {sort} {at} {count} {control}\n".encode()
    return zlib.crc32(body, zlib.crc32(front))


def to_row(record: Record) -> Row:
    """The record as values of COLUMNS."""
    sort, count, control, body = DATA, 0, None, b""
    match record:
        case Data():
            count, body = record.count, record.body
        case Control():
            sort, control, body = CONTROL, record.id, record.body
        case Tick():
            sort = TICK
    front = (record.position, sort, record.at, count, control, body)
    return (*front, checksum(*front))


def from_row(row: Row) -> Record | None:
    """The record in a row of COLUMNS; None when it is not what was written."""
    position, sort, at, count, control, body, sum_written = row
    body = body.encode() if isinstance(body, str) else bytes(body)
    if checksum(position, sort, at, count, control, body) != sum_written:
        return None
    if sort == DATA:
        return Data(position, at, count, body)
    if sort == CONTROL:
        return Control(position, at, control, body)
    return Tick(position, at)
