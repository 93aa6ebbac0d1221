"""To the MQTT door, QoS 1. Every gateway holds one connection and speaks for what hangs under it
(an array on its own topic); devices that hang under none connect themselves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from . import Counters
from .pile import Parcel, Pile, pauses

KEEP = 20_000
"""Unacknowledged readings of one speaker at most; then time waits."""
WINDOW = 20
"""Messages under way at once on one connection."""
TOGETHER = 50
"""Readings in one message at most."""
PATIENCE = 30.0
"""Seconds without an acknowledgement until a connection counts as broken."""
GOODBYE = 5.0
"""Seconds that leaving may take."""
ENTRANCE = 20
"""Log-ins at once."""

_silent = logging.getLogger(f"{__name__}.wire")
_silent.setLevel(logging.CRITICAL)


class Line:
    """One speaker's connection, made again whenever it breaks. A `sleepy` one connects when there
    is something to say and leaves when all of it is acknowledged, as battery radios do."""

    def __init__(
        self, speaker: str, secret: str, door: tuple[str, int], counters: Counters, *, sleepy: bool
    ) -> None:
        self._speaker = speaker
        self._secret = secret
        self._door = door
        self._counters = counters
        self.sleepy = sleepy
        self.pile = Pile(KEEP, counters)
        self.entered = asyncio.Event()
        self.leaving = False

    async def run(self, entrance: asyncio.Semaphore) -> None:
        """Speak until cancelled with `leaving` set: a client that cannot say goodbye raises
        MqttError in the place of the cancellation, which is lost then."""
        attempts = pauses()
        while not self.leaving:
            if self.sleepy:
                await self.pile.news()
            before = self._counters.broken + self._counters.turned_away
            try:
                await self._visit(entrance)
            except* MqttConnectError:
                self._counters.turned_away += 1
            except* aiomqtt.MqttError:
                self._counters.broken += not self.leaving
            self.pile.back()
            if self._counters.broken + self._counters.turned_away > before:
                await asyncio.sleep(next(attempts))
            else:
                attempts = pauses()

    async def _visit(self, entrance: asyncio.Semaphore) -> None:
        host, port = self._door
        client = aiomqtt.Client(
            host,
            port,
            identifier=self._speaker,
            username=self._speaker,
            password=self._secret,
            timeout=PATIENCE,
            max_inflight_messages=WINDOW,
            logger=_silent,
        )
        async with AsyncExitStack() as stack:
            async with entrance:
                await stack.enter_async_context(client)
            self.entered.set()
            await self._speak(client)

    async def _speak(self, client: aiomqtt.Client) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_until_it_breaks(client)),
                group.create_task(self._pump(client, group)),
            ]
            if self.sleepy:
                await self.pile.clear()
                for task in tasks:
                    task.cancel()

    async def _pump(self, client: aiomqtt.Client, group: asyncio.TaskGroup) -> None:
        window = asyncio.Semaphore(WINDOW)
        while True:
            await window.acquire()
            parcel = await self.pile.take(TOGETHER)
            group.create_task(self._publish(client, parcel, window))

    async def _publish(
        self, client: aiomqtt.Client, parcel: Parcel, window: asyncio.Semaphore
    ) -> None:
        lines = parcel.lines
        payload = lines[0] if len(lines) == 1 else b"[" + b",".join(lines) + b"]"
        await client.publish(f"up/{self._speaker}", payload, qos=1)
        self.pile.done(parcel)
        window.release()


async def _until_it_breaks(client: aiomqtt.Client) -> None:
    """Commands are nobody's yet; listening is how a broken connection is noticed at once."""
    async for _ in client.messages:
        pass


class Mqtt:
    """All speakers of a neighbourhood. `voices` says who speaks for each device; the first
    `standing` devices that speak for themselves stay connected, the others are sleepy."""

    def __init__(
        self,
        door: tuple[str, int],
        voices: Mapping[str, str],
        secrets: Mapping[str, str],
        *,
        standing: int,
    ) -> None:
        self.counters = Counters()
        own = [device for device, speaker in voices.items() if device == speaker]
        sleepy = set(own[standing:])
        self._voices = voices
        self._lines = {
            speaker: Line(speaker, secrets[speaker], door, self.counters, sleepy=speaker in sleepy)
            for speaker in _unique(voices.values())
        }
        entrance = asyncio.Semaphore(ENTRANCE)
        self._tasks = [asyncio.create_task(line.run(entrance)) for line in self._lines.values()]

    async def ready(self) -> None:
        """Wait until the door has let the first in that stays connected."""
        for line in self._lines.values():
            if not line.sleepy:
                await line.entered.wait()
                return

    async def send(self, device: str, line: bytes) -> None:
        await self._lines[self._voices[device]].pile.add(line)

    async def drain(self) -> None:
        for line in self._lines.values():
            await line.pile.clear()

    async def close(self) -> None:
        for line, task in zip(self._lines.values(), self._tasks, strict=True):
            line.leaving = True
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GOODBYE)


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
