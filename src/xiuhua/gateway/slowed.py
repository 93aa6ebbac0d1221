"""Who speaks faster than allowed and is slowed down, told beside the log: the page of the road and
`xiuhua doctor` show it. The doors count it themselves, in `Rates`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

import msgspec
import structlog

from xiuhua.engine.records import Millis
from xiuhua.log.base import LogUnavailable
from xiuhua.log.notes import Note, Notes

from .rates import Rates

SLOWED = "slowed"
"""The note beside the log."""

EVERY = 10.0
SPAN = 3_600_000
"""ms after which the count begins anew."""

NAMED = 5

_log = structlog.get_logger(__name__)


class Slowed(msgspec.Struct, frozen=True):
    """Since that wall time, so many times a sender was not read for a while (MQTT) or told to wait
    (HTTP 429); `most` are the log-ins that it met most often, and how often."""

    since: Millis
    times: int
    most: tuple[tuple[str, int], ...] = ()


def slowed_in(note: Note | None, now: Millis) -> Slowed | None:
    """What a gateway has left, if it is of this last hour."""
    if note is None or now - note.at > SPAN:
        return None
    return msgspec.json.decode(note.body, type=Slowed)


class SlowedWatch:
    """Tells of it every ten seconds, if somebody was. `wall` is the machine's clock in ms."""

    def __init__(
        self, rates: Rates, notes: Notes, threads: Executor, wall: Callable[[], Millis]
    ) -> None:
        self._rates = rates
        self._notes = notes
        self._threads = threads
        self._wall = wall
        self._since = wall()
        self._told = 0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except LogUnavailable as error:
                _log.warning("slowed.untold", why=str(error))

    async def look(self) -> None:
        """Tell what is new, and begin anew after an hour."""
        now, slowed = self._wall(), self._rates.slowed
        times = slowed.total()
        if times != self._told:
            note = Slowed(self._since, times, tuple(slowed.most_common(NAMED)))
            body = msgspec.json.encode(note).decode()
            put = self._notes.put
            await asyncio.get_running_loop().run_in_executor(self._threads, put, SLOWED, body, now)
            self._told = times
        if now - self._since >= SPAN:
            slowed.clear()
            self._since, self._told = now, 0
