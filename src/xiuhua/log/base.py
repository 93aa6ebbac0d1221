"""The ordered durable log, whatever it stands on. One appender writes it; anybody reads on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from xiuhua.engine.records import Millis, Record


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that could not be taken, kept with the reason.

    `reason` is a code of `xiuhua.gateway.reasons`, `detail` its sentence; `fields` are the names
    of the message's fields; `body` is None for personal kinds, whose values are never kept.
    """

    at: Millis
    door: str
    speaker: str
    device: str
    reason: str
    detail: str
    fields: tuple[str, ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What a door answered to a request that carried a key: `name` stands for the sender and the
    key, `digest` for the content. The same request again gets `status` and `body` again."""

    name: str
    digest: str
    at: Millis
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """What the doors took between two commits: readings, controls and rejected messages.

    `body` holds `count` lines as `engine.records.Data` says. `controls` are (id, body). `answers`
    are kept, and the rejected messages numbered `replayed` are marked, in the same commit.
    """

    count: int = 0
    body: bytes = b""
    controls: Sequence[tuple[str, bytes]] = field(default_factory=tuple)
    rejected: Sequence[Rejected] = field(default_factory=tuple)
    answers: Sequence[Answered] = field(default_factory=tuple)
    replayed: Sequence[int] = field(default_factory=tuple)


class Appender(Protocol):
    """The one writer of a log."""

    def append(self, entry: Entry, now: Millis) -> int:
        """Commit the entry durably in one transaction and return the newest position.

        Controls whose id is in the log already are passed over. Positions are consecutive in
        commit order. `at` is `now`, or the newest log time if that is later. An entry with nothing
        in it writes a tick. When this returns, it is on disk; when it raises `LogUnavailable`,
        nothing of it is, unless it is `errors.InDoubt`: then it is whole or not at all.
        """


class Reader(Protocol):
    """Reads on from a position, any number of readers at once."""

    def read(self, after: int, *, limit: int = 1000, max_bytes: int = 8 << 20) -> list[Record]:
        """Records with position > `after`, in order, at least one if there is one.

        A record that is not what was written is set aside, once and for all readers: from then on
        a tick stands in its place, at the time of the record before it, so that every fold of this
        log goes on behind it in the same way.
        """

    def head(self) -> tuple[int, Millis]:
        """Newest position and its log time; (0, 0) for an empty log."""

    def name(self) -> str:
        """The log's own id, a UUID made when it was created; alert ids hang on it."""


class LogUnavailable(Exception):
    """The log cannot take or give anything now; `permanent` says whether trying again can help."""

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent
