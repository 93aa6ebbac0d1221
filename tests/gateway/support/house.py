"""The house behind the doors, small and in memory: a log that can be held, a ledger, an outbox."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.waiting import PATIENCE, eventually
from xiuhua.engine.control import Change, decode
from xiuhua.engine.records import Control, Data, Millis, Record, Tick
from xiuhua.epoch import now_ms
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.credentials import new_secret
from xiuhua.gateway.door import Door
from xiuhua.gateway.mqtt.listener import Hall
from xiuhua.gateway.ports import (
    BadCode,
    Command,
    Enrolled,
    News,
    Pending,
    Speaker,
    Unavailable,
    Use,
)
from xiuhua.gateway.service import Addresses, Parts, serve
from xiuhua.log.base import Answered, Appender, Entry, LogUnavailable, Reader, Rejected

from .people import KNOWN_TOKEN, MASTER, SMOKE, SPEAKERS, intake

CODE = "AAAA-BBBB-CCCC-DDDD"


class MemoryLog:
    """A log that commits when the test lets it, and fails when the test says so."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.rejected: list[Rejected] = []
        self.answers: dict[str, Answered] = {}
        self.failing: LogUnavailable | None = None
        self.tried = 0
        self._let = threading.Event()
        self._let.set()
        self._ids: set[str] = set()

    def hold(self) -> None:
        """From here on a commit waits, until `release`."""
        self._let.clear()

    def release(self) -> None:
        self._let.set()

    def append(self, entry: Entry, now: Millis) -> int:
        self.tried += 1
        assert self._let.wait(PATIENCE), "nobody released the log"
        if self.failing is not None:
            raise self.failing
        before = len(self.records)
        for id_, body in entry.controls:
            if id_ not in self._ids:
                self._ids.add(id_)
                self.records.append(Control(len(self.records) + 1, now, id_, body))
        if entry.count:
            self.records.append(Data(len(self.records) + 1, now, entry.count, entry.body))
        self.rejected.extend(entry.rejected)
        self.answers.update((each.name, each) for each in entry.answers)
        if len(self.records) == before:
            self.records.append(Tick(before + 1, now))
        return len(self.records)

    def find(self, name: str, *, since: Millis) -> Answered | None:
        """As the book of answers does."""
        found = self.answers.get(name)
        return found if found and found.at >= since else None

    def head(self) -> tuple[int, Millis]:
        return (len(self.records), self.records[-1].at) if self.records else (0, 0)

    def read(self, after: int, *, limit: int = 1000, max_bytes: int = 8 << 20) -> list[Record]:
        return self.records[after : after + limit]

    def name(self) -> str:
        return "memory"


def lines_in(log: Reader) -> list[bytes]:
    """Every line of every data record, in order."""
    lines: list[bytes] = []
    after = 0
    while records := log.read(after):
        after = records[-1].position
        for record in records:
            if isinstance(record, Data):
                lines += record.body.splitlines()
    return lines


def changes_in(log: Reader) -> list[Change]:
    """Every change that a control record of the log holds."""
    return [decode(record.body) for record in log.read(0) if isinstance(record, Control)]


@dataclass
class FixedLedger:
    """A ledger that changes when the test changes it."""

    who: tuple[Speaker, ...] = SPEAKERS
    lists: dict[str, list[str]] = field(default_factory=lambda: {"tl04": [KNOWN_TOKEN]})
    number: int = 1
    away: bool = False
    asked: int = 0
    heard: list[Use] = field(default_factory=list)

    def version(self) -> int:
        if self.away:
            raise Unavailable("the test took the ledger away")
        return self.number

    def speakers(self) -> Sequence[Speaker]:
        return self.who

    def vehicles(self) -> Mapping[str, Collection[str]]:
        self.asked += 1
        return self.lists

    def used(self, uses: Sequence[Use]) -> None:
        self.heard += uses

    def with_(self, speaker: Speaker) -> None:
        """Bring a speaker in."""
        self.who = (*self.who, speaker)
        self.number += 1

    def without(self, name: str) -> None:
        """Take a speaker out."""
        self.who = tuple(speaker for speaker in self.who if speaker.id != name)
        self.number += 1


@dataclass
class FixedOutbox:
    """An outbox that the test fills."""

    waiting: list[Pending] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    forgets: bool = False
    """Crash before marking: what was copied is offered again."""

    def pending(self, limit: int) -> Sequence[Pending]:
        return tuple(self.waiting[:limit])

    def copied(self, ids: Sequence[str]) -> None:
        self.done.extend(ids)
        if not self.forgets:
            self.waiting = [change for change in self.waiting if change.id not in set(ids)]


@dataclass
class FixedCommands:
    """Commands that the test gives; those acknowledged by a device wait no more."""

    given: list[Command] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    away: bool = False

    def waiting(self, now: Millis) -> Sequence[Command]:
        self._check()
        past = {one.id for one in self.news if one.stage != "sent"}
        return [one for one in self.given if one.id not in past and now < one.expires]

    def told(self, news: Sequence[News]) -> set[tuple[str, str]]:
        self._check()
        self.news += news
        known = {(one.id, one.device) for one in self.given}
        return {(one.id, one.device) for one in news if (one.id, one.device) in known}

    def stages(self, id_: str) -> list[str]:
        return [one.stage for one in self.news if one.id == id_]

    def _check(self) -> None:
        if self.away:
            raise Unavailable("the test took the rooms away")


@dataclass
class FixedCodes:
    """One code that is good once."""

    good: set[str] = field(default_factory=lambda: {CODE})
    away: bool = False
    asked: int = 0
    given: Enrolled = field(default_factory=lambda: Enrolled(SMOKE, new_secret()))

    def redeem(self, code: str, now: int) -> Enrolled:
        self.asked += 1
        if self.away:
            raise Unavailable("the test took the rooms away")
        if code not in self.good:
            raise BadCode("unknown" if code != CODE else "used")
        self.good.remove(code)
        return self.given


@dataclass
class House:
    """A running gateway and what stands behind it."""

    addresses: Addresses
    log: MemoryLog
    ledger: FixedLedger
    outbox: FixedOutbox
    commands: FixedCommands
    stop: asyncio.Event
    task: asyncio.Task[None]

    @property
    def mqtt(self) -> int:
        return self.addresses.mqtt

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.addresses.http}"

    async def close(self) -> None:
        self.log.release()
        self.stop.set()
        await self.task


async def start(log: Appender | None = None, **more: object) -> House:
    """A gateway on free ports, in this event loop."""
    memory = MemoryLog()
    if log is None:
        more = {"book": memory, **more}
    ledger, outbox, stop = FixedLedger(), FixedOutbox(), asyncio.Event()
    commands = FixedCommands()
    ready: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()
    listening = {
        name: more.pop(name) for name in ("tls", "mqtts_port", "https_port") if name in more
    }
    parts = Parts(
        ledger=ledger,
        outbox=outbox,
        commands=commands,
        appender=log or memory,
        reader=log or memory,  # type: ignore[arg-type]
        master_key=MASTER,
        **more,  # type: ignore[arg-type]
    )
    task = asyncio.create_task(
        serve(
            parts,
            mqtt_port=0,
            http_port=0,
            ready=ready.set_result,
            stop=stop,
            **listening,  # type: ignore[arg-type]
        )
    )
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    return House(await ready, memory, ledger, outbox, commands, stop, task)


@dataclass
class MqttOnly:
    """The MQTT door, the way to the log, and nothing else."""

    mqtt: int
    log: MemoryLog
    hall: Hall
    door: Door
    counters: Counters


@asynccontextmanager
async def mqtt_only(**more: object) -> AsyncIterator[MqttOnly]:
    """The MQTT door alone: it starts and ends in a few milliseconds."""
    log, counters = MemoryLog(), Counters()
    door = Door(log, now_ms, counters)
    hall = Hall(intake(), door, counters, now_ms, **more)  # type: ignore[arg-type]
    committing = asyncio.create_task(door.run())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await hall.listen(listening)
        try:
            yield MqttOnly(listening.getsockname()[1], log, hall, door, counters)
        finally:
            log.release()
            log.failing = None
            hall.hush()
            hall.close()
            door.close()
            await committing


@asynccontextmanager
async def running(log: Appender | None = None, **more: object) -> AsyncIterator[House]:
    """A gateway that ends with the block."""
    house = await start(log, **more)
    try:
        yield house
    finally:
        await house.close()


async def soon(fn: Callable[[], object], saying: str = "") -> None:
    """Wait until `fn` is true, and fail if that takes too long."""
    await asyncio.to_thread(eventually, fn, saying=saying)
