"""A log's tables in memory: what a stream holds beside its records, so that it can be asked for."""

from __future__ import annotations

from pathlib import Path

from xiuhua.log.sqlite import Sqlite


class Scratch(Sqlite):
    """One copy, made anew by each process."""

    def __init__(self) -> None:
        super().__init__(Path(":memory:"))
        self.make_tables()
