"""The neighbourhood speaking: signals, bent by incidents, spoilt by faults, in order of time."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from xiuhua import kinds
from xiuhua.neighbourhood import Device

from . import incidents, signals
from .chance import chance
from .faults import Fault, Faults, Profile, Sent
from .incidents.acts import Act
from .rhythm import HOUR, SHANGHAI
from .rows import Span, as_instrument, as_line
from .schedule import Schedule
from .signals import Scene

BLOCK = 6 * HOUR
"""Readings are made in blocks of this length; one begins at every midnight in Shanghai."""


def block_of(time: int) -> int:
    """The number of the block in which a moment lies."""
    return (time + SHANGHAI) // BLOCK


def block_span(number: int) -> Span:
    """When that block is, epoch ms."""
    return Span(number * BLOCK - SHANGHAI, (number + 1) * BLOCK - SHANGHAI)


class Spoken(NamedTuple):
    """One reading on its way: due at the door at `due`, epoch ms. Ordered by due, device, block
    and row, so that two are never equal."""

    due: int
    device: str
    block: int
    row: int
    sent: Sent

    @property
    def time(self) -> int:
        """What the device's own clock says."""
        return int(self.sent.rows.time[self.row])

    def line(self) -> bytes:
        """The reading as one JSON object without a newline."""
        return as_line(self.device, self.time, self.sent.rows.reading(self.row))


class World:
    """Every reading that the neighbourhood ever says, as a pure function of seed and schedule."""

    def __init__(self, scene: Scene, schedule: Schedule, profile: Profile) -> None:
        signals.load()
        self.scene = scene
        self.schedule = schedule
        known = signals.signals()
        self.devices = tuple(one for one in scene.stage.devices if one.kind in known)
        self.mute = sorted({one.kind for one in scene.stage.devices if one.kind not in known})
        self._signals = known
        self._faults = Faults(scene.seed, profile, (one.id for one in self.devices))
        self._acts: dict[int, Mapping[str, Sequence[Act]]] = {}

    def wrong_clocks(self) -> list[Fault]:
        """The devices whose clock is wrong for good."""
        told = (self._faults.clocks(device.id) for device in self.devices)
        return [fault for fault in told if fault is not None]

    def block(self, device: Device, number: int) -> Sent:
        """What a device says in the block of that number, as it reaches the door."""
        span = block_span(number)
        rng = chance(self.scene.seed, "signal", device.id, number)
        rows = self._signals[device.kind](self.scene, device, span, rng)
        for act in self._acts_in(number, span).get(device.id, ()):
            rows = act.on(rows, span)
        rows = as_instrument(kinds.kind(device.kind), rows)
        return self._faults.on(device.id, rows, span)

    def stream(self, since: int, until: int | None = None) -> Iterator[Spoken]:
        """Every reading due from `since` on (until just before `until`), in order."""
        # water last: its first block waits for the pipes, the others are made meanwhile
        ordered = sorted(self.devices, key=lambda device: device.kind == "water")
        return heapq.merge(*[self._speak(device, since, until) for device in ordered])

    def _speak(self, device: Device, since: int, until: int | None) -> Iterator[Spoken]:
        number = block_of(since)
        while until is None or block_span(number).since < until:
            sent = self.block(device, number)
            first = int(sent.due.searchsorted(since))
            last = len(sent.due) if until is None else int(sent.due.searchsorted(until))
            for row in range(first, last):
                yield Spoken(int(sent.due[row]), device.id, number, row, sent)
            number += 1

    def _acts_in(self, number: int, span: Span) -> Mapping[str, Sequence[Act]]:
        if number not in self._acts:
            if len(self._acts) >= 4:
                del self._acts[min(self._acts)]
            acts: defaultdict[str, list[Act]] = defaultdict(list)
            for incident in self.schedule.between(span):
                for act in incident.acts:
                    acts[act.device].append(act)
            self._acts[number] = acts
        return self._acts[number]


def load() -> None:
    """Find every built-in signal and incident. Safe to call again."""
    signals.load()
    incidents.load()
