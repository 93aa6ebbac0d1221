"""What a source hands on, and what it must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from xiuhua.engine.records import Millis


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """A message from a broker. `handle` is the source's own, for the acknowledgement."""

    topic: str
    payload: bytes
    at: Millis
    handle: object


class First(NamedTuple):
    """When a message came for the first time, and whether it was committed then: what comes now is
    a copy, because the broker has not heard of our acknowledgement."""

    at: Millis
    committed: bool = False


HandOn: TypeAlias = Callable[[Arrived], None]
"""Takes a message; waits while there are too many on their way."""


class Source(Protocol):
    """A broker. A message that is never acknowledged comes again after the next start."""

    @property
    def trouble(self) -> str:
        """Why nothing comes, or "" where all is well."""

    def start(self, hand_on: HandOn) -> None:
        """Connect, and go on connecting; hand on what comes, from a thread of the source's."""

    def first_arrivals(self, messages: Sequence[Arrived]) -> list[First]:
        """When each of these came for the first time, however often it was delivered; certain
        to be said again after kill -9. That it was committed may be forgotten."""

    def acknowledge(self, message: Arrived) -> None:
        """It is committed: the broker may forget it."""

    def stop(self) -> None:
        """Let the connection go; the session stays at the broker."""
