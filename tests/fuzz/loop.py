"""Runs a target on hurt inputs for some seconds: no crash, no hang, no memory without end."""

from __future__ import annotations

import hashlib
import random
import resource
import signal
import time
import traceback
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

    seconds: float = 0.0
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


class Find(AssertionError):
    """An input that broke a target, and was kept. `place` is where its error was raised."""

    def __init__(self, target: Target, data: bytes, error: Exception) -> None:
        self.path = FOUND / target.name.replace(" ", "-") / hashlib.sha1(data).hexdigest()[:12]
        last = traceback.extract_tb(error.__traceback__)[-1]
        self.place = f"{type(error).__name__} {last.filename}:{last.lineno}"
        super().__init__(f"{target.name}: {type(error).__name__}: {error}; {self.path}")


def run_one(target: Target, data: bytes) -> str:
    """One input; raises Find."""
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG)
    try:
        return target.run(data)
    except Exception as error:
        raise Find(target, data, error) from error
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def fuzz(target: Target, seconds: float, seed: int) -> Ran:
    """Hurt inputs until the time is up, whatever is found on the way; one input of each find is
    kept in `found`, and they are raised in the end. An input with a new outcome becomes a seed."""
    dice, ran, seen = random.Random(seed), Ran(), set[str]()
    seeds, finds = list(target.seeds), dict[str, Find]()
    with watchdog():
        for data in seeds:
            seen.add(run_one(target, data))
        before, start = _peak(), time.monotonic()
        while (now := time.monotonic()) < start + seconds:
            data = hurt(dice, seeds)
            began = time.process_time()
            try:
                outcome = run_one(target, data)
            except Find as find:
                _keep(find, data, finds)
                continue
            ran.slowest_ms = max(ran.slowest_ms, 1000 * (time.process_time() - began))
            ran.inputs += 1
            if outcome not in seen and len(seeds) < SEEDS_MOST:
                seen.add(outcome)
                seeds.append(data)
    ran.seconds = round(now - start, 1)
    ran.outcomes, ran.slowest_ms = len(seen), round(ran.slowest_ms, 1)
    ran.grown_mib, ran.peak_mib = (_peak() - before) >> 20, _peak() >> 20
    if finds:
        raise ExceptionGroup(f"{target.name} was broken", list(finds.values()))
    assert _peak() - before < MEMORY, f"{target.name}: grew by {ran.grown_mib} MiB"
    return ran


def _keep(find: Find, data: bytes, finds: dict[str, Find]) -> None:
    if find.place not in finds:
        finds[find.place] = find
        find.path.parent.mkdir(parents=True, exist_ok=True)
        find.path.write_bytes(data)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
