"""The gateway as a process: both doors, the way to the log, and a clean end.

Start: 1. read the ledger; 2. write door.up, then the rooms' changes, into the log; 3. listen, in
any case after `START_SECONDS`: while the log takes nothing the doors refuse, but they answer.
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
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

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
from .http.enrol import Desk
from .http.keys import Book
from .http.polls import Polls
from .http.server import Server, server
from .intake import Intake
from .keeper import Keeper
from .mqtt.listener import CONNECTIONS_MOST, Hall
from .plates import Plates
from .ports import Commands, Enrolment, Ledger, Outbox, Replays
from .rates import Rates
from .replays import Box, Replayer
from .roll import Roll
from .slowed import SLOWED, UNKEPT, SlowedWatch
from .timekeeper import MARK, Clocks, Timekeeper, machine, mark_in
from .tls import Tls
from .watch import ClockWatch

STOP_SECONDS = 10
"""How long a stop may wait for the log; after that what is in hand goes unacknowledged."""

START_SECONDS = 2
"""How long the doors stay shut for a log that takes nothing yet."""

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
    https: int | None = None
    """Under TLS; None where there is no certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a gateway is joined from: the house behind it, its log, and what it is told.

    `master_key` keys the tokens of plates. `enrolment` takes one-time codes; without it the HTTP
    door knows none. `clocks` are the machine's unless given; the mark of how they stand lies in
    `notes`. Where there is a `disk`, the doors stop before it is full. `book` keeps the answers to
    requests with a key, in the log's own commits; without one such requests are refused. `replays`
    are the orders to play rejected messages again, and the box that these lie in.
    """

    ledger: Ledger
    outbox: Outbox
    commands: Commands
    appender: Appender
    reader: Reader
    master_key: bytes
    enrolment: Enrolment | None = None
    clocks: Clocks = field(default_factory=machine)
    notes: Notes | None = None
    disk: Disk | None = None
    book: Book | None = None
    rates: Rates = field(default_factory=Rates)
    replays: tuple[Replays, Box] | None = None


async def serve(
    parts: Parts,
    *,
    host: str = "127.0.0.1",
    mqtt_port: int = 1883,
    http_port: int = 8081,
    mqtts_port: int = 8883,
    https_port: int = 8443,
    tls: Tls | None = None,
    ready: Callable[[Addresses], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run the doors until SIGTERM, SIGINT or `stop`.

    `tls` opens a second port for each door, under TLS. `ready` is called once all doors listen.
    Raises OSError where a port is taken or a certificate is no good, LogUnavailable where the log
    cannot be mended by waiting, and `ports.Unavailable` where the ledger cannot be read at the
    start.
    """
    allow_files(FILES)
    sys.setswitchinterval(SWITCH)
    context = tls.context() if tls is not None else None
    with ExitStack() as sockets:
        mqtt = sockets.enter_context(_listening(host, mqtt_port))
        http = sockets.enter_context(_listening(host, http_port))
        ports = (mqtts_port, https_port) if context is not None else ()
        secured = [sockets.enter_context(_listening(host, port)) for port in ports]
        gateway = _Gateway(parts)
        await gateway.start()
        if context is not None:
            await gateway.listen_secured(context, *secured)
        await gateway.listen(mqtt, http)
        stopping = _stopping(stop or asyncio.Event())
        if ready is not None:
            ready(Addresses(*(each.getsockname()[1] for each in (mqtt, http, *secured))))
        await gateway.run(stopping)


class _Gateway:
    """The parts of a gateway, joined."""

    def __init__(self, parts: Parts) -> None:
        counters, rates, clock = Counters(), parts.rates, Timekeeper(parts.clocks)
        threads = ThreadPoolExecutor(1, "ports")
        intake = Intake(Plates(parts.master_key), Roll(), leap=lambda: clock.leap)
        appender = parts.appender
        if parts.disk is not None:
            appender = Guarded(appender, parts.disk)
            counters.disk_free.set_function(parts.disk.free)
        self._clock = clock
        self._reader = parts.reader
        self._threads = threads
        self._door = Door(appender, clock, counters)
        self._hall = Hall(intake, self._door, counters, clock, rates=rates)
        self._polls = polls = Polls(intake)
        self._post = Post(
            parts.commands, threads, clock, lambda: [*self._hall.lines(), *polls.lines()]
        )
        self._hall.post = self._post
        self._courier = Courier(parts.outbox, self._door, threads)
        self._keeper = Keeper(
            parts.ledger,
            intake,
            threads,
            clock,
            first=self._copy_changes,
            changed=self._roll_changed,
        )
        self._http: Server = server(
            HttpDoor(
                intake,
                self._door,
                counters,
                clock,
                rates=rates,
                book=parts.book,
                post=self._post,
                polls=polls,
                desk=Desk(parts.enrolment, threads, clock) if parts.enrolment else None,
            )
        )
        self._notes = parts.notes
        self._watch: ClockWatch | None = None
        if parts.notes is not None:
            self._watch = ClockWatch(clock, parts.notes, threads, counters, self._door.leapt)
            counts = {SLOWED: rates.slowed, UNKEPT: intake.allowance.unkept}
            self._slowed = SlowedWatch(counts, parts.notes, threads, now_ms)
        self._replayer: Replayer | None = None
        if parts.replays is not None:
            self._replayer = Replayer(*parts.replays, intake, self._door, threads)
        self._committing: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._serving: asyncio.Task[None] | None = None
        self._chores: list[asyncio.Task[None]] = []

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
        self._opening = asyncio.create_task(self._open(control.DoorUp(at=now, since=last or now)))
        await asyncio.wait({self._opening}, timeout=START_SECONDS)
        if self._opening.done():
            self._opening.result()

    async def _open(self, note: control.DoorUp) -> None:
        await self._note(note)
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

    async def listen_secured(
        self, context: ssl.SSLContext, mqtts: socket.socket, https: socket.socket
    ) -> None:
        """Open the MQTT door under TLS too, and the HTTP door as soon as it opens."""
        await self._hall.listen(mqtts, context)
        self._http.secured = https, context
        ports = {"mqtts": mqtts.getsockname()[1], "https": https.getsockname()[1]}
        _log.info("gateway.listening_secured", **ports)

    async def run(self, stopping: asyncio.Task[None]) -> None:
        """Go on until told to stop, or until one of the parts fails; then end them all."""
        assert self._committing is not None and self._serving is not None, "listen() came before"
        assert self._opening is not None, "start() came before"
        parts = {self._committing, self._serving, *self._chores}
        try:
            await asyncio.wait({stopping, self._opening, *parts}, return_when=FIRST_COMPLETED)
            if self._opening.done():
                self._opening.result()
            done, _ = await asyncio.wait({stopping, *parts}, return_when=FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            stopping.cancel()
            await self._stop()

    def _roll_changed(self) -> None:
        self._hall.roll_changed()
        self._polls.roll_changed()

    async def _copy_changes(self) -> None:
        if self._committing is not None:  # at the very start the ledger is read before the log is
            await self._unless_broken(self._courier.drain())

    async def _stop(self) -> None:
        _log.info("gateway.stopping")
        self._hall.hush()
        self._polls.close()
        self._http.should_exit = True
        for chore in (*self._chores, self._opening):
            if chore is not None:
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
            self._hall.last_wills()
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
            await asyncio.wait({task, self._committing}, return_when=FIRST_COMPLETED)
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
