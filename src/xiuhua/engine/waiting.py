"""Event time: readings wait out their kind's span, sorted; late ones and copies stand aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xiuhua.kinds import Kind

from .blocks import Touched
from .columns import Rows
from .jit import I32, I64, Bools, lean, within
from .sorting import sort

REMEMBERED = 8
"""A copy is known as one among this many newest readings of its device."""


@dataclass(slots=True)
class Clock:
    """The records of one stretch of log: their positions and log times, both rising."""

    positions: I64
    times: I64

    def part(self, which: slice) -> Clock:
        """Some of the records."""
        return Clock(self.positions[which], self.times[which])

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
        self._none = Rows.empty(len(of.fields))
        self.rows = self._none
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
        if not len(rows):
            return rows
        self.touched.mark(rows.slot)
        late = np.empty(len(rows), np.bool_)
        count = int(_mark_late(rows.slot, rows.time, rows.arrival, self.span, self.newest, late))
        if not count:
            self.rows = Rows.joined(self.rows, rows)
            return self._none
        self.late += count
        self.rows = Rows.joined(self.rows, rows.take(~late))
        return rows.take(late)

    def release(self, clock: Clock) -> Rows:
        """The readings whose time has come, in the order in which they count, each once."""
        rows = self.rows
        if not len(rows):
            return rows
        order = np.empty((2, len(rows)), np.int64)
        position = rows.position.copy()
        due, fresh, moved = _release(
            rows.slot, rows.time, rows.now, rows.digest, clock.positions, clock.times,
            self.remembered, position, order[0], order[1],
        )  # fmt: skip
        if not due:
            return self._none
        self.copies += due - fresh
        self.touched.mark(rows.slot)
        ready = rows.released(position)
        if fresh == len(rows) and not moved:
            self.rows = self._none
            return ready
        self.rows = rows.take(order[0, due:]) if due < len(rows) else self._none
        return ready.take(order[0, :fresh])


@lean
def _mark_late(slot: I32, time: I64, arrival: I64, span: int, newest: I64, late: Bools) -> int:
    """Which arrivals are late, and how many; `newest` time per device is brought up to date."""
    count = 0
    for i in range(len(slot)):
        s = slot[i]
        late[i] = arrival[i] - time[i] > span and time[i] < newest[s]
        count += late[i]
        newest[s] = max(newest[s], time[i])
    return count


@lean
def _release(
    slot: I32, time: I64, now: I64, digest: I64, positions: I64, times: I64, remembered: I64,
    position: I64, order: I64, spare: I64,
) -> tuple[int, int, bool]:  # fmt: skip
    """How many rows are due, how many of these are no copies, and whether any changed place. Into
    `order` come the latter first, as they count, and behind all that are due those that wait;
    `position` becomes that of the record that releases."""
    due = _split(now, times[-1], order)
    _move_on(now, positions, times, order[:due], position)
    moved = sort((position, time, slot, digest), order[:due], spare)
    return due, _drop_copies(slot, digest, remembered, order[:due]), moved > 0


@within
def _split(now: I64, limit: int, order: I64) -> int:
    """The rows that are due come first, both parts in their order; how many are due."""
    due = 0
    for i in range(len(now)):
        due += now[i] <= limit
    done, kept = 0, due
    for i in range(len(now)):
        if now[i] <= limit:
            order[done] = i
            done += 1
        else:
            order[kept] = i
            kept += 1
    return due


@within
def _move_on(now: I64, positions: I64, times: I64, order: I64, position: I64) -> None:
    """From the record that brought a row to the first one at or after its time, if that is later.
    Rows stand nearly in order of time, so the search goes on from where it was."""
    at = 0
    for i in order:
        while at > 0 and times[at - 1] >= now[i]:
            at -= 1
        while times[at] < now[i]:
            at += 1
        position[i] = max(position[i], positions[at])


@within
def _drop_copies(slot: I32, digest: I64, remembered: I64, order: I64) -> int:
    """Close up `order` over readings that copy one of their device's newest; the others are then
    remembered. How many these are."""
    fresh = 0
    depth = remembered.shape[1]
    for i in order:
        s = slot[i]
        known = False
        for k in range(depth):
            known |= remembered[s, k] == digest[i]
        if not known:
            for k in range(depth - 1, 0, -1):
                remembered[s, k] = remembered[s, k - 1]
            remembered[s, 0] = digest[i]
            order[fresh] = i
            fresh += 1
    return fresh
