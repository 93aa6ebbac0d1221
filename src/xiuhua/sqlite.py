"""SQLite, safely: Debian's 3.40.1 can lose commits when two processes write and checkpoint in WAL
mode (fixed in 3.51.3), so the whole house goes through pysqlite3, which brings its own."""

from __future__ import annotations

import sys

import pysqlite3
from pysqlite3 import dbapi2

OLDEST_SAFE = (3, 51, 3)


def install() -> None:
    """Put pysqlite3 in the place of Python's own sqlite3. Call before importing Django."""
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = dbapi2


def version() -> tuple[int, int, int]:
    """The version of SQLite that the house uses."""
    major, minor, patch = dbapi2.sqlite_version_info
    return int(major), int(minor), int(patch)
