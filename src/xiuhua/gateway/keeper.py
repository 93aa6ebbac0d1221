"""Keeps the doors' roll and lists as the ledger has them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Executor
from dataclasses import replace

import structlog

from xiuhua.engine.records import Millis

from .intake import Intake
from .ports import Ledger, Speaker, Unavailable
from .roll import Roll
from .uses import Uses

EVERY = 0.5

_log = structlog.get_logger(__name__)


class Keeper:
    """Asks for the ledger's version twice a second, and for the rest when it has risen or when a
    replaced secret's time is up. Tells the ledger who logged in.

    `threads` runs the port, whose methods may block. `first` is awaited before a change counts: a
    new device must stand in the log before its first reading does. `changed` is called after it.
    """

    def __init__(
        self,
        ledger: Ledger,
        intake: Intake,
        threads: Executor,
        clock: Callable[[], Millis],
        *,
        first: Callable[[], Awaitable[None]],
        changed: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._intake = intake
        self._threads = threads
        self._first = first
        self._changed = changed
        self._clock = clock
        self._uses = Uses()
        self._due: Millis | None = None
        self._version: int | None = None

    async def run(self) -> None:
        """Look until cancelled. While the ledger cannot answer, the last roll stands."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self._tell()
                await self.look()
            except Unavailable as error:
                _log.warning("ledger.unavailable", why=str(error))

    async def _tell(self) -> None:
        uses = self._uses.take(self._clock())
        if not uses:
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, self._ledger.used, uses)
        except Unavailable:
            self._uses.again(uses)
            raise
        self._uses.told(uses)

    async def look(self) -> None:
        """Read the ledger if it has changed. Raises Unavailable."""
        loop = asyncio.get_running_loop()
        # The version first: what changes between the two questions is read again next time.
        version = await loop.run_in_executor(self._threads, self._ledger.version)
        now = self._clock()
        if version == self._version and (self._due is None or now < self._due):
            return
        speakers = await loop.run_in_executor(self._threads, self._ledger.speakers)
        vehicles = await loop.run_in_executor(self._threads, self._ledger.vehicles)
        await self._first()
        self._intake.roll = Roll((_at(speaker, now) for speaker in speakers), self._uses)
        self._due = _next_end(speakers, now)
        self._intake.plates.know(vehicles)
        self._version = version
        _log.info("ledger.read", version=version, speakers=len(self._intake.roll))
        self._changed()


def _at(speaker: Speaker, now: Millis) -> Speaker:
    """The speaker without its replaced secret, if that one's time is up."""
    return (
        replace(speaker, before="") if speaker.before and speaker.before_until <= now else speaker
    )


def _next_end(speakers: Iterable[Speaker], now: Millis) -> Millis | None:
    """When the next replaced secret ends."""
    ends = (one.before_until for one in speakers if one.before and one.before_until > now)
    return min(ends, default=None)
