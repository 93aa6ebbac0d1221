"""The HTTP door: `POST /intake`, `GET /commands`, `POST /commands/<device>/<id>`, `POST /enrol`,
`GET /health`, `GET /metrics` (from this machine alone)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from xiuhua.engine.records import Millis
from xiuhua.gateway.commands import Post
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.door import Door
from xiuhua.gateway.intake import Form, Intake, Message
from xiuhua.gateway.parsing import ITEMS_MOST
from xiuhua.gateway.ports import Speaker
from xiuhua.gateway.rates import Rates
from xiuhua.log.base import Answered

from . import body, keys
from .answers import (
    Answer,
    Turned,
    bad_wait,
    malformed,
    not_committed,
    not_found,
    not_logged_in,
    result,
    too_fast,
    too_many,
    too_many_at_once,
    wrong_expectation,
    wrong_media,
    wrong_method,
    wrong_transfer,
)
from .body import SHORT, Event, Gone, Incoming, Receive
from .enrol import Desk
from .polls import WAIT_MOST, WAIT_USUAL, Poll, Polls, tell

Scope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Event], Awaitable[None]]

FORMS: dict[str, Form] = {
    "application/json": "json",
    "application/x-ndjson": "lines",
    "application/ndjson": "lines",
    "application/jsonl": "lines",
    "application/senml+json": "senml",
}
CERTIFIED = "xiuhua.certified"
"""In the scope: the name in the client's certificate; None, or nothing, where it showed none."""

COMMIT_SECONDS = 15
AT_ONCE_MOST = 8
"""Requests of one speaker that may wait for their answer."""

ALL_AT_ONCE_MOST = 100
"""Requests of everybody: as many bodies may be in memory."""


class HttpDoor:
    """An ASGI application."""

    def __init__(
        self,
        intake: Intake,
        door: Door,
        counters: Counters,
        clock: Callable[[], Millis],
        *,
        rates: Rates,
        book: keys.Book | None = None,
        post: Post | None = None,
        polls: Polls | None = None,
        desk: Desk | None = None,
    ) -> None:
        self._intake = intake
        self._door = door
        self._counters = counters
        self._clock = clock
        self._rates = rates
        self._keys = keys.Keys(book)
        self._under_way: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._post = post
        self._polls = polls or Polls(intake)
        self._desk = desk
        self._routes = {
            "/intake": ("POST", self._take),
            "/commands": ("GET", self._commands),
            "/enrol": ("POST", self._enrol),
            "/commands/": ("POST", self._word),
            "/health": ("GET", self._health),
            "/metrics": ("GET", self._metrics),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "no lifespan and no web sockets are served here"
        content = Incoming(receive)
        try:
            answer = await self._answer(scope, content)
        except Turned as turned:
            answer = turned.answer
        except Gone:
            return
        await _send(send, await _last(scope, content, answer))

    async def _answer(self, scope: Scope, content: Incoming) -> Answer:
        _check(scope["http_version"], scope["headers"])
        path = scope["path"]
        known = self._routes.get("/commands/" if path.startswith("/commands/") else path)
        method, handle = known or ("", None)
        if handle is None:
            raise not_found()
        if scope["method"] != method:
            raise wrong_method(method)
        return await handle(scope, content)

    async def _take(self, scope: Scope, content: Incoming) -> Answer:
        """Steps: 1. what content, from whom; 2. read it; 3. take it; 4. commit; 5. answer."""
        headers = _headers(scope["headers"])
        form = FORMS.get(headers.get("content-type", "").partition(";")[0].strip().lower())
        if form is None:
            raise wrong_media(", ".join(FORMS))
        speaker = self._log_in(scope, headers)
        itself = speaker.id if speaker.kind else None
        if wait := self._rates.wait(speaker.id, time.monotonic(), itself):
            raise too_fast(wait)
        if self._under_way[speaker.id] >= AT_ONCE_MOST:
            raise too_many_at_once()
        if self._under_way.total() >= ALL_AT_ONCE_MOST:
            raise not_committed()
        self._under_way[speaker.id] += 1
        try:
            coding = headers.get("content-encoding", "").strip().lower()
            read = await body.read(content, coding, headers.get("content-length", ""))
            if not self._intake.roll.opens(speaker.id, speaker.secret):
                raise not_logged_in()  # its secret was withdrawn while the content came in
            return await self._once(speaker, read, form, headers.get("idempotency-key"))
        finally:
            self._under_way[speaker.id] -= 1
            if not self._under_way[speaker.id]:
                del self._under_way[speaker.id]

    async def _once(self, speaker: Speaker, content: bytes, form: Form, key: str | None) -> Answer:
        """Carry the request out, once if it has a key; give up waiting when that takes long."""
        if self._door.full or self._door.stuck:
            raise not_committed()
        message = self._message(speaker, content, form)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                if key is None:
                    return await self._commit(message, lambda _answer: None)
                asked = keys.ask(key, speaker.id, form, content, message.now)
                return await self._keys.once(asked, lambda: self._commit(message, asked.noted))
        except TimeoutError:
            raise not_committed() from None

    def _message(self, speaker: Speaker, content: bytes, form: Form) -> Message:
        device = speaker.id if speaker.kind else None
        return Message(content, "http", speaker, device, self._clock(), form)

    async def _commit(self, message: Message, noted: Callable[[Answer], Answered | None]) -> Answer:
        if self._door.full:
            raise not_committed()
        taken = self._intake.take(message)
        devices, others = taken.owed(message.speaker, message.device)
        wait = self._rates.spend(message.speaker.id, devices, time.monotonic(), others=others)
        if wait:
            raise too_fast(wait)
        if any(refusal.why.reason == "too_many" for refusal in taken.refused[:1]):
            raise too_many(ITEMS_MOST)
        self._counters.taken("http", taken)
        answer = result(taken)
        await self._door.commit(taken, answer=noted(answer))
        return answer

    async def _commands(self, scope: Scope, content: Incoming) -> Answer:
        """What waits for a device, or for all of this speaker's, waiting for it if need be."""
        speaker = self._log_in(scope, _headers(scope["headers"]))
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        wait = asked.get("wait", str(WAIT_USUAL))
        if not (wait.isascii() and wait.isdecimal() and len(wait) < 6):
            raise bad_wait(WAIT_MOST)
        devices = self._polls.devices(speaker, asked.get("device", ""))
        return await self._polls.wait(Poll(speaker, devices), min(int(wait), WAIT_MOST), content)

    async def _word(self, scope: Scope, content: Incoming) -> Answer:
        """What a device says of a command."""
        speaker = self._log_in(scope, _headers(scope["headers"]))
        device, _, id_ = scope["path"].removeprefix("/commands/").partition("/")
        if not device or not id_ or self._post is None:
            raise not_found()
        self._polls.devices(speaker, device)
        if self._told[speaker.id] >= AT_ONCE_MOST:
            raise too_many_at_once()
        self._told[speaker.id] += 1
        try:
            return await tell(self._post, device, id_, await _short(scope, content))
        finally:
            self._told[speaker.id] -= 1
            if not self._told[speaker.id]:
                del self._told[speaker.id]

    async def _enrol(self, scope: Scope, content: Incoming) -> Answer:
        """A device that holds a one-time code fetches its secret."""
        if self._desk is None:
            raise not_found()
        client = scope.get("client")
        self._desk.let_try(client[0] if client else "")
        return await self._desk.redeem(await _short(scope, content))

    async def _health(self, _scope: Scope, _content: Incoming) -> Answer:
        stuck = self._door.stuck
        state = {"status": "log unavailable" if stuck else "ok", "speakers": len(self._intake.roll)}
        return Answer(503 if stuck else 200, msgspec.json.encode(state))

    async def _metrics(self, scope: Scope, _content: Incoming) -> Answer:
        if not _from_this_machine(scope):
            raise not_found()
        text = "text/plain; version=0.0.4; charset=utf-8"
        return Answer(200, self._counters.text(), media_type=text)

    def _log_in(self, scope: Scope, headers: Mapping[str, str]) -> Speaker:
        name, secret = _credentials(headers.get("authorization", ""))
        speaker = self._intake.roll.log_in(name, secret)
        if speaker is None or scope.get(CERTIFIED) not in {None, speaker.id}:
            self._counters.logins_refused.labels("http").inc()
            raise not_logged_in()
        return speaker


def _check(version: str, raw: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise Turned for a head that HTTP/1.1 does not allow, or asks for what is not done here."""
    headers = _headers(raw)
    host = headers.get("host", "" if version == "1.0" else None)
    if host is None or "," in host:
        raise malformed()
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        raise wrong_transfer()
    if headers.get("expect", "100-continue").lower() != "100-continue":
        raise wrong_expectation()


async def _short(scope: Scope, content: Incoming) -> bytes:
    """The content of a request that has little to say."""
    headers = _headers(scope["headers"])
    return await body.read(content, "", headers.get("content-length", ""), SHORT)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """By name; what is said twice is joined by a comma, and so is nothing that we know."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, said = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {said}" if key in headers else said
    return headers


def _credentials(authorization: str) -> tuple[str, str]:
    """Id and secret of `Bearer <id>:<secret>` or of Basic; empty where there are none."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            rest = base64.b64decode(rest, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
    elif scheme.lower() != "bearer":
        return "", ""
    name, _, secret = rest.strip().rpartition(":")
    return name, secret


def _from_this_machine(scope: Scope) -> bool:
    """Whether the request came from this machine itself, not through a proxy that stands on it."""
    proxied = {"forwarded", "x-forwarded-for", "x-real-ip", "via"} & _headers(
        scope["headers"]
    ).keys()
    client = scope.get("client")
    return client is not None and not proxied and ipaddress.ip_address(client[0]).is_loopback


async def _last(scope: Scope, content: Incoming, answer: Answer) -> Answer:
    """The answer as it is to be sent: where a request was turned away before its end, nothing can
    follow it on this connection. A client that waits for leave to send is not given it."""
    if answer.status < HTTPStatus.BAD_REQUEST or content.ended:
        return answer
    if "expect" not in _headers(scope["headers"]) and await body.drain(content):
        return answer
    return replace(answer, headers={**answer.headers, "connection": "close"})


async def _send(send: Send, answer: Answer) -> None:
    headers = {
        "content-type": answer.media_type,
        "content-length": str(len(answer.body)),
        "cache-control": "no-store",
        **answer.headers,
    }
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": answer.body})
