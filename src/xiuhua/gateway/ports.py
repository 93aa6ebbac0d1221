"""What the front doors need of the house, said by the doors. The city implements it; tests do too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who may speak: a device, or a gateway that speaks for the devices under it.

    `secret` is the hash of its password or token, as `xiuhua.gateway.credentials` makes it; empty
    means that it may not log in itself. `kind` is empty for a gateway. `under` is the gateway that
    may speak for this device, or empty.
    """

    id: str
    secret: str
    kind: str = ""
    site: str = ""
    under: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A room's change that waits to be copied into the log; `id` makes it count once."""

    id: str
    body: bytes


class Ledger(Protocol):
    """Who may speak."""

    def version(self) -> int:
        """Rises with every change of the speakers; cheap to ask."""

    def speakers(self) -> Sequence[Speaker]:
        """All devices and gateways in service."""


class Outbox(Protocol):
    """The rooms' changes on their way into the log."""

    def pending(self, limit: int) -> Sequence[Pending]:
        """The oldest changes not yet copied, in order."""

    def copied(self, ids: Sequence[str]) -> None:
        """These stand in the log now. Called again after a crash: must not mind."""
