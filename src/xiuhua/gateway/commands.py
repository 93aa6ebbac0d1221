"""Brings people's commands to devices, and what became of them back.

A command is sent to one connection that has subscribed to the device, and again to another when
that one ends before the device's PUBACK: so it survives a restart and a takeover, and may arrive
twice. Its id goes with it, so that a device does it once. What devices say is told to the rooms
before it is acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Literal, Protocol

import msgspec
import structlog

from xiuhua.engine.records import Millis

from .ports import Command, Commands, News, Unavailable

EVERY = 0.5
WHY_MOST = 200
"""Characters of a device's own words that are kept."""

_log = structlog.get_logger(__name__)


class Outcome(msgspec.Struct):
    """What a device says of a command: `{"id": …, "ok": true}`, and why not."""

    id: str
    ok: bool
    why: str = ""


class Line(Protocol):
    """A connection, as commands see it."""

    def send(self, command: Command) -> bool:
        """Send it, if the client has subscribed to its device and has room; whether it has."""

    def carries(self, command: Command) -> bool:
        """Whether it was sent here, and the client is still there to acknowledge it."""

    def committed(self, acknowledgements: Sequence[bytes], /) -> None:
        """These words of the client are on disk."""

    def unknown(self, acknowledgement: bytes, /) -> None:
        """The client spoke of a command that its device was never given."""


class Post:
    """Carries commands down and news up, twice a second; `lines` are the connections there are."""

    def __init__(
        self,
        commands: Commands,
        threads: Executor,
        clock: Callable[[], Millis],
        lines: Callable[[], Sequence[Line]],
    ) -> None:
        self._commands = commands
        self._threads = threads
        self._clock = clock
        self._lines = lines
        self._on: dict[str, Line] = {}
        self._news: list[News] = []
        self._owed: list[tuple[Line, bytes, News]] = []

    def delivered(self, id_: str, device: str, line: Line | None = None) -> None:
        """A client has acknowledged a command; a line that is given waits for the rooms' word."""
        news = News(id_, device, "delivered", self._clock())
        self._news.append(news)
        if line is not None:
            self._owed.append((line, b"", news))

    def answered(self, outcome: Outcome, device: str, line: Line, acknowledgement: bytes) -> None:
        """A device says what became of a command; acknowledged once the rooms have it."""
        stage: Literal["done", "failed"] = "done" if outcome.ok else "failed"
        why = outcome.why[:WHY_MOST]
        news = News(outcome.id[:64], device, stage, self._clock(), why)
        self._news.append(news)
        self._owed.append((line, acknowledgement, news))

    async def run(self) -> None:
        """Carry until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.round()
            except Unavailable as error:
                _log.warning("commands.unavailable", why=str(error))

    async def round(self) -> None:
        """Tell the news, acknowledge it, send what waits. Raises Unavailable."""
        await self._tell()
        loop = asyncio.get_running_loop()
        waiting = await loop.run_in_executor(self._threads, self._commands.waiting, self._clock())
        self._on = {one.id: self._on[one.id] for one in waiting if one.id in self._on}
        for command in waiting:
            self._send(command)
        await self._tell()

    async def _tell(self) -> None:
        if not self._news:
            return
        news, owed = tuple(self._news), tuple(self._owed)
        loop = asyncio.get_running_loop()
        known = await loop.run_in_executor(self._threads, self._commands.told, news)
        del self._news[: len(news)], self._owed[: len(owed)]
        for line, acknowledgement, one in owed:
            if (one.id, one.device) in known:
                line.committed([acknowledgement])
            else:
                line.unknown(acknowledgement)

    def _send(self, command: Command) -> None:
        last = self._on.get(command.id)
        if last is not None and last.carries(command):
            return
        for line in self._lines():
            if line.send(command):
                self._on[command.id] = line
                self._news.append(News(command.id, command.device, "sent", self._clock()))
                return
