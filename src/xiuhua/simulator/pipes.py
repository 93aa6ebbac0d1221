"""The water network as the gauges see it: a usual day, and days with a broken branch."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from xiuhua.neighbourhood import Device

from .hydraulics import STEPS, Day, Hydrant, solve
from .rhythm import local_hour
from .rows import Floats, Times


@dataclass(frozen=True, slots=True)
class Gauge:
    """One hydrant's day, from midnight in Shanghai: Pa and m3/h."""

    pressures: Floats
    flows: Floats

    def pressure(self, time: Times) -> Floats:
        return _around_the_clock(self.pressures, time)

    def flow(self, time: Times) -> Floats:
        return _around_the_clock(self.flows, time)


def _around_the_clock(values: Floats, time: Times) -> Floats:
    steps = local_hour(time) / 24 * STEPS
    now: Floats = np.interp(steps, np.arange(STEPS + 1), np.append(values, values[0]))
    return now


class Pipes:
    """Days in the pipes, each solved once, in a process beside that has imported EPANET."""

    def __init__(self, gauges: Sequence[Device]) -> None:
        self._hydrants = tuple(Hydrant(one.id, one.site, one.lon, one.lat) for one in gauges)
        self._column = {hydrant.id: at for at, hydrant in enumerate(self._hydrants)}
        self._days: dict[str, Future[Day]] = {}
        self._beside: ProcessPoolExecutor | None = None

    def start(self) -> None:
        """Begin with the usual day, if there are gauges at all; do not wait."""
        if self._hydrants:
            self._ask("")

    def day(self, device: Device) -> Gauge:
        """That gauge's usual day."""
        return self._gauge(device, "")

    def burst(self, device: Device, broken: str) -> Gauge:
        """That gauge's day while the branch of the hydrant `broken` is open."""
        return self._gauge(device, broken)

    def close(self) -> None:
        """End the process beside."""
        if self._beside is not None:
            self._beside.shutdown(cancel_futures=True)

    def _gauge(self, device: Device, burst: str) -> Gauge:
        day = self._ask(burst).result()
        at = self._column[device.id]
        return Gauge(day.pressure[:, at], day.flow[:, at])

    def _ask(self, burst: str) -> Future[Day]:
        if burst not in self._days:
            if self._beside is None:
                self._beside = ProcessPoolExecutor(
                    1, mp_context=get_context("spawn"), initializer=_leave_interrupts
                )
            self._days[burst] = self._beside.submit(solve, self._hydrants, burst)
        return self._days[burst]


def _leave_interrupts() -> None:
    """Ctrl-C reaches the whole group of processes; only the parent shall answer it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
