"""Who logged in with which secret, on its way to the ledger."""

from __future__ import annotations

from xiuhua.engine.records import Millis

from .ports import Use

TELL_AGAIN = 600_000
"""A device that logs in with every request is told of this often, ms: the ledger shows when a
secret was last used, it keeps no diary."""


class Uses:
    """Notes log-ins; a secret not heard of before is told at once, a known one now and then."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], None] = {}
        self._told: dict[str, tuple[str, Millis]] = {}

    def note(self, name: str, secret: str) -> None:
        """The speaker of that name came in with the secret of this hash."""
        self._noted[name, secret] = None

    def take(self, now: Millis) -> list[Use]:
        """What the ledger should hear at `now`; it is `told` once the ledger has heard it."""
        noted, self._noted = self._noted, {}
        return [
            Use(name, secret, now) for name, secret in noted if not self._fresh(name, secret, now)
        ]

    def told(self, uses: list[Use]) -> None:
        """The ledger has heard these."""
        self._told.update((use.id, (use.secret, use.at)) for use in uses)

    def again(self, uses: list[Use]) -> None:
        """The ledger could not hear these: they are taken once more next time."""
        self._noted = {(use.id, use.secret): None for use in uses} | self._noted

    def _fresh(self, name: str, secret: str, now: Millis) -> bool:
        known, at = self._told.get(name, ("", 0))
        return known == secret and now < at + TELL_AGAIN
