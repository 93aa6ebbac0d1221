"""The gateway as a process: both doors, the way to the log, and a clean end.

Start: 1. read the ledger; 2. write door.up, then the rooms' changes, into the log; 3. listen.
Stop, on SIGTERM or SIGINT: 1. read and accept no more; 2. commit and acknowledge what is in hand;
3. write door.down; 4. close.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import ssl
import sys
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import structlog

from xiuhua.engine import control
from xiuhua.epoch import now_ms
from xiuhua.log.base import Appender, Reader
from xiuhua.log.notes import Notes

from .commands import Post
from .counters import Counters
from .courier import Courier
from .disk import Disk, Guarded
from .door import Door
from .http.app import HttpDoor
from .http.keys import Book
from .http.server import Server, server
from .intake import Intake
from .keeper import Keeper
from .mqtt.listener import CONNECTIONS_MOST, Hall
from .mqtt.tls import Tls
from .plates import Plates
from .ports import Commands, Ledger, Outbox, Replays
from .rates import Rates
from .replays import Box, Replayer
from .roll import Roll
from .slowed import SlowedWatch
from .timekeeper import MARK, Clocks, Timekeeper, machine, mark_in
from .watch import ClockWatch

STOP_SECONDS = 10
"""How long a stop may wait for the log; after that what is in hand goes unacknowledged."""

FILES = CONNECTIONS_MOST + 6_000
"""Open files: both doors' connections, and some for the log."""

SWITCH = 0.0005
"""Seconds that the event loop may keep the interpreter from the thread that commits, which asks for
it some six times a commit; at Python's own 5 ms a busy door's commit took 30 ms."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the doors really listen, for whoever asked for port 0."""

    mqtt: int
    http: int
    mqtts: int | None = None
    """MQTT under TLS; None where there is no certificate."""


async def serve(
    *,
    ledger: Ledger,
    outbox: Outbox,
    commands: Commands,
    appender: Appender,
    reader: Reader,
    master_key: bytes,
    host: str = "127.0.0.1",
    mqtt_port: int = 1883,
    http_port: int = 8081,
    mqtts_port: int = 8883,
    tls: Tls | None = None,
    clocks: Clocks | None = None,
    notes: Notes | None = None,
    disk: Disk | None = None,
    book: Book | None = None,
    rates: Rates | None = None,
    replays: tuple[Replays, Box] | None = None,
    ready: Callable[[Addresses], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run the doors until SIGTERM, SIGINT or `stop`.

    `master_key` keys the tokens of plates. `tls` opens a second port for MQTT, under TLS. `clocks`
    are the machine's unless given; the mark of how they stand lies in `notes`. Where there is a
    `disk`, the doors stop before it is full. `book` keeps the answers to requests with a key, in
    the log's own commits; without one such requests are refused. `replays` are the orders to play
    rejected messages again, and the box that these lie in. `ready` is called once all doors
    listen. Raises OSError where a port is taken or a certificate is no good, LogUnavailable where
    the log cannot be mended by waiting, and `ports.Unavailable` where the ledger cannot be read at
    the start.
    """
    allow_files(FILES)
    sys.setswitchinterval(SWITCH)
    context = tls.context() if tls is not None else None
    with ExitStack() as sockets:
        mqtt = sockets.enter_context(_listening(host, mqtt_port))
        http = sockets.enter_context(_listening(host, http_port))
        mqtts = sockets.enter_context(_listening(host, mqtts_port)) if context else None
        clock = Timekeeper(clocks or machine())
        gateway = _Gateway(
            ledger, outbox, commands, appender, reader, master_key, clock, notes, disk, book,
            rates or Rates(),
        )  # fmt: skip
        if replays is not None:
            gateway.replay(*replays)
        await gateway.start()
        await gateway.listen(mqtt, http)
        if mqtts is not None and context is not None:
            await gateway.listen_secured(mqtts, context)
        stopping = _stopping(stop or asyncio.Event())
        if ready is not None:
            secured = mqtts.getsockname()[1] if mqtts is not None else None
            ready(Addresses(mqtt.getsockname()[1], http.getsockname()[1], secured))
        await gateway.run(stopping)


class _Gateway:
    """The parts of a gateway, joined."""

    def __init__(
        self,
        ledger: Ledger,
        outbox: Outbox,
        commands: Commands,
        appender: Appender,
        reader: Reader,
        master_key: bytes,
        clock: Timekeeper,
        notes: Notes | None,
        disk: Disk | None,
        book: Book | None,
        rates: Rates,
    ) -> None:
        counters = Counters()
        threads = ThreadPoolExecutor(1, "ports")
        intake = Intake(Plates(master_key), Roll(), leap=lambda: clock.leap)
        if disk is not None:
            appender = Guarded(appender, disk)
            counters.disk_free.set_function(disk.free)
        self._clock = clock
        self._intake = intake
        self._replayer: Replayer | None = None
        self._reader = reader
        self._threads = threads
        self._door = Door(appender, clock, counters)
        self._hall = Hall(intake, self._door, counters, clock, rates=rates)
        self._post = Post(commands, threads, clock, self._hall.lines)
        self._hall.post = self._post
        self._courier = Courier(outbox, self._door, threads)
        self._keeper = Keeper(
            ledger,
            intake,
            threads,
            clock,
            first=self._copy_changes,
            changed=self._hall.roll_changed,
        )
        self._http: Server = server(
            HttpDoor(intake, self._door, counters, clock, rates=rates, book=book)
        )
        self._notes = notes
        self._watch: ClockWatch | None = None
        if notes is not None:
            self._watch = ClockWatch(clock, notes, threads, counters, self._door.leapt)
            self._slowed = SlowedWatch(rates, notes, threads, now_ms)
        self._committing: asyncio.Task[None] | None = None
        self._serving: asyncio.Task[None] | None = None
        self._chores: list[asyncio.Task[None]] = []

    def replay(self, replays: Replays, box: Box) -> None:
        """Carry out orders to play rejected messages again, once the doors are open."""
        self._replayer = Replayer(replays, box, self._intake, self._door, self._threads)

    async def start(self) -> None:
        """Know who may speak, and say in the log that the door is open again."""
        await self._keeper.look()
        loop = asyncio.get_running_loop()
        _, last = await loop.run_in_executor(self._threads, self._reader.head)
        mark = None
        if self._notes is not None:
            mark = mark_in(await loop.run_in_executor(self._threads, self._notes.get, MARK))
        self._clock.resume(last, mark)
        self._committing = asyncio.create_task(self._door.run())
        now = self._clock()
        await self._note(control.DoorUp(at=now, since=last or now))
        await self._copy_changes()

    async def listen(self, mqtt: socket.socket, http: socket.socket) -> None:
        """Open both doors."""
        await self._hall.listen(mqtt)
        self._serving = asyncio.create_task(self._http.serve(sockets=[http]))
        chores = [self._keeper.run(), self._courier.run(), self._post.run(), self._hall.sweep()]
        if self._watch is not None:
            chores += [self._watch.run(), self._slowed.run()]
        if self._replayer is not None:
            chores.append(self._replayer.run())
        self._chores = [asyncio.create_task(chore) for chore in chores]
        _log.info("gateway.listening", mqtt=mqtt.getsockname()[1], http=http.getsockname()[1])

    async def listen_secured(self, mqtts: socket.socket, context: ssl.SSLContext) -> None:
        """Open the MQTT door under TLS too."""
        await self._hall.listen(mqtts, context)
        _log.info("gateway.listening_secured", mqtts=mqtts.getsockname()[1])

    async def run(self, stopping: asyncio.Task[None]) -> None:
        """Go on until told to stop, or until one of the parts fails; then end them all."""
        assert self._committing is not None and self._serving is not None, "listen() came before"
        parts = {self._committing, self._serving, *self._chores}
        try:
            done, _ = await asyncio.wait({stopping, *parts}, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            stopping.cancel()
            await self._stop()

    async def _copy_changes(self) -> None:
        if self._committing is not None:  # at the very start the ledger is read before the log is
            await self._unless_broken(self._courier.drain())

    async def _stop(self) -> None:
        _log.info("gateway.stopping")
        self._hall.hush()
        self._http.should_exit = True
        for chore in self._chores:
            chore.cancel()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._finish()
        except TimeoutError:
            _log.warning("gateway.stopped_without_commit", seconds=STOP_SECONDS)
        self._hall.close()
        self._threads.shutdown(wait=False)
        _log.info("gateway.stopped")

    async def _finish(self) -> None:
        assert self._committing is not None and self._serving is not None
        await self._serving
        if not self._committing.done():
            await self._note(control.DoorDown(at=self._clock()))
            self._door.close()
            await self._committing

    async def _note(self, change: control.DoorUp | control.DoorDown) -> None:
        """Write into the log that the door opened or closed, or fail as the log does."""
        note = (f"door-{uuid.uuid4()}", control.encode(change))
        await self._unless_broken(self._door.commit_controls([note]))

    async def _unless_broken(self, work: Coroutine[None, None, None]) -> None:
        """Await work that waits for a commit, or fail with the door when it breaks meanwhile."""
        assert self._committing is not None, "start() came before"
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._committing}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self._committing.result()
            await task
        finally:
            task.cancel()


def allow_files(wanted: int) -> None:
    """Let this process open so many files, or as many as the system lets it raise its limit to:
    most systems begin with 1,024, and at its limit a door can let nobody in."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=4096)


def _stopping(stop: asyncio.Event) -> asyncio.Task[None]:
    """A task that ends when `stop` is set, by us on a signal or by whoever handed it in."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return asyncio.create_task(_until(stop))


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
