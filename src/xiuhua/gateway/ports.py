"""What the front doors need of the house, said by the doors. The city implements it, tests too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from xiuhua.engine.records import Millis


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who may speak: a device, or a gateway that speaks for the devices under it.

    `secret` is the hash of its password or token, as `xiuhua.gateway.credentials` makes it; empty
    means that it may not log in itself. `before` is the one that this replaces: it too opens the
    door, until `before_until` (ms); empty where there is none. `kind` is empty for a gateway.
    `under` is the gateway that may speak for this device, or empty.
    """

    id: str
    secret: str
    kind: str = ""
    site: str = ""
    under: str = ""
    before: str = ""
    before_until: Millis = 0


@dataclass(frozen=True, slots=True)
class Use:
    """A speaker logged in with the secret of this hash."""

    id: str
    secret: str
    at: Millis


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who came in with a one-time code, and the secret that it has from now on."""

    id: str
    secret: str


class BadCode(Exception):
    """A one-time code opens nothing: `why` says what became of it."""

    def __init__(
        self, why: Literal["unknown", "used", "expired", "revoked", "not_in_service"]
    ) -> None:
        super().__init__(why)
        self.why = why


class Enrolment(Protocol):
    """One-time codes. May raise `Unavailable`."""

    def redeem(self, code: str, now: Millis) -> Enrolled:
        """Use a code up; raises BadCode, and then nothing has changed."""


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

    def used(self, uses: Sequence[Use]) -> None:
        """These logged in; the first use of a new secret ends the one before. May be told twice."""


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


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody wants a device to do; `name` is an order of its kind. `expires` is ms."""

    id: str
    device: str
    name: str
    expires: Millis


@dataclass(frozen=True, slots=True)
class News:
    """How far a command has come."""

    id: str
    device: str
    stage: Literal["sent", "delivered", "done", "failed"]
    at: Millis
    why: str = ""


class Commands(Protocol):
    """Commands on their way to devices. Every method may raise `Unavailable`."""

    def waiting(self, now: Millis) -> Sequence[Command]:
        """Those that no device has acknowledged and whose time is not up, oldest first."""

    def told(self, news: Sequence[News]) -> Collection[tuple[str, str]]:
        """How far commands have come; may be told twice, and never takes one back. Returns which
        of them there are, by id and device."""
