"""How much of what a speaker sends in vain is kept: enough to mend it by, too little to fill a
disk."""

from __future__ import annotations

from collections import Counter

from xiuhua.engine.records import Millis

ROWS = 1_000
"""Refused messages and items of one speaker that are kept in an hour."""

BODIES = 1 << 20
"""Bytes of their bodies that are kept in an hour."""

_HOUR = 3_600_000


class Allowance:
    """What each speaker has left in the hour under way; everybody starts the next one afresh."""

    def __init__(self, *, rows: int = ROWS, bodies: int = BODIES) -> None:
        self._most_rows = rows
        self._most_bodies = bodies
        self._hour = -1
        self._rows: Counter[str] = Counter()
        self._bodies: Counter[str] = Counter()

    def row(self, speaker: str, now: Millis) -> bool:
        """Whether one more refusal of this speaker is kept; counts it if so."""
        self._turn(now)
        return _spend(self._rows, speaker, 1, self._most_rows)

    def body(self, speaker: str, size: int, now: Millis) -> bool:
        """Whether a body of this size is kept with it; counts it if so."""
        self._turn(now)
        return _spend(self._bodies, speaker, size, self._most_bodies)

    def _turn(self, now: Millis) -> None:
        hour = now // _HOUR
        if hour != self._hour:
            self._hour = hour
            self._rows.clear()
            self._bodies.clear()


def _spend(spent: Counter[str], speaker: str, amount: int, most: int) -> bool:
    if spent[speaker] + amount > most:
        return False
    spent[speaker] += amount
    return True
