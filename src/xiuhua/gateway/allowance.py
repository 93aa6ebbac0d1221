"""How much of what a speaker sends in vain is kept: enough to mend it by, too little to fill a
disk."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

from xiuhua.engine.records import Millis

ROWS, MENDABLE_ROWS = 1_000, 3_000
"""Refused messages and items of one speaker that are kept in an hour; of those that can be played
again once the ledger is mended, a box of new devices has many."""

BODIES = 1 << 20
"""Bytes of the bodies of either that are kept in an hour."""

_HOUR = 3_600_000

Spent: TypeAlias = "Counter[tuple[str, bool]]"
"""By speaker and whether it can be played again."""


class Allowance:
    """What each speaker has left in the hour under way; everybody starts the next one afresh."""

    def __init__(self, *, rows: int = ROWS, bodies: int = BODIES) -> None:
        self._most_rows = {False: rows, True: max(rows, MENDABLE_ROWS)}
        self._most_bodies = bodies
        self._hour = -1
        self._rows: Spent = Counter()
        self._bodies: Spent = Counter()
        self.unkept: Counter[str] = Counter()
        """By speaker, what was refused beyond it and is gone; whoever tells of it clears it."""

    def row(self, speaker: str, now: Millis, *, mendable: bool = False) -> bool:
        """Whether one more refusal of this speaker is kept; counts it if so."""
        self._turn(now)
        kept = _spend(self._rows, (speaker, mendable), 1, self._most_rows[mendable])
        if not kept:
            self.unkept[speaker] += 1
        return kept

    def body(self, speaker: str, size: int, now: Millis, *, mendable: bool = False) -> bool:
        """Whether a body of this size is kept with it; counts it if so."""
        self._turn(now)
        return _spend(self._bodies, (speaker, mendable), size, self._most_bodies)

    def _turn(self, now: Millis) -> None:
        hour = now // _HOUR
        if hour != self._hour:
            self._hour = hour
            self._rows.clear()
            self._bodies.clear()


def _spend(spent: Spent, who: tuple[str, bool], amount: int, most: int) -> bool:
    if spent[who] + amount > most:
        return False
    spent[who] += amount
    return True
