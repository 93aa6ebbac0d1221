"""Simulated time beside the clock on the wall: faster, but never ahead of it."""

from __future__ import annotations

from collections.abc import Callable


class Clock:
    """Simulated time starts at `start` and runs `speed` times as fast as the wall's until it has
    caught up; from then on the two are one. All epoch ms.

    >>> wall = iter([10_000, 11_000, 20_000])
    >>> clock = Clock(start=0, speed=5, wall=lambda: next(wall))
    >>> clock.now(), clock.now()
    (5000, 20000)
    """

    def __init__(self, *, start: int, speed: float, wall: Callable[[], int]) -> None:
        self._wall = wall
        self._zero = wall()
        self._start = min(start, self._zero)
        self._speed = speed

    def now(self) -> int:
        """Simulated time now."""
        wall = self._wall()
        return min(wall, self._start + int((wall - self._zero) * self._speed))

    def wait(self, due: int) -> float:
        """Seconds on the wall until simulated time reaches `due`; 0 if it has."""
        wall = self._wall()
        reached = max(self._zero + (due - self._start) / self._speed, due)
        return max(0.0, (reached - wall) / 1_000)
