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
from functools import partial
from pathlib import Path

import httpx
import psutil

from tests.gateway.support import mqtt
from tests.gateway.support.house import CODE, FixedLedger
from tests.gateway.support.people import GATEWAY, SECRET, SMOKE, WATER
from tests.gateway.support.process import gateway
from tests.support.waiting import PATIENCE, eventually
from xiuhua.gateway.http.polls import WAIT_MOST
from xiuhua.gateway.mqtt.packets import V3, V5

from .mutate import hurt
from .targets import mqtt_seeds

AT_ONCE = 40
GROWTH = 100 << 20
"""Bytes that the gateway may grow by."""


@dataclass
class Lived:
    """What the doors have been through. `peak_mib` is the gateway's memory after a round."""

    seconds: float = 0.0
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
        await served(ports, lived)
        before, start = there.memory_info().rss, time.monotonic()
        try:
            while (now := time.monotonic()) < start + seconds:
                await asyncio.gather(*(hostile(ports, dice, lived) for _ in range(AT_ONCE)))
                assert process.returncode is None, f"the gateway died: {process.returncode}"
                await served(ports, lived)
                lived.rounds += 1
                held = there.memory_info().rss
                lived.peak_mib = max(lived.peak_mib, held >> 20)
                grown = held - before
                lived.grown_mib = max(lived.grown_mib, grown >> 20)
                assert grown < GROWTH, f"the gateway grew by {grown >> 20} MiB"
            await free(ports["http"])
        except AssertionError as error:
            raise AssertionError(f"{error} (seed {seed}, round {lived.rounds})") from error
    lived.seconds = round(now - start, 1)
    return lived


async def served(ports: dict[str, int], lived: Lived) -> None:
    """A reading of a well-behaved client is acknowledged; another asks for its commands and is
    told that there are none; a third tries a code and hears that there is no such one."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            name = f"{SMOKE}/well"
            async with mqtt.client(ports["mqtt"], client_id=name) as there:
                answer = await mqtt.answer(there, mqtt.message(), V3)
            polled = await asked(ports["http"], _poll(WATER, 0))
            turn = lived.rounds // 5 % 1000  # each address tries five times
            tried = await asked(ports["http"], GUESS, f"127.2.{turn // 250}.{turn % 250 + 1}")
    except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
        raise AssertionError(f"a good client was not served: {error!r}") from error
    assert answer == (0x40, b"\x00\x07"), answer
    assert polled.startswith(b"HTTP/1.1 200") and polled.endswith(b'{"commands":[]}'), polled
    assert tried.startswith(b"HTTP/1.1 403") and b"code_unknown" in tried, tried
    lived.slowest_ms = max(lived.slowest_ms, 1000 * (time.monotonic() - began))


async def free(port: int) -> None:
    """All who hung up while they waited for commands have left their place to the next: at once,
    or, where another request stood behind theirs and nobody read on, when their time is up."""
    headers = {"authorization": f"Bearer {SMOKE}:{SECRET}"}
    where = f"http://127.0.0.1:{port}/commands?wait=0"
    ask = partial(httpx.get, where, headers=headers, timeout=PATIENCE)
    saying = "a place to wait for commands is held by nobody"
    await asyncio.to_thread(
        eventually, lambda: ask().status_code == 200, WAIT_MOST + PATIENCE, saying=saying
    )


async def asked(port: int, request: bytes, source: str = "127.0.0.1") -> bytes:
    """The whole answer to a request, sent from this address of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()


async def hostile(ports: dict[str, int], dice: random.Random, lived: Lived) -> None:
    """One client that sends hurt bytes, at MQTT's door or at HTTP's, and does not listen well."""
    seeds, port = (MQTT, ports["mqtt"]) if dice.random() < 0.5 else (HTTP, ports["http"])
    # As many addresses as the door counts, nearly: each may try ten codes a minute.
    source = f"127.1.{dice.randrange(32)}.{dice.randrange(1, 251)}"
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
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


def _request(first: str, *headers: str, content: bytes = b"") -> bytes:
    """A request of SMOKE's."""
    lines = (f"{first} HTTP/1.1", "Host: x", f"Authorization: Bearer {SMOKE}:{SECRET}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + content


def _post(path: str, content: bytes, *headers: str) -> bytes:
    return _request(f"POST {path}", *headers, f"Content-Length: {len(content)}", content=content)


def _poll(name: str, wait: int) -> bytes:
    """A request for this one's commands, the last on its connection."""
    return (
        f"GET /commands?wait={wait} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {name}:{SECRET}\r\n\r\n"
    ).encode()


_JSON = "Content-Type: application/json"
_CHUNKED = "Transfer-Encoding: chunked"
GUESS = _post("/enrol", b'{"code":"guess"}', "Connection: close")
HTTP = (
    _post("/intake", _READING, _JSON),
    _request(
        "POST /intake", "Content-Type: application/x-ndjson", _CHUNKED,
        content=b'5\r\n{"a":\r\n0\r\n\r\n',
    ),
    _post("/intake", b"\x1f\x8b\x08\0", _JSON, "Content-Encoding: gzip"),
    _request("GET /health"),
    _request("GET /metrics").replace(b"HTTP/1.1", b"HTTP/1.0"),
    GUESS,
    _post("/enrol", b'{"code":"%b","more":[{"a":[]}]}' % CODE.encode(), _JSON),
    _request("POST /enrol", _CHUNKED, content=b'8\r\n{"code":\r\n3\r\n"x"\r\n1\r\n}\r\n0\r\n\r\n'),
    _request("POST /enrol", "Expect: 100-continue", "Content-Length: 900", content=b'{"code":"'),
    _poll(SMOKE, 5),
    _poll(GATEWAY, 1) + _poll(GATEWAY, 0),
    _request(f"GET /commands?wait=3&device={SMOKE}", "Content-Length: 3", content=b"{}\n"),
    _post(f"/commands/{SMOKE}/c1", b'{"stage":"delivered"}'),
    _post(f"/commands/{SMOKE}/c1", b'{"stage":"failed","why":"motor"}', _JSON),
    _request(f"POST /commands/{SMOKE}/c1", _CHUNKED,
             content=b'10\r\n{"stage":"done"}\r\n0\r\n\r\n'),
)  # fmt: skip
