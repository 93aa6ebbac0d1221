"""The log's tables, the same on SQLite and PostgreSQL but for two types."""

from __future__ import annotations

LAYOUT = 1
"""Rises when another release could not use the tables any more. A table more is made at opening."""

# log_control outlives trimming, so that a change copied again after months still counts once.
_TABLES = """
CREATE TABLE IF NOT EXISTS log_head (
    one {whole} PRIMARY KEY CHECK (one = 1),
    layout {whole} NOT NULL,
    name TEXT NOT NULL,
    epoch {whole} NOT NULL,
    position {whole} NOT NULL,
    at {whole} NOT NULL,
    trimmed {whole} NOT NULL,
    rejected {whole} NOT NULL
);
CREATE TABLE IF NOT EXISTS log_record (
    position {whole} PRIMARY KEY,
    sort {whole} NOT NULL,
    at {whole} NOT NULL,
    count {whole} NOT NULL,
    id TEXT,
    body {octets} NOT NULL,
    checksum {whole} NOT NULL
);
CREATE TABLE IF NOT EXISTS log_control (
    id TEXT PRIMARY KEY,
    position {whole} NOT NULL
);
CREATE TABLE IF NOT EXISTS log_reader (
    name TEXT PRIMARY KEY,
    position {whole} NOT NULL,
    at {whole} NOT NULL
);
CREATE TABLE IF NOT EXISTS log_aside (
    position {whole} PRIMARY KEY,
    at {whole} NOT NULL,
    found {whole} NOT NULL,
    what TEXT NOT NULL,
    sort {whole},
    count {whole},
    id TEXT,
    body {octets}
);
CREATE TABLE IF NOT EXISTS log_note (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    at {whole} NOT NULL
);
CREATE TABLE IF NOT EXISTS log_rejected (
    number {whole} PRIMARY KEY,
    at {whole} NOT NULL,
    door TEXT NOT NULL,
    speaker TEXT NOT NULL,
    device TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    fields TEXT NOT NULL,
    body {octets},
    replayed {whole}
);
CREATE TABLE IF NOT EXISTS log_answer (
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    at {whole} NOT NULL,
    status {whole} NOT NULL,
    body {octets} NOT NULL
);
CREATE INDEX IF NOT EXISTS log_answer_at ON log_answer (at);
CREATE INDEX IF NOT EXISTS log_rejected_reason ON log_rejected (reason, number);
CREATE INDEX IF NOT EXISTS log_rejected_device ON log_rejected (device, number);
"""

FIRST_HEAD = """
INSERT INTO log_head (one, layout, name, epoch, position, at, trimmed, rejected)
VALUES (1, ?, ?, 0, 0, 0, 0, 0) ON CONFLICT (one) DO NOTHING
"""


def statements(*, whole: str, octets: str) -> list[str]:
    """The statements that make the tables, with a database's words for the two types."""
    text = _TABLES.format(whole=whole, octets=octets)
    return [statement for statement in text.split(";") if statement.strip()]
