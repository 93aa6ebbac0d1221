"""How readings are carried: to the MQTT door, to the HTTP door, to standard output, or straight
into history. All but the last are a `Transport`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class TransportError(Exception):
    """Carrying cannot go on: what happened, what was kept, what to do."""


@dataclass(slots=True)
class Counters:
    """Readings handed over, and acknowledged by the other side; connections that broke and
    readings sent again because of it; logins that were refused."""

    handed: int = 0
    acknowledged: int = 0
    broken: int = 0
    again: int = 0
    turned_away: int = 0

    @property
    def waiting(self) -> int:
        """Handed over and not yet acknowledged."""
        return self.handed - self.acknowledged


class Transport(Protocol):
    """Carries readings, each until it is acknowledged."""

    @property
    def counters(self) -> Counters: ...

    async def ready(self) -> None:
        """Wait until the other side answers."""

    async def send(self, device: str, line: bytes) -> None:
        """Hand over one reading (a flat JSON object). Waits while too many are unacknowledged, so
        that memory stays bounded and nothing is dropped. Raises TransportError."""

    async def drain(self) -> None:
        """Wait until everything is acknowledged. Raises TransportError."""

    async def close(self) -> None:
        """Let go of connections. What is not acknowledged is not sent again."""
