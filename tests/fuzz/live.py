"""The real doors in a process of their own, under clients that send nearly right bytes.

After each round a well-behaved client must get its acknowledgement; the process must still be the
same one, and must not have grown.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.gateway.support import mqtt
from tests.gateway.support.house import FixedLedger
from tests.gateway.support.people import SECRET, SMOKE
from tests.gateway.support.process import gateway
from xiuhua.gateway.mqtt.packets import V3, V5

from .mutate import hurt
from .targets import mqtt_seeds

AT_ONCE = 40
GROWTH = 100 << 20
"""Bytes that the gateway may grow by."""

WELL = 10.0
"""Seconds in which a well-behaved client must be served between two rounds."""


@dataclass
class Lived:
    """What the doors have been through. `peak_mib` is the gateway's memory after a round."""

    connections: int = 0
    bytes_sent: int = 0
    rounds: int = 0
    grown_mib: int = 0
    peak_mib: int = 0
    slowest_ms: float = 0.0


async def live(folder: Path, seconds: float, seed: int) -> Lived:
    """Rounds of hurt clients, for so many seconds."""
    dice, lived = random.Random(seed), Lived()
    async with gateway(folder / "log.db", FixedLedger()) as (process, ports):
        there = psutil.Process(process.pid)
        await served(ports["mqtt"], lived)
        before, until = there.memory_info().rss, time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                await asyncio.gather(*(hostile(ports, dice, lived) for _ in range(AT_ONCE)))
                assert process.returncode is None, f"the gateway died: {process.returncode}"
                await served(ports["mqtt"], lived)
                lived.rounds += 1
                held = there.memory_info().rss
                lived.peak_mib = max(lived.peak_mib, held >> 20)
                grown = held - before
                lived.grown_mib = max(lived.grown_mib, grown >> 20)
                assert grown < GROWTH, f"the gateway grew by {grown >> 20} MiB"
        except AssertionError as error:
            raise AssertionError(f"{error} (seed {seed}, round {lived.rounds})") from error
    return lived


async def served(port: int, lived: Lived) -> None:
    """A reading of a well-behaved client is acknowledged."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(WELL):
            name = f"{SMOKE}/well"
            async with mqtt.client(port, client_id=name) as there:
                answer = await mqtt.answer(there, mqtt.message(), V3)
    except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
        raise AssertionError(f"a good client was not served: {error!r}") from error
    assert answer == (0x40, b"\x00\x07"), answer
    lived.slowest_ms = max(lived.slowest_ms, 1000 * (time.monotonic() - began))


async def hostile(ports: dict[str, int], dice: random.Random, lived: Lived) -> None:
    """One client that sends hurt bytes, at MQTT's door or at HTTP's, and does not listen well."""
    seeds, port = (MQTT, ports["mqtt"]) if dice.random() < 0.7 else (HTTP, ports["http"])
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return
    lived.connections += 1
    try:
        for part in parts(dice, seeds):
            writer.write(part)
            lived.bytes_sent += len(part)
            if dice.random() < 0.3:
                await asyncio.sleep(0)
        async with asyncio.timeout(dice.choice((0.0, 0.01, 0.1))):
            await writer.drain()
            await reader.read(4096)
    except (OSError, TimeoutError):
        pass
    finally:
        if dice.random() < 0.5:
            writer.transport.abort()
        else:
            writer.close()


def parts(dice: random.Random, seeds: Sequence[bytes]) -> list[bytes]:
    """What such a client sends: most let themselves in first, as they should, and go wrong then."""
    version = dice.choice((V3, V5))
    first: list[bytes] = []
    if seeds is MQTT and dice.random() < 0.8:
        name = f"{SMOKE}/{dice.randrange(30)}"
        first = [mqtt.connect(mqtt.login(version=version, client_id=name))]
    data = b"".join(hurt(dice, seeds) for _ in range(dice.choice((1, 1, 3, 20))))
    cuts = sorted(dice.randint(0, len(data)) for _ in range(dice.choice((0, 0, 1, 5))))
    ends = [0, *cuts, len(data)]
    return first + [data[a:b] for a, b in itertools.pairwise(ends)]


MQTT = tuple(one for one in mqtt_seeds())
_READING = json.dumps({"device": SMOKE, "temperature": 20.0}).encode()
HTTP = (
    *(
        b"POST /intake HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\nAuthorization: Bearer %b:%b\r\n%b"
        % (form, SMOKE.encode(), SECRET.encode(), rest)
        for form, rest in (
            (b"application/json", b"Content-Length: %d\r\n\r\n%b" % (len(_READING), _READING)),
            (b"application/x-ndjson", b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n0\r\n\r\n'),
            (
                b"application/json",
                b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\0",
            ),
        )
    ),
    b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /metrics HTTP/1.0\r\n\r\n",
)
