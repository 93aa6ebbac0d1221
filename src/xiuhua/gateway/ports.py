"""What the front doors need of the house, said by the doors. The city implements it, tests too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Order:
    """An order to play rejected messages again: those numbered above `reached` and not above
    `upto`, of that reason and device ("": any), that arrived between two times (ms)."""

    id: int
    reason: str
    device: str
    since: int
    until: int
    reached: int
    upto: int


class Unavailable(Exception):
    """The house behind a port cannot answer now; asking again later can help. The doors go on with
    what they knew."""


class Ledger(Protocol):
    """Who may speak. Every method may raise `Unavailable`."""

    def version(self) -> int:
        """Rises with every change of the speakers or of the vehicle lists; cheap to ask."""

    def speakers(self) -> Sequence[Speaker]:
        """All devices and gateways in service."""

    def vehicles(self) -> Mapping[str, Collection[str]]:
        """By site, the members of the list `vehicles@<site>`: tokens under the site's own key."""


class Outbox(Protocol):
    """The rooms' changes on their way into the log. Every method may raise `Unavailable`."""

    def pending(self, limit: int) -> Sequence[Pending]:
        """The oldest changes not yet copied, in order."""

    def copied(self, ids: Sequence[str]) -> None:
        """These stand in the log now. Called again after a crash: must not mind."""


class Replays(Protocol):
    """Orders to play rejected messages again. Every method may raise `Unavailable`."""

    def open(self) -> Sequence[Order]:
        """The orders that are not finished, the oldest first."""

    def went_on(self, id: int, reached: int, refused: Mapping[str, int]) -> None:  # noqa: A002
        """Everything up to this number was tried; so many since were refused again, by reason."""

    def finished(self, id: int) -> None:  # noqa: A002
        """The order is carried out. Called again after a crash: must not mind."""
