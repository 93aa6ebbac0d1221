"""The log's clock: the machine's wall clock, as long as it can be believed.

A step of up to `BOUND` is taken as it comes. A greater one, forward or back, is not: time goes on
from where it was, at the pace at which time really passes (the system's boot clock, which no one
sets and which counts sleep). A leap forward is held until the wall clock comes back or a person
says that it is right; after one back the log waits, at that pace, for nobody: its time never runs
back. Between two lives of a gateway a mark beside the log says how the two clocks stood.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from xiuhua.engine.records import Millis
from xiuhua.epoch import now_ms
from xiuhua.log.notes import Note

BOUND = 5 * 60_000
"""ms that the wall clock may step: what a device's clock may be ahead, too."""

OFF_MOST = 30 * 86_400_000
"""ms for which a machine that was switched off is believed to have been off."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Mark(msgspec.Struct, frozen=True):
    """How the clocks stood: log time, wall clock and boot clock, ms, and which boot. `held` is how
    far the wall clock is ahead of a held log time, or (below 0) behind one that goes on, else 0."""

    log: Millis
    wall: Millis
    passed: Millis
    boot: str
    held: Millis = 0


MARK, BELIEVED = "clock", "clock-believed"
"""The notes beside the log: the newest mark; a person's word that the wall clock is right."""


def mark_in(note: Note | None) -> Mark | None:
    """The mark that a gateway left."""
    return msgspec.json.decode(note.body, type=Mark) if note else None


@dataclass(frozen=True, slots=True)
class Clocks:
    """The machine's clocks, in ms. `passed` never leaps; it begins anew with each `boot`."""

    wall: Callable[[], Millis]
    passed: Callable[[], Millis]
    boot: str


def machine() -> Clocks:
    """The clocks of this very machine."""
    return Clocks(
        wall=now_ms,
        passed=lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000,
        boot=_BOOT_ID.read_text().strip() if _BOOT_ID.exists() else "",
    )


class Timekeeper:
    """Log time. Calling it gives the time now; it never runs back."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._log = 0
        self._passed = clocks.passed()
        self.held: Millis = 0
        """Wall clock less log time while it is not believed, else 0."""

    def __call__(self) -> Millis:
        passed, wall = self._clocks.passed(), self._clocks.wall()
        due = self._log + max(0, passed - self._passed) if self._log else wall
        if abs(wall - due) <= BOUND:
            self.held = 0
            self._log = max(self._log, wall)
        else:
            self.held = wall - due
            self._log = due
        self._passed = passed
        return self._log

    def resume(self, newest: Millis, mark: Mark | None) -> None:
        """Go on from a log whose newest record is of that time (0: empty), by the mark that its
        last gateway left."""
        if not newest:
            return
        self._log, self._passed = newest, self._clocks.passed()
        gap = self._clocks.wall() - newest
        if mark is not None and mark.boot == self._clocks.boot and mark.boot:
            self._log = max(newest, mark.log + max(0, self._passed - mark.passed))
        elif BOUND < gap <= OFF_MOST and not (mark and mark.held > 0):
            self._log = self._clocks.wall()  # it was off for so long: nobody can know better

    @property
    def leap(self) -> Millis:
        """How far the wall clock is ahead and not believed."""
        return max(0, self.held)

    def believe(self) -> Millis:
        """Take the wall clock's time from now on, where it is ahead; how far log time leapt."""
        leap = self.leap
        if leap:
            self._log, self._passed = self._clocks.wall(), self._clocks.passed()
            self.held = 0
        return leap

    def mark(self) -> Mark:
        """How the clocks stand now, for the next life."""
        log = self()
        return Mark(log, self._clocks.wall(), self._passed, self._clocks.boot, self.held)
