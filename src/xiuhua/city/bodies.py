"""How much a request may bring: looked at before Django, which would lay all of it on disk first,
for whoever sends it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from .cases.photos import MOST_BYTES, MOST_PHOTOS

Scope: TypeAlias = dict[str, Any]
Event: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

USUAL = 4 << 20
WITH_PHOTOS = MOST_PHOTOS * MOST_BYTES + USUAL
_PHOTOS_COME_TO = re.compile(
    r"(/api)?/cases/[^/]+/steps/[^/]+/?|/api/cases/|/cases/new/[a-z]+/"
    r"|/public/report/|/public/mine/[a-z]+"
)


class Bounded:
    """An application that is asked only what it can take in: 413 for more, 411 where it is not
    said how much will come."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = _refusal(scope) if scope["type"] == "http" else 0
        if not status:
            await self.application(scope, receive, send)
            return
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _refusal(scope: Scope) -> int:
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return 411
    most = WITH_PHOTOS if _PHOTOS_COME_TO.fullmatch(scope["path"]) else USUAL
    length = headers.get(b"content-length", b"0")
    return 0 if length.isdigit() and len(length) < 20 and int(length) <= most else 413
