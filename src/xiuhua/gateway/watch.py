"""Keeps the mark by which the next gateway judges its clock, and obeys the person who judges it
now. What it writes lies beside the log, for `xiuhua doctor` and the page of the road."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

import msgspec
import structlog

from xiuhua.engine.records import Millis
from xiuhua.log.base import LogUnavailable
from xiuhua.log.notes import Notes

from .counters import Counters
from .timekeeper import BELIEVED, MARK, Mark, Timekeeper

EVERY = 1.0
MARK_EVERY = 10_000
"""ms between two marks, while nothing happens to the clock."""

_log = structlog.get_logger(__name__)


class ClockWatch:
    """Looks at the clock every second. `leapt` is called with the old log time where a person has
    said that the wall clock is right: log time is about to leap from there."""

    def __init__(
        self,
        clock: Timekeeper,
        notes: Notes,
        threads: Executor,
        counters: Counters,
        leapt: Callable[[Millis], None],
    ) -> None:
        self._clock = clock
        self._notes = notes
        self._threads = threads
        self._counters = counters
        self._leapt = leapt
        self._marked: Mark | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except LogUnavailable as error:
                _log.warning("clock.unmarked", why=str(error))
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Obey, mark, count."""
        loop, since = asyncio.get_running_loop(), self._clock()
        if await loop.run_in_executor(self._threads, self._notes.get, BELIEVED):
            since = self._clock()
            if leap := self._clock.believe():
                self._leapt(since)
                _log.warning("clock.believed", leap_ms=leap)
            await loop.run_in_executor(self._threads, self._notes.remove, BELIEVED)
        mark, before = self._clock.mark(), self._marked
        self._counters.clock_held.set(mark.held / 1000)
        turned = before is None or bool(mark.held) != bool(before.held)
        if turned and mark.held:
            _log.error("clock.held", seconds=mark.held / 1000)
        if turned or before is None or mark.passed - before.passed >= MARK_EVERY:
            body = msgspec.json.encode(mark).decode()
            await loop.run_in_executor(self._threads, self._notes.put, MARK, body, mark.wall)
            self._marked = mark
