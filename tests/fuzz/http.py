"""The HTTP door in memory, for requests about codes and commands: whatever comes, it answers.

An input is a request: its first line, headers, a blank line, content. No socket reads it: that is
what `live` is for.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from functools import cache
from typing import Any
from urllib.parse import unquote

import msgspec

from tests.gateway.support.house import CODE, FixedCodes, MemoryLog
from tests.gateway.support.people import GATEWAY, SECRET, SMOKE, intake
from xiuhua.epoch import now_ms
from xiuhua.gateway.commands import Line, Outcome
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.door import Door
from xiuhua.gateway.http.app import HttpDoor
from xiuhua.gateway.http.body import Event
from xiuhua.gateway.http.enrol import Desk
from xiuhua.gateway.rates import Rates

_MINUTE = 60_000


class _AtOnce(Executor):
    """Does its work where it is asked: a thread's answer would come in a later turn."""

    def submit(self, fn: Callable[..., Any], /, *args: object, **more: object) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **more))
        except Exception as error:  # noqa: BLE001 - as an executor does
            done.set_exception(error)
        return done


class _Told:
    """The rooms: they have each word at once."""

    def delivered(self, _id: str, _device: str, line: Line) -> None:
        line.committed(())

    def answered(self, outcome: Outcome, _device: str, line: Line, _acknowledged: bytes) -> None:
        assert isinstance(outcome.why, str)
        line.committed(())


@cache
def _door() -> HttpDoor:
    minutes = itertools.count()
    table, counters = intake(), Counters()
    return HttpDoor(
        table,
        Door(MemoryLog(), now_ms, counters),
        counters,
        now_ms,
        rates=Rates(device=0, speaker=0),
        post=_Told(),  # type: ignore[arg-type]
        desk=Desk(FixedCodes(), _AtOnce(), lambda: next(minutes) * _MINUTE),  # it may always try
    )


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def request(data: bytes) -> str:
    """A request is answered, in JSON, and never by an error of ours."""
    status, content = _runner().run(_asked(data))
    said = msgspec.json.decode(content)
    assert status < 500 or status == 501, content  # 501: its own Transfer-Encoding
    return f"{status} {said.get('code', '')}"


async def _asked(data: bytes) -> tuple[int, bytes]:
    front, _, content = data.partition(b"\n\n")
    first, *lines = front.split(b"\n")
    method, _, target = first.partition(b" ")
    path, _, query = target.partition(b"?")
    if path in {b"/metrics", b"/health"}:
        path = b"/"
    half = len(content) // 2
    coming: list[Event] = [
        {"type": "http.request", "body": content[:half], "more_body": True},
        {"type": "http.request", "body": content[half:], "more_body": False},
    ]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method.decode("latin-1"),
        "path": unquote(path.decode("latin-1")),
        "query_string": query,
        "headers": [(b"host", b"x"), *map(_header, lines)],
        "client": ("192.0.2.1", 1),
    }
    answer: list[Event] = []

    async def receive() -> Event:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(event: Event) -> None:
        answer.append(event)

    await _door()(scope, receive, send)
    return answer[0]["status"], answer[1]["body"]


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip(), value.strip()


_LET_IN = f"authorization: Bearer {SMOKE}:{SECRET}\n".encode()
_BOX = f"authorization: Bearer {GATEWAY}:{SECRET}\n".encode()
CODES: Sequence[bytes] = (
    b'POST /enrol\ncontent-length: 30\n\n{"code":"%b"}' % CODE.encode(),
    b'POST /enrol\nexpect: 100-continue\n\n{"code":"guess","more":[{"a":[1]}]}',
)
COMMANDS: Sequence[bytes] = (
    b"GET /commands?wait=0\n" + _LET_IN + b"\n",
    b"GET /commands?wait=20&device=%b\n" % SMOKE.encode() + _BOX + b"\n",
    b"POST /commands/%b/c1\n" % SMOKE.encode() + _BOX + b'\n{"stage":"delivered"}',
    b"POST /commands/%b/c1\n" % SMOKE.encode() + _LET_IN + b'\n{"stage":"failed","why":"motor"}',
)
