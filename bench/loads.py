"""Loads for the front doors: as much as they acknowledge, or at a set pace, from one process."""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import msgspec


@dataclass
class Tally:
    """What has been acknowledged: readings and messages. `pace` is readings a second, 0 for all
    that is acknowledged."""

    until: float
    pace: float = 0.0
    readings: int = 0
    messages: int = 0
    began: float = field(default_factory=time.perf_counter)

    def done(self) -> bool:
        return time.perf_counter() >= self.until

    def allowance(self) -> float:
        """Seconds to wait before the next message."""
        if not self.pace:
            return 0.0
        return self.began + self.readings / self.pace - time.perf_counter()


class MqttLoad(asyncio.Protocol):
    """One connection, 3.1.1, QoS 1, a window of unacknowledged messages."""

    def __init__(
        self, user: str, secret: str, number: int, messages: Iterator[tuple[bytes, bytes, int]],
        tally: Tally, window: int,
    ) -> None:  # fmt: skip
        self.login = (f"{user}/{number}", user, secret)
        self.messages = messages
        self.tally = tally
        self.window = window
        self.flying: dict[int, int] = {}
        self.numbers = itertools.cycle(range(1, 65_536))
        self.buffer = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        client, user, secret = (word.encode() for word in self.login)
        body = b"\x00\x04MQTT\x04\xc2\x00\x3c" + b"".join(
            struct.pack("!H", len(word)) + word for word in (client, user, secret)
        )
        transport.write(b"\x10" + _length(len(body)) + body)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        at = 0
        while len(self.buffer) - at >= 4:
            if self.buffer[at] == 0x40:
                number = int.from_bytes(self.buffer[at + 2 : at + 4], "big")
                self.tally.readings += self.flying.pop(number)
                self.tally.messages += 1
            else:
                assert self.buffer[at : at + 4] == b"\x20\x02\x00\x00", self.buffer[at : at + 4]
            at += 4
        self.buffer = self.buffer[at:]
        self._fill()

    def _fill(self) -> None:
        if self.tally.done():
            if not self.flying and not self.ended.done():
                self.ended.set_result(None)
                self.transport.close()
            return
        wait = self.tally.allowance()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._fill)
            return
        out = bytearray()
        while len(self.flying) < self.window:
            out += self._publish()
            if self.tally.pace:
                break
        self.transport.write(bytes(out))

    def _publish(self) -> bytes:
        topic, payload, readings = next(self.messages)
        number = next(self.numbers)
        self.flying[number] = readings
        body = struct.pack("!H", len(topic)) + topic + struct.pack("!H", number) + payload
        return b"\x32" + _length(len(body)) + body

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the door closed the connection"))


class HttpLoad(asyncio.Protocol):
    """One connection that posts NDJSON, one request after the other."""

    def __init__(
        self, authorization: str, bodies: Iterator[tuple[bytes, int]], tally: Tally
    ) -> None:
        self.head = (
            "POST /intake HTTP/1.1\r\nhost: bench\r\ncontent-type: application/x-ndjson\r\n"
            f"authorization: {authorization}\r\ncontent-length: "
        ).encode()
        self.bodies = bodies
        self.tally = tally
        self.flying = 0
        self.answer = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._post()

    def _post(self) -> None:
        body, self.flying = next(self.bodies)
        self.transport.write(self.head + str(len(body)).encode() + b"\r\n\r\n" + body)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if not self.answer.endswith(b"}"):
            return
        assert self.answer.startswith(b"HTTP/1.1 202"), self.answer[:300]
        self.answer = b""
        self.tally.readings += self.flying
        self.tally.messages += 1
        if self.tally.done():
            self.ended.set_result(None)
            self.transport.close()
        else:
            wait = self.tally.allowance()
            asyncio.get_running_loop().call_later(max(0.0, wait), self._post)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the door closed the connection"))


async def run(connections: int, make: Callable[[int], MqttLoad | HttpLoad], port: int) -> None:
    """Open the connections and wait until all have ended."""
    loop = asyncio.get_running_loop()
    loads = []
    for number in range(connections):
        _, load = await loop.create_connection(partial(make, number), "127.0.0.1", port)
        loads.append(load.ended)
    await asyncio.gather(*loads)


def _length(n: int) -> bytes:
    out = bytearray()
    while True:
        n, low = divmod(n, 128)
        out.append(low | (0x80 if n else 0))
        if not n:
            return bytes(out)


def quiet_readings(devices: list[tuple[str, str]]) -> Iterator[dict[str, object]]:
    """Everyday readings of water, arc, bikeshed and camera devices, for ever, each at its own
    moment: (device, kind) in turn."""
    ordinary: dict[str, dict[str, object]] = {
        "water": {"pressure": 250_000.0, "flow": 3.2},
        "arc": {"arcs": 0.0, "current": 3.1, "leakage": 2.0, "temperature": 31.0},
        "bikeshed": {"temperature": 24.0, "smoke": 0.01, "power": 900.0, "charging": 4,
                     "vehicles": 21},
        "camera": {"people": 3, "confidence": 0.9},
    }  # fmt: skip
    for turn, (device, kind) in enumerate(itertools.cycle(devices)):
        yield {"device": device, **ordinary[kind], "time": time.time_ns() // 1_000_000 - turn % 7}


encode = msgspec.json.encode
