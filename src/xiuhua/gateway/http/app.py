"""The HTTP door: `POST /intake`, `GET /health`, `GET /metrics` (from this machine alone)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

import msgspec

from xiuhua.engine.records import Millis
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.door import Door
from xiuhua.gateway.intake import Form, Intake, Message
from xiuhua.gateway.ports import Speaker

from . import body
from .answers import (
    Answer,
    Turned,
    not_committed,
    not_found,
    not_logged_in,
    result,
    too_many_at_once,
    wrong_media,
    wrong_method,
)
from .body import Event, Gone, Receive

Scope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Event], Awaitable[None]]

FORMS: dict[str, Form] = {
    "application/json": "json",
    "application/x-ndjson": "lines",
    "application/senml+json": "senml",
}
COMMIT_SECONDS = 15
AT_ONCE_MOST = 8
"""Requests of one speaker that may wait for their answer."""

ALL_AT_ONCE_MOST = 100
"""Requests of everybody: as many bodies may be in memory."""


class HttpDoor:
    """An ASGI application."""

    def __init__(
        self, intake: Intake, door: Door, counters: Counters, clock: Callable[[], Millis]
    ) -> None:
        self._intake = intake
        self._door = door
        self._counters = counters
        self._clock = clock
        self._under_way: Counter[str] = Counter()
        self._routes = {
            "/intake": ("POST", self._take),
            "/health": ("GET", self._health),
            "/metrics": ("GET", self._metrics),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "no lifespan and no web sockets are served here"
        try:
            answer = await self._answer(scope, receive)
        except Turned as turned:
            answer = turned.answer
        except Gone:
            return
        await _send(send, answer)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        method, handle = self._routes.get(scope["path"], ("", None))
        if handle is None:
            raise not_found()
        if scope["method"] != method:
            raise wrong_method(method)
        return await handle(scope, receive)

    async def _take(self, scope: Scope, receive: Receive) -> Answer:
        """Steps: 1. what content, from whom; 2. read it; 3. take it; 4. commit; 5. answer."""
        headers = _headers(scope["headers"])
        form = FORMS.get(headers.get("content-type", "").partition(";")[0].strip().lower())
        if form is None:
            raise wrong_media(", ".join(FORMS))
        speaker = self._log_in(headers.get("authorization", ""))
        if self._under_way[speaker.id] >= AT_ONCE_MOST:
            raise too_many_at_once()
        if self._under_way.total() >= ALL_AT_ONCE_MOST:
            raise not_committed()
        self._under_way[speaker.id] += 1
        try:
            content = await body.read(receive, headers.get("content-encoding", "").lower())
            if not self._intake.roll.opens(speaker.id, speaker.secret):
                raise not_logged_in()  # its secret was withdrawn while the content came in
            return await self._commit(speaker, content, form)
        finally:
            self._under_way[speaker.id] -= 1
            if not self._under_way[speaker.id]:
                del self._under_way[speaker.id]

    async def _commit(self, speaker: Speaker, content: bytes, form: Form) -> Answer:
        if self._door.full:
            raise not_committed()
        device = speaker.id if speaker.kind else None
        taken = self._intake.take(Message(content, "http", speaker, device, self._clock(), form))
        self._counters.taken("http", taken)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._door.commit(taken)
        except TimeoutError:
            raise not_committed() from None
        return result(taken)

    async def _health(self, _scope: Scope, _receive: Receive) -> Answer:
        stuck = self._door.stuck
        state = {"status": "log unavailable" if stuck else "ok", "speakers": len(self._intake.roll)}
        return Answer(503 if stuck else 200, msgspec.json.encode(state))

    async def _metrics(self, scope: Scope, _receive: Receive) -> Answer:
        if not _from_this_machine(scope):
            raise not_found()
        text = "text/plain; version=0.0.4; charset=utf-8"
        return Answer(200, self._counters.text(), media_type=text)

    def _log_in(self, authorization: str) -> Speaker:
        name, secret = _credentials(authorization)
        speaker = self._intake.roll.log_in(name, secret)
        if speaker is None:
            self._counters.logins_refused.labels("http").inc()
            raise not_logged_in()
        return speaker


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


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
