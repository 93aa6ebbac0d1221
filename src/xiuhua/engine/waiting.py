"""Event time: readings wait out their kind's span, sorted; late ones and copies stand aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xiuhua.kinds import Kind

from .blocks import Touched
from .columns import Rows
from .jit import I32, I64, Bools, jit

REMEMBERED = 8
"""A copy is known as one among this many newest readings of its device."""


@dataclass(slots=True)
class Clock:
    """The records of one stretch of log: their positions and log times, both rising."""

    positions: I64
    times: I64

    def position_at(self, instant: I64, least: I64) -> I64:
        """The first record at or after each instant, and never before `least`."""
        first = np.searchsorted(self.times, instant, side="left")
        return np.maximum(least, self.positions[np.minimum(first, len(self.positions) - 1)])


class WaitingRoom:
    """The readings of one kind between arrival and application.

    A reading counts when log time reaches its `now`: at once if it is late by more than the span,
    else when the span is over, so that disorder within the span changes nothing. Late is what
    comes past the span and behind a newer reading of its device.
    """

    def __init__(self, of: Kind) -> None:
        self.span = int(of.reorder.total_seconds() * 1000)
        self.rows = Rows.empty(len(of.fields))
        self.newest = np.zeros(0, np.int64)
        self.remembered = np.zeros((0, REMEMBERED), np.int64)
        self.late = 0
        self.copies = 0
        self.touched = Touched()

    def grow(self, slots: int) -> None:
        """Make room for so many devices."""
        more = slots - len(self.newest)
        if more > 0:
            self.newest = np.concatenate((self.newest, np.zeros(more, np.int64)))
            fresh = np.zeros((more, REMEMBERED), np.int64)
            self.remembered = np.concatenate((self.remembered, fresh))

    def enter(self, rows: Rows) -> Rows:
        """Take arrivals in, in log order; the late ones stay outside, are counted and returned."""
        on_time = _on_time(rows.slot, rows.time, rows.arrival, self.span, self.newest)
        self.late += int(len(rows) - np.count_nonzero(on_time))
        self.touched.mark(rows.slot)
        self.rows = Rows.joined(self.rows, rows.take(on_time))
        return rows.take(~on_time)

    def release(self, clock: Clock) -> Rows:
        """The readings whose time has come, in the order in which they count, each once."""
        due = self.rows.now <= clock.times[-1]
        if not due.any():
            return self.rows.take(due)
        ready, self.rows = self.rows.take(due), self.rows.take(~due)
        ready = ready.released(clock.position_at(ready.now, ready.position))
        ready = ready.take(np.lexsort((ready.digest, ready.slot, ready.time, ready.position)))
        self.touched.mark(ready.slot)
        fresh = _fresh(ready.slot, ready.digest, self.remembered)
        self.copies += int(len(ready) - np.count_nonzero(fresh))
        return ready.take(fresh)


@jit
def _on_time(slot: I32, time: I64, arrival: I64, span: int, newest: I64) -> Bools:
    """Which arrivals are not late; `newest` time per device is brought up to date."""
    good = np.ones(len(slot), np.bool_)
    for i in range(len(slot)):
        s = slot[i]
        if arrival[i] - time[i] > span and time[i] < newest[s]:
            good[i] = False
        elif time[i] > newest[s]:
            newest[s] = time[i]
    return good


@jit
def _fresh(slot: I32, digest: I64, remembered: I64) -> Bools:
    """Which readings are no copies of one of their device's newest; these are then remembered."""
    good = np.ones(len(slot), np.bool_)
    depth = remembered.shape[1]
    for i in range(len(slot)):
        memory = remembered[slot[i]]
        for k in range(depth):
            if memory[k] == digest[i]:
                good[i] = False
        if good[i]:
            for k in range(depth - 1, 0, -1):
                memory[k] = memory[k - 1]
            memory[0] = digest[i]
    return good
