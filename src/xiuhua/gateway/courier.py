"""Carries the rooms' changes from their outbox into the log, each once, in order."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

import structlog

from .door import Door
from .ports import Outbox, Unavailable

EVERY = 0.2
AT_ONCE = 500

_log = structlog.get_logger(__name__)


class Courier:
    """Looks into the outbox every 200 ms. `threads` runs the port, whose methods may block."""

    def __init__(self, outbox: Outbox, door: Door, threads: Executor) -> None:
        self._outbox = outbox
        self._door = door
        self._threads = threads
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Carry until cancelled."""
        while True:
            try:
                carried = await self.carry()
            except Unavailable as error:
                _log.warning("outbox.unavailable", why=str(error))
                carried = 0
            if carried < AT_ONCE:
                await asyncio.sleep(EVERY)

    async def drain(self) -> None:
        """Carry until nothing waits: every change made before this call is in the log after it."""
        while await self.carry() == AT_ONCE:
            pass

    async def carry(self) -> int:
        """Copy what waits, and mark it copied once it is on disk; how many there were."""
        async with self._one_at_a_time:
            return await self._carry()

    async def _carry(self) -> int:
        loop = asyncio.get_running_loop()
        pending = await loop.run_in_executor(self._threads, self._outbox.pending, AT_ONCE)
        if pending:
            await self._door.commit_controls([(change.id, change.body) for change in pending])
            ids = [change.id for change in pending]
            await loop.run_in_executor(self._threads, self._outbox.copied, ids)
        return len(pending)
