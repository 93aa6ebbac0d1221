"""Plates become tokens at the door; nothing behind it ever sees one.

A plate on its site's list gets the site's stable token, so that rules and guards can know it. Any
other gets a token under a key that lives in this process's memory for one day: within the day the
same car is the same token, on the next it is another, and nobody can compute either again.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping

from xiuhua.engine.records import Millis
from xiuhua.tokens import plate_token, site_key

_DAY = 86_400_000
_SHANGHAI = 8 * 3_600_000


class Plates:
    """The tokens of one gateway. `master` is the installation's key (`xiuhua.tokens`)."""

    def __init__(self, master: bytes) -> None:
        self._master = master
        self._known: dict[str, frozenset[str]] = {}
        self._keys: dict[str, bytes] = {}
        self._day = -1
        self._day_key = b""

    def know(self, lists: Mapping[str, Collection[str]]) -> None:
        """From here on these are the sites' lists, as stable tokens."""
        self._known = {site: frozenset(members) for site, members in lists.items()}

    def token(self, site: str, plate: str, now: Millis) -> str:
        """What stands for this plate at this site now; days turn at Shanghai's midnight."""
        stable = plate_token(self._site_key(site), plate)
        if stable in self._known.get(site, ()):
            return stable
        return plate_token(site_key(self._key_of_day(now), site), plate)

    def _site_key(self, site: str) -> bytes:
        if site not in self._keys:
            self._keys[site] = site_key(self._master, site)
        return self._keys[site]

    def _key_of_day(self, now: Millis) -> bytes:
        day = (now + _SHANGHAI) // _DAY
        if day != self._day:
            self._day, self._day_key = day, secrets.token_bytes(32)
        return self._day_key
