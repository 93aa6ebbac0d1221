"""A NATS JetStream stream as a source: a durable consumer, each message acknowledged by hand.

A message's time is the one at which the stream stored it: the same however often it is delivered.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from .arrived import Arrived, First, HandOn
from .config import Bridge, NatsPart
from .peers import tls

IN_FLIGHT = 500
PAUSE = 1.0
_AWAY = (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError)


class NatsSource:
    """A stream, by nats-py in a thread of its own."""

    def __init__(self, bridge: Bridge, part: NatsPart) -> None:
        self._bridge = bridge
        self._part = part
        self.trouble = "not connected yet"
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._held: dict[int, Msg] = {}
        self._thread: threading.Thread | None = None

    def start(self, hand_on: HandOn) -> None:
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._run(hand_on),), daemon=True
        )
        self._thread.start()

    def first_arrivals(self, messages: Sequence[Arrived]) -> list[First]:
        return [First(message.at) for message in messages]

    def acknowledge(self, message: Arrived) -> None:
        with suppress(RuntimeError):  # the loop has ended: it will come again
            asyncio.run_coroutine_threadsafe(self._acknowledge(message.handle), self._loop)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        if self._thread is not None:
            self._thread.join(10)

    async def _run(self, hand_on: HandOn) -> None:
        while not self._stopping.is_set():
            try:
                await self._connect_and_read(hand_on)
            except _AWAY as error:
                self.trouble = f"not connected: {error or type(error).__name__}"
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._stopping.wait()

    async def _connect_and_read(self, hand_on: HandOn) -> None:
        part, client = self._part, Client()
        await client.connect(
            list(part.servers), name=f"xiuhua bridge {self._bridge.name}", error_cb=_quiet,
            allow_reconnect=False, connect_timeout=5, tls=tls(part),
            user=part.user or None, password=self._bridge.secrets.source or None,
            user_credentials=part.creds_file or None,
        )  # fmt: skip
        beside = asyncio.create_task(self._keep())
        try:
            await self._read(client, hand_on)
        finally:
            beside.cancel()
            with suppress(*_AWAY):
                await client.close()

    async def _read(self, client: Client, hand_on: HandOn) -> None:
        stream = client.jetstream()
        durable = self._part.durable or f"xiuhua-{self._bridge.name}"
        wanted = ConsumerConfig(
            durable_name=durable,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._part.ack_wait,
            max_ack_pending=IN_FLIGHT,
            filter_subjects=[route.filter for route in self._bridge.routes],
        )
        await stream.add_consumer(self._part.stream, wanted)
        pull = await stream.pull_subscribe_bind(durable, self._part.stream)
        self.trouble = ""
        while not self._stopping.is_set():
            try:
                messages = await pull.fetch(batch=256, timeout=1)
            except (TimeoutError, nats.errors.TimeoutError):
                if not client.is_connected:
                    raise
                continue
            for message in messages:
                await self._take(message, hand_on)

    async def _take(self, message: Msg, hand_on: HandOn) -> None:
        at = int(message.metadata.timestamp.timestamp() * 1000)
        place = message.metadata.sequence.stream
        again = place in self._held
        self._held[place] = message
        if not again:  # else it is on its way already; the newest delivery is acknowledged
            arrived = Arrived(message.subject, message.data, at, place)
            await asyncio.to_thread(hand_on, arrived)

    async def _acknowledge(self, place: object) -> None:
        assert isinstance(place, int)
        message = self._held.pop(place)
        with suppress(*_AWAY):  # it will come again
            await message.ack()

    async def _keep(self) -> None:
        """Tell the stream of what is on its way still, so that it does not deliver it again."""
        while True:
            await asyncio.sleep(self._part.ack_wait / 3)
            for message in list(self._held.values()):
                with suppress(*_AWAY):
                    await message.in_progress()


async def _quiet(_error: Exception) -> None:
    """What goes wrong with a connection is in `trouble`."""
