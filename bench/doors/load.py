"""The load: one process, many connections, each with a window of messages not yet acknowledged.

    python -m bench.doors.load < job.json

prints what was acknowledged, how long each acknowledgement took, and what the load itself cost, so
that nobody takes the load's limit for the door's. Every message is written anew (its time differs),
from parts that are encoded once. A message's time to its acknowledgement runs from the moment it is
given to the socket until the acknowledgement has been read from it, both in this process.
"""

from __future__ import annotations

import array
import asyncio
import base64
import sys
import time
from collections import deque
from collections.abc import Iterator
from itertools import cycle
from typing import cast

import msgspec
import numpy as np
import uvloop

DRAIN = 20.0
"""Seconds that an acknowledgement may still take after the end; what comes later is not counted."""

STALL = 0.15
"""Seconds without any acknowledgement, while some are awaited: a stall."""


class Job(msgspec.Struct):
    """What to send, to whom, and for how long."""

    protocol: str
    """mqtt, http or nats."""
    port: int
    connections: int
    window: int
    readings: int
    """Readings a message."""
    seconds: float
    secret: str = ""
    warm: float = 2.0
    """Seconds of the same load before the count begins; they are sent and stored like the rest."""


class Result(msgspec.Struct):
    """What came of it. Times in ms; `messages` and `seconds` are of the counted time alone."""

    messages: int
    seconds: float
    all_messages: int
    """Acknowledged from the first to the last, warming up and draining included."""
    unanswered: int
    p50: float
    p99: float
    worst: float
    stalls: list[float]
    """Each time, in ms, for which nothing was acknowledged though something was awaited."""
    cpu: float
    """Of one core, 0 to 1."""


class Tally:
    """What all connections of the job have seen."""

    def __init__(self, job: Job) -> None:
        self.begins = time.perf_counter() + job.warm
        self.ends = self.begins + job.seconds
        self.took = array.array("d")
        self.all_messages = 0
        self.awaited = 0
        self.last = time.perf_counter()
        self.stalls: list[float] = []

    def acknowledged(self, sent: float, now: float) -> None:
        """One message was, `now`."""
        self.all_messages += 1
        self.awaited -= 1
        if self.begins <= now < self.ends:
            self.took.append(now - sent)
            if now - self.last > STALL:
                self.stalls.append(1000 * (now - self.last))
        self.last = now


def _length(n: int) -> bytes:
    out = bytearray()
    while True:
        n, low = divmod(n, 128)
        out.append(low | (0x80 if n else 0))
        if not n:
            return bytes(out)


def reading(device: str) -> tuple[bytes, bytes]:
    """A reading of a water-pressure sensor: what stands before its time, and behind it."""
    return b'{"device":"%s","time":' % device.encode(), b',"pressure":250000.0,"flow":3.2}'


class Window(asyncio.Protocol):
    """One connection. Subclasses know how a message and its acknowledgement look."""

    def __init__(self, job: Job, device: str, tally: Tally) -> None:
        self.job, self.device, self.tally = job, device, tally
        self.flying: deque[float] = deque()
        self.rest = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.hello())

    def hello(self) -> bytes:
        return b""

    def messages(self, count: int) -> bytes:
        """The next so many messages, whole."""
        raise NotImplementedError

    def answers(self, data: bytes) -> int:
        """How many acknowledgements stand in what came, in the order of sending."""
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        now, flying, tally = time.perf_counter(), self.flying, self.tally
        for _ in range(self.answers(self.rest + data if self.rest else data)):
            tally.acknowledged(flying.popleft(), now)
        if now < tally.ends:
            self.fill(now)
        elif not flying and not self.ended.done():
            self.ended.set_result(None)

    def fill(self, now: float) -> None:
        count = self.job.window - len(self.flying)
        if count:
            self.transport.write(self.messages(count))
            self.flying.extend([now] * count)
            self.tally.awaited += count

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the door closed the connection"))


def body_of(job: Job, device: str) -> tuple[bytes, bytes, list[bytes]]:
    """A message's payload as what `join` with a time makes it: first, last, and parts between."""
    before, behind = reading(device)
    if job.readings == 1:
        return before, behind, []
    return b"[" + before, behind + b"]", [behind + b"," + before] * (job.readings - 1)


class Mqtt(Window):
    """3.1.1, QoS 1."""

    def __init__(self, job: Job, device: str, tally: Tally) -> None:
        super().__init__(job, device, tally)
        first, last, between = body_of(job, device)
        now = time.time_ns() // 1_000_000 - job.readings
        # Made once: all readings of an array but its last keep their times from message to message.
        payload = first + b"".join(b"%d%b" % (now + n, part) for n, part in enumerate(between))
        self.head, self.tail = payload, last
        topic = f"up/{device}".encode()
        size = 2 + len(topic) + 2 + len(payload) + 13 + len(last)
        self.front = b"\x32" + _length(size) + len(topic).to_bytes(2, "big") + topic
        self.ids: Iterator[bytes] = cycle([n.to_bytes(2, "big") for n in range(1, 2_001)])

    def hello(self) -> bytes:
        words = (self.device, self.device, self.job.secret)
        body = b"\x00\x04MQTT\x04\xc2\x03\xe8" + b"".join(
            len(word).to_bytes(2, "big") + word.encode() for word in words
        )
        return b"\x10" + _length(len(body)) + body

    def messages(self, count: int) -> bytes:
        now = time.time_ns() // 1_000_000
        front, head, tail, ids = self.front, self.head, self.tail, self.ids
        return b"".join(
            [b"%b%b%b%d%b" % (front, next(ids), head, now - n, tail) for n in range(count)]
        )

    def answers(self, data: bytes) -> int:
        if data.startswith(b"\x20"):
            assert data[:4] == b"\x20\x02\x00\x00", data
            data = data[4:]
        count, left = divmod(len(data), 4)
        self.rest = data[count * 4 :] if left else b""
        assert data.count(b"\x40\x02") >= count, data[:40]
        return count


class Http(Window):
    """`POST /intake` of NDJSON, one request after the other."""

    def __init__(self, job: Job, device: str, tally: Tally) -> None:
        super().__init__(job, device, tally)
        before, behind = reading(device)
        now = time.time_ns() // 1_000_000 - job.readings
        lines = (b"%b%d%b\n" % (before, now + n, behind) for n in range(job.readings - 1))
        self.body = b"".join(lines) + before
        self.tail = behind
        basic = base64.b64encode(f"{device}:{job.secret}".encode()).decode()
        self.head = (
            "POST /intake HTTP/1.1\r\nhost: bench\r\ncontent-type: application/x-ndjson\r\n"
            f"authorization: Basic {basic}\r\n"
            f"content-length: {len(self.body) + 13 + len(behind)}\r\n\r\n"
        ).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.fill(time.perf_counter())

    def messages(self, count: int) -> bytes:
        moment = b"%d" % (time.time_ns() // 1_000_000)
        return b"".join([self.head, self.body, moment, self.tail] * count)

    def answers(self, data: bytes) -> int:
        if not data.endswith(b"}"):
            self.rest = data
            return 0
        assert data.startswith(b"HTTP/1.1 202") and b'"rejected":[]' in data, data[:300]
        self.rest = b""
        return 1


class Nats(Window):
    """JetStream: PUB with a subject to answer to; the answer says the message's sequence."""

    def __init__(self, job: Job, device: str, tally: Tally) -> None:
        super().__init__(job, device, tally)
        self.before, self.behind = reading(device)
        inbox = f"_INBOX.{device}"
        self.inbox = inbox.encode()
        size = len(self.before) + 13 + len(self.behind)
        self.front = f"PUB up.{device} {inbox} {size}\r\n".encode()

    def hello(self) -> bytes:
        return b'CONNECT {"verbose":false}\r\nSUB ' + self.inbox + b" 1\r\n"

    def messages(self, count: int) -> bytes:
        now = time.time_ns() // 1_000_000
        front, head, tail = self.front, self.before, self.behind
        return b"".join([b"%b%b%d%b\r\n" % (front, head, now - n, tail) for n in range(count)])

    def answers(self, data: bytes) -> int:
        lines = data.split(b"\r\n")
        self.rest = lines.pop()
        if any(line == b"PING" for line in lines):
            self.transport.write(b"PONG\r\n")
        assert not any(line.startswith(b"-ERR") or b'"error"' in line for line in lines), lines
        return sum(line.startswith(b'{"stream"') for line in lines)


KINDS: dict[str, type[Window]] = {"mqtt": Mqtt, "http": Http, "nats": Nats}


async def run(job: Job) -> Result:
    """The whole job."""
    loop = asyncio.get_running_loop()
    tally, loads = Tally(job), []
    for number in range(job.connections):
        load = KINDS[job.protocol](job, name(number), tally)
        await loop.create_connection(lambda one=load: one, "127.0.0.1", job.port)  # type: ignore[misc]
        loads.append(load)
    tally.begins = time.perf_counter() + job.warm
    tally.ends = tally.begins + job.seconds
    await asyncio.sleep(job.warm)
    cpu = time.process_time()
    await asyncio.sleep(max(0.0, tally.ends - time.perf_counter()))
    cpu = time.process_time() - cpu
    await asyncio.wait([load.ended for load in loads], timeout=DRAIN)
    for load in loads:
        if load.ended.done():
            load.ended.result()
        load.transport.abort()
    took = 1000 * np.frombuffer(tally.took)
    p50, p99, worst = np.quantile(took, (0.5, 0.99, 1.0)) if len(took) else (np.nan,) * 3
    return Result(
        len(took), job.seconds, tally.all_messages, tally.awaited,
        float(p50), float(p99), float(worst), tally.stalls, cpu / job.seconds,
    )  # fmt: skip


def name(number: int) -> str:
    """The device of that connection."""
    return f"tl04-water-{number:05}"


def main() -> None:
    """Read a job, do it, print its result."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(job))) + b"\n")


if __name__ == "__main__":
    main()
