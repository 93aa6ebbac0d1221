"""Who speaks faster than allowed and is slowed down, and of whom more was refused than is kept,
told beside the log: the page of the road and `xiuhua doctor` show it. The doors count it
themselves, in `Rates` and in `Allowance`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor

import msgspec
import structlog

from xiuhua.engine.records import Millis
from xiuhua.log.base import LogUnavailable
from xiuhua.log.notes import Note, Notes

SLOWED, UNKEPT = "slowed", "unkept"
"""The notes beside the log."""

EVERY = 10.0
SPAN = 3_600_000
"""ms after which the count begins anew."""

NAMED = 5

_log = structlog.get_logger(__name__)


class Slowed(msgspec.Struct, frozen=True):
    """Since that wall time, so many times a sender was not read for a while (MQTT) or told to wait
    (HTTP 429), or something refused was not kept; `most` are the log-ins that it met most often,
    and how often."""

    since: Millis
    times: int
    most: tuple[tuple[str, int], ...] = ()


def slowed_in(note: Note | None, now: Millis) -> Slowed | None:
    """What a gateway has left, if it is of this last hour."""
    if note is None or now - note.at > SPAN:
        return None
    return msgspec.json.decode(note.body, type=Slowed)


class SlowedWatch:
    """Tells every ten seconds how often it was, by note. `wall` is the machine's clock in ms."""

    def __init__(
        self,
        counts: Mapping[str, Counter[str]],
        notes: Notes,
        threads: Executor,
        wall: Callable[[], Millis],
    ) -> None:
        self._counts = counts
        self._notes = notes
        self._threads = threads
        self._wall = wall
        self._since = wall()
        self._told = dict.fromkeys(counts, 0)

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
        now, put = self._wall(), self._notes.put
        for name, count in self._counts.items():
            times = count.total()
            if times != self._told[name]:
                note = Slowed(self._since, times, tuple(count.most_common(NAMED)))
                body = msgspec.json.encode(note).decode()
                await asyncio.get_running_loop().run_in_executor(
                    self._threads, put, name, body, now
                )
                self._told[name] = times
        if now - self._since >= SPAN:
            for count in self._counts.values():
                count.clear()
            self._since, self._told = now, dict.fromkeys(self._counts, 0)
