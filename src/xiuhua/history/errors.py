"""What can go wrong with history. Each error takes facts and says what to do."""

from __future__ import annotations

from .parts import Part


class HistoryUnreadable(Exception):
    """A part that the manifest names cannot be read as it was written."""

    def __init__(self, part: Part, what: str) -> None:
        self.part = part
        super().__init__(
            f"Part {part.path} of history {what}. It held {part.rows} readings of kind {part.kind} "
            f"at {part.site}, log positions {part.first_position} to {part.last_position}. "
            "Other parts are sound. Restore this file from a backup."
        )


class PartMissing(HistoryUnreadable):
    """The file is gone."""

    def __init__(self, part: Part) -> None:
        super().__init__(part, "is missing")


class PartDamaged(HistoryUnreadable):
    """The file is there, but is not what was written."""

    def __init__(self, part: Part, why: str) -> None:
        super().__init__(part, f"is damaged ({' '.join(why.split())})")


class UnreadablePack(ValueError):
    """A record of the log holds lines that are no readings: the log is damaged or foreign."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(
            f"The pack at log position {position} cannot be read: {why}. "
            "Nothing of it was written to history."
        )
