"""What can go wrong with a log. Each error takes facts and says what to do."""

from __future__ import annotations

from collections.abc import Sequence

from .base import LogUnavailable


class Refused(LogUnavailable):
    """The database behind the log refused or could not be reached."""

    def __init__(self, said: str, *, permanent: bool) -> None:
        todo = "Mend the database first" if permanent else "Try again"
        super().__init__(
            f"The log's database says: {_line(said)}. Nothing was written. {todo}.",
            permanent=permanent,
        )


class InDoubt(LogUnavailable):
    """The database went away in the middle of a commit and has not come back to say how it ended.

    The one error after which the entry may be on disk. The same appender given the same entry again
    finds that out. Another writer of it does no harm either: a control counts once by its id, a
    reading by its device, time and content.
    """

    def __init__(self, said: str) -> None:
        super().__init__(
            f"The log's database went away in the middle of a commit ({_line(said)}). "
            "It is all there or not at all. Do not acknowledge it; append the same entry again."
        )


class Superseded(LogUnavailable):
    """Another appender has claimed this log since: the newest claim wins."""

    def __init__(self, log: str, *, mine: int, newest: int) -> None:
        super().__init__(
            f"Another process appends to log {log} now (claim {newest}; ours was {mine}). "
            "Nothing was written. Stop this process: one log has one gateway.",
            permanent=True,
        )


class Trimmed(LogUnavailable):
    """The records asked for have left the log at the end of their time."""

    def __init__(self, log: str, *, after: int, trimmed: int) -> None:
        super().__init__(
            f"Log {log} begins after position {trimmed}; what follows {after} was trimmed. "
            "Go on from a snapshot that is newer, or read the past from history.",
            permanent=True,
        )


class Damaged(LogUnavailable):
    """A record on a cluster is damaged, and a node that may have a sound copy is away."""

    def __init__(self, log: str, position: int, away: Sequence[str]) -> None:
        super().__init__(
            f"Record {position} of log {log} is damaged on the nodes that answer, and "
            f"{', '.join(away)} is away or does not keep up. Nothing was set aside. Bring it back: "
            "its copy may be sound."
        )


class Headless(LogUnavailable):
    """The newest message on a cluster is none of ours: nobody knows where the log stands."""

    def __init__(self, log: str, seq: int) -> None:
        super().__init__(
            f"The newest entry of log {log} (message {seq}) has no stamp of ours, so that nobody "
            "knows where the log stands. Nothing was written. Restore the log from a backup, and "
            "let nobody but the house write to its subjects.",
            permanent=True,
        )


class ForeignLayout(LogUnavailable):
    """The tables were made by another release."""

    def __init__(self, *, found: int, wanted: int) -> None:
        super().__init__(
            f"The log's tables have layout {found}; this release reads layout {wanted}. "
            "Nothing was changed. Run the release that wrote them, or migrate the log.",
            permanent=True,
        )


def _line(said: str) -> str:
    """A driver's words on one line."""
    return " ".join(said.split()).rstrip(".")
