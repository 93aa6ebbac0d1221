"""What one speaker has said and nobody has acknowledged yet: in order, and never too much."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from . import Counters


@dataclass(frozen=True, slots=True)
class Parcel:
    """Readings that travel together."""

    number: int
    lines: tuple[bytes, ...]


class Pile:
    """Readings wait here, are taken in parcels, and stay until their parcel is acknowledged."""

    def __init__(self, most: int, counters: Counters) -> None:
        self._most = most
        self._counters = counters
        self._waiting: deque[bytes] = deque()
        self._under_way: dict[int, Parcel] = {}
        self._size = 0
        self._taken = 0
        self._news, self._room, self._clear = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._room.set()
        self._clear.set()

    @property
    def full(self) -> bool:
        return self._size >= self._most

    async def add(self, line: bytes) -> None:
        """Put one on, once there is room."""
        while self.full:
            self._room.clear()
            await self._room.wait()
        self._waiting.append(line)
        self._size += 1
        self._counters.handed += 1
        self._news.set()
        self._clear.clear()

    async def take(self, most: int) -> Parcel:
        """The oldest that wait, at most so many; waits for the first."""
        await self.news()
        count = min(most, len(self._waiting))
        self._taken += 1
        parcel = Parcel(self._taken, tuple(self._waiting.popleft() for _ in range(count)))
        self._under_way[parcel.number] = parcel
        return parcel

    def done(self, parcel: Parcel) -> None:
        """The parcel was acknowledged."""
        del self._under_way[parcel.number]
        self._size -= len(parcel.lines)
        self._counters.acknowledged += len(parcel.lines)
        self._room.set()
        if not self._size:
            self._clear.set()

    def back(self) -> None:
        """The connection broke: what was under way waits again, before all else, in its order."""
        for parcel in reversed(self._under_way.values()):
            self._waiting.extendleft(reversed(parcel.lines))
            self._counters.again += len(parcel.lines)
        self._under_way.clear()
        if self._waiting:
            self._news.set()

    async def clear(self) -> None:
        """Wait until everything is acknowledged."""
        await self._clear.wait()

    async def news(self) -> None:
        """Wait until something waits."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()

    def __len__(self) -> int:
        return self._size


def pauses(first: float = 0.2, longest: float = 10.0) -> Iterator[float]:
    """Seconds between attempts: doubled each time, and no two speakers in step."""
    pause = first
    while True:
        yield pause * random.uniform(0.7, 1.3)
        pause = min(pause * 2, longest)
