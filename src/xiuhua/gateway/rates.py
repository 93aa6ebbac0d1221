"""How fast each may speak: a bucket of readings for every device and for everybody who logs in,
that fills at a steady rate. Shared by all doors, so that a second door is no way round the first.

A message is let in whole while its buckets are not empty, and may leave them in debt: nobody knows
what is in a message before it is read. What is refused counts too. Only names that the ledger knows
come in here, so there are never more buckets than devices and gateways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

DEVICE = 100.0
"""Readings a second of one device, if nobody says otherwise."""

SPEAKER = 20_000.0
"""Readings a second of one log-in, a gateway box's with all its devices."""

BURST = 100.0
"""Seconds' worth of readings that a bucket holds: what was kept back while the line was down may
come at once."""


class _Buckets:
    """Buckets that fill at one rate, in readings a second; 0: no limit."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._full = rate * BURST
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, name: str, now: float) -> float:
        """Seconds until this bucket is not empty; 0 where it is not."""
        if not self._rate:
            return 0.0
        return max(0.0, (1.0 - self._level(name, now)) / self._rate)

    def spend(self, name: str, readings: int, now: float) -> None:
        if self._rate:
            self._left[name] = self._level(name, now) - readings, now

    def _level(self, name: str, now: float) -> float:
        level, at = self._left.get(name, (self._full, now))
        return min(self._full, level + (now - at) * self._rate)


class Rates:
    """What every device and every log-in has left. `now` is any clock in seconds that never runs
    back."""

    def __init__(self, *, device: float = DEVICE, speaker: float = SPEAKER) -> None:
        self._devices = _Buckets(device)
        self._speakers = _Buckets(speaker)
        self.slowed = Counter[str]()
        """How often each log-in was told to wait, since whoever reads this last cleared it."""

    def wait(self, speaker: str, now: float, device: str | None = None) -> float:
        """Seconds until this log-in, of that device, may send again; 0: now. Ask before a message
        is read."""
        wait = self._speakers.wait(speaker, now)
        if device is not None:
            wait = max(wait, self._devices.wait(device, now))
        return self._noted(speaker, wait)

    def spend(
        self, speaker: str, devices: Mapping[str, int], now: float, *, others: int = 0
    ) -> float:
        """Count the readings of a message, by device, and `others` that are no device's; 0 where it
        may be taken. Else the seconds until it may: take nothing of it. Then it counts for the
        log-in alone, for it was looked through."""
        readings = sum(devices.values()) + others
        own = self._speakers.wait(speaker, now)
        wait = max(own, *(self._devices.wait(device, now) for device in devices), 0.0)
        if not own:
            self._speakers.spend(speaker, readings, now)
        if wait:
            return self._noted(speaker, wait)
        for device, count in devices.items():
            self._devices.spend(device, count, now)
        return 0.0

    def owe(
        self, speaker: str, devices: Mapping[str, int], now: float, *, others: int = 0
    ) -> float:
        """Count readings that are taken already, as `spend` does; the seconds that this log-in must
        now be silent. For a door that slows its senders down."""
        self._speakers.spend(speaker, sum(devices.values()) + others, now)
        wait = self._speakers.wait(speaker, now)
        for device, count in devices.items():
            self._devices.spend(device, count, now)
            wait = max(wait, self._devices.wait(device, now))
        return self._noted(speaker, wait)

    def _noted(self, speaker: str, wait: float) -> float:
        if wait:
            self.slowed[speaker] += 1
        return wait
