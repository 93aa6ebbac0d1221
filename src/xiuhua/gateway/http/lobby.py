"""Who stands in the HTTP door without a request: so many silent sockets shut it for nobody."""

from __future__ import annotations

from typing import Protocol

OF_ONE_MOST = 200
"""Connections of one address that may owe us a head at a time."""


class Guest(Protocol):
    """A connection."""

    def hang_up(self) -> None:
        """End it at once."""


class Lobby:
    """Connections without a request under way, those that have stood there the longest first."""

    def __init__(self) -> None:
        self._owing: dict[Guest, str] = {}
        self._of: dict[str, dict[Guest, None]] = {}
        self._resting: dict[Guest, None] = {}

    def owes(self, guest: Guest, address: str) -> None:
        """It has come, or begun a request, and has yet to finish the head. Of too many from one
        address the oldest goes."""
        self.left(guest)
        self._owing[guest] = address
        own = self._of.setdefault(address, {})
        own[guest] = None
        if len(own) > OF_ONE_MOST:
            self._end(next(iter(own)))

    def rests(self, guest: Guest) -> None:
        """It has its answer, and may send another request."""
        self.left(guest)
        self._resting[guest] = None

    def left(self, guest: Guest) -> None:
        """It has a request under way, or is gone."""
        self._resting.pop(guest, None)
        address = self._owing.pop(guest, None)
        if address is None:
            return
        own = self._of[address]
        del own[guest]
        if not own:
            del self._of[address]

    def make_room(self) -> bool:
        """End the one that has owed us a head the longest; where nobody does, the one that has
        rested the longest. Whether there was one."""
        oldest = next(iter(self._owing), None) or next(iter(self._resting), None)
        if oldest is not None:
            self._end(oldest)
        return oldest is not None

    def _end(self, guest: Guest) -> None:
        self.left(guest)
        guest.hang_up()
