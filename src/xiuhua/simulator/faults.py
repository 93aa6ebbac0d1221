"""What goes wrong between a sensor and the door: loss, doubles, disorder, wrong clocks, empty
batteries, dead lines. Rates come by profile; everything done here is told to the ground truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .chance import chance, trait
from .rhythm import DAY, HOUR, MINUTE, SECOND, day_start, local_day
from .rows import Mask, Rows, Span, Times


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Rates. `lost`, `doubled`, `shuffled` (up to 1.5 s: within most kinds' reorder span) and
    `late` (up to 10 min) are shares of readings; `skewed` is the share of devices whose clock is
    off by up to 20 s; `reset` says whether one device's clock stands in 1970; `dying` and
    `offline` are the chances, per device and day, of an empty battery and of a dead line."""

    lost: float = 0.0
    doubled: float = 0.0
    shuffled: float = 0.0
    late: float = 0.0
    skewed: float = 0.0
    reset: bool = False
    dying: float = 0.0
    offline: float = 0.0


PROFILES = {
    "none": Profile(),
    "usual": Profile(
        lost=0.001, doubled=0.002, shuffled=0.01, late=0.0005, skewed=0.03, reset=True,
        dying=0.0005, offline=0.001,
    ),
    "rough": Profile(
        lost=0.02, doubled=0.03, shuffled=0.10, late=0.01, skewed=0.20, reset=True,
        dying=0.01, offline=0.05,
    ),
}  # fmt: skip

EMPTY = 2.2
"""Volts at which a sensor falls silent."""
DYING_HOURS = 6.0
REPLACED_HOURS = 48.0
MEMORY = 90 * DAY
"""A reset clock starts from 1970 again at least this often."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that went wrong with one device, epoch ms; `times` names single readings."""

    fault: str
    device: str
    since: int
    until: int
    times: tuple[int, ...] = ()
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Readings in the order in which they reach the door: `due` is when, epoch ms."""

    device: str
    due: Times
    rows: Rows
    faults: tuple[Fault, ...] = field(default=())


class Faults:
    """Inflicts a profile's faults on blocks of readings."""

    def __init__(self, seed: int, profile: Profile, devices: Iterator[str]) -> None:
        self._seed = seed
        self._profile = profile
        self._reset = ""
        if profile.reset:
            self._reset = max(devices, key=lambda device: trait(seed, "1970", device), default="")

    def clocks(self, device: str) -> Fault | None:
        """How that device's clock is wrong, if it is; `amount` is ms ahead."""
        if device == self._reset:
            return Fault("clock-1970", device, 0, 0)
        if trait(self._seed, "skewed", device) < self._profile.skewed:
            ahead = round((trait(self._seed, "skew", device) * 2 - 1) * 20 * SECOND)
            return Fault("clock-skew", device, 0, 0, amount=ahead)
        return None

    def on(self, device: str, rows: Rows, block: Span) -> Sent:
        """The block's readings as they reach the door; the last at the block's end at latest."""
        rng = chance(self._seed, "faults", device, block.since)
        faults: list[Fault] = []
        rows = self._starved(device, rows, block, faults)
        rows = self._cut_off(device, rows, block, faults)
        rows = self._lossy(device, rows, rng, faults)
        due = rows.time + rng.integers(5, 80, len(rows))
        rows, due = self._disordered(device, rows, due, rng, faults)
        due = np.maximum(np.minimum(due, block.until - 1), rows.time)
        order = np.argsort(due, kind="stable")
        rows = rows.take(order)
        return Sent(device, due[order], self._mistimed(device, rows), tuple(faults))

    def _starved(self, device: str, rows: Rows, block: Span, faults: list[Fault]) -> Rows:
        """A dying battery falls for hours to `EMPTY`, then the sensor is silent until replaced."""
        if "battery" not in rows.columns or not self._profile.dying:
            return rows
        for spell in self._spells("dying", device, block, self._profile.dying, REPLACED_HOURS):
            faults.append(Fault("battery", device, *spell))
            silent = spell.since + int(DYING_HOURS * HOUR)
            hit = (rows.time >= spell.since) & (rows.time < silent)
            part = (rows.time - spell.since) / (DYING_HOURS * HOUR)
            volts = rows.columns["battery"]
            fallen = np.where(hit, volts + (EMPTY - volts) * np.minimum(part * 1.2, 1.0), volts)
            rows = Rows(rows.time, {**rows.columns, "battery": fallen})
            rows = rows.take((rows.time < silent) | (rows.time >= spell.until))
        return rows

    def _cut_off(self, device: str, rows: Rows, block: Span, faults: list[Fault]) -> Rows:
        for spell in self._spells("offline", device, block, self._profile.offline, 3.0):
            faults.append(Fault("offline", device, *spell))
            rows = rows.take((rows.time < spell.since) | (rows.time >= spell.until))
        return rows

    def _spells(
        self, what: str, device: str, block: Span, per_day: float, hours: float
    ) -> Iterator[Span]:
        """The spells of up to so many hours that touch the block, at most one begun each day."""
        if not per_day:
            return
        back = int(hours * HOUR) // DAY + 1
        for day in range(local_day(block.since) - back, local_day(block.until) + 1):
            if trait(self._seed, what, device, day) < per_day:
                rng = chance(self._seed, what, "when", device, day)
                since = day_start(day) + int(rng.uniform(0, DAY))
                spell = Span(since, since + int(rng.uniform(0.3, 1.0) * hours * HOUR))
                if block.overlaps(*spell):
                    yield spell

    def _lossy(
        self, device: str, rows: Rows, rng: np.random.Generator, faults: list[Fault]
    ) -> Rows:
        lost = rng.random(len(rows)) < self._profile.lost
        _tell("lost", device, rows.time[lost], faults)
        return rows.take(~lost)

    def _disordered(
        self,
        device: str,
        rows: Rows,
        due: Times,
        rng: np.random.Generator,
        faults: list[Fault],
    ) -> tuple[Rows, Times]:
        """Some readings are overtaken, a few come minutes late, some come twice."""
        size = len(rows)
        shuffled: Mask = rng.random(size) < self._profile.shuffled
        late: Mask = rng.random(size) < self._profile.late
        doubled: Mask = rng.random(size) < self._profile.doubled
        due = due + shuffled * rng.integers(100, 1_500, size)
        due = due + late * rng.integers(5 * SECOND, 10 * MINUTE, size)
        _tell("shuffled", device, rows.time[shuffled], faults)
        _tell("late", device, rows.time[late], faults)
        _tell("doubled", device, rows.time[doubled], faults)
        again = np.concatenate((np.arange(size), np.flatnonzero(doubled)))
        twice = due[doubled] + rng.integers(50, 3_000, int(doubled.sum()))
        return rows.take(again), np.concatenate((due, twice))

    def _mistimed(self, device: str, rows: Rows) -> Rows:
        wrong = self.clocks(device)
        if wrong is None:
            return rows
        if wrong.amount is None:
            return Rows(rows.time % MEMORY, rows.columns)
        return Rows(rows.time + int(wrong.amount), rows.columns)


def _tell(fault: str, device: str, times: Times, faults: list[Fault]) -> None:
    if len(times):
        told = tuple(times.tolist())
        faults.append(Fault(fault, device, told[0], told[-1], told))
