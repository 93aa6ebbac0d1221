"""Runs a target on hurt inputs for some seconds: no crash, no hang, no memory without end."""

from __future__ import annotations

import hashlib
import random
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from .mutate import hurt
from .targets import Target

FOUND = Path(__file__).parent / "found"
"""Inputs that once broke something, by target; each is run again in every test."""

HANG = 5.0
"""Seconds of processor time for one input. What takes longer hangs."""

MEMORY = 400 << 20
"""Bytes that the process may grow by during a target's time."""

SEEDS_MOST = 2_000


class Hang(Exception):
    """An input has taken too long."""


@dataclass
class Ran:
    """What a target has been through. `slowest_ms` is processor time for one input; `peak_mib` is
    the most that the process, pytest and all, ever had in memory."""

    inputs: int = 0
    outcomes: int = 0
    grown_mib: int = 0
    peak_mib: int = 0
    slowest_ms: float = 0.0


@contextmanager
def watchdog() -> Iterator[None]:
    """Raises Hang in whatever runs for longer than HANG. For the main thread."""

    def bark(_number: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGVTALRM, bark)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def run_one(target: Target, data: bytes) -> str:
    """One input; a find is kept in `found` and raised with its path."""
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG)
    try:
        return target.run(data)
    except Exception as error:
        path = FOUND / target.name.replace(" ", "-") / hashlib.sha1(data).hexdigest()[:12]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        raise AssertionError(f"{target.name}: {type(error).__name__}: {error}; {path}") from error
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def fuzz(target: Target, seconds: float, seed: int) -> Ran:
    """Hurt inputs until the time is up. An input with a new outcome becomes a seed."""
    dice, ran, seen = random.Random(seed), Ran(), set[str]()
    seeds = list(target.seeds)
    with watchdog():
        for data in seeds:
            seen.add(run_one(target, data))
        before, until = _peak(), time.monotonic() + seconds
        while time.monotonic() < until:
            data = hurt(dice, seeds)
            began = time.process_time()
            outcome = run_one(target, data)
            ran.slowest_ms = max(ran.slowest_ms, 1000 * (time.process_time() - began))
            ran.inputs += 1
            if outcome not in seen and len(seeds) < SEEDS_MOST:
                seen.add(outcome)
                seeds.append(data)
    ran.outcomes, ran.slowest_ms = len(seen), round(ran.slowest_ms, 1)
    ran.grown_mib, ran.peak_mib = (_peak() - before) >> 20, _peak() >> 20
    assert _peak() - before < MEMORY, f"{target.name}: grew by {ran.grown_mib} MiB"
    return ran


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
