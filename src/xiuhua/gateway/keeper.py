"""Keeps the doors' roll and lists as the ledger has them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

import structlog

from .intake import Intake
from .ports import Ledger, Unavailable
from .roll import Roll

EVERY = 0.5

_log = structlog.get_logger(__name__)


class Keeper:
    """Asks for the ledger's version twice a second, and for the rest when it has risen.

    `threads` runs the port, whose methods may block. `first` is awaited before a change counts: a
    new device must stand in the log before its first reading does. `changed` is called after it.
    """

    def __init__(
        self,
        ledger: Ledger,
        intake: Intake,
        threads: Executor,
        *,
        first: Callable[[], Awaitable[None]],
        changed: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._intake = intake
        self._threads = threads
        self._first = first
        self._changed = changed
        self._version: int | None = None

    async def run(self) -> None:
        """Look until cancelled. While the ledger cannot answer, the last roll stands."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except Unavailable as error:
                _log.warning("ledger.unavailable", why=str(error))

    async def look(self) -> None:
        """Read the ledger if it has changed. Raises Unavailable."""
        loop = asyncio.get_running_loop()
        # The version first: what changes between the two questions is read again next time.
        version = await loop.run_in_executor(self._threads, self._ledger.version)
        if version == self._version:
            return
        speakers = await loop.run_in_executor(self._threads, self._ledger.speakers)
        vehicles = await loop.run_in_executor(self._threads, self._ledger.vehicles)
        await self._first()
        self._intake.roll = Roll(speakers)
        self._intake.plates.know(vehicles)
        self._version = version
        _log.info("ledger.read", version=version, speakers=len(self._intake.roll))
        self._changed()
