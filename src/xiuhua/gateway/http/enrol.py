"""`POST /enrol`: a device that holds a one-time code fetches its secret."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor

import msgspec
import structlog

from xiuhua.engine.records import Millis
from xiuhua.gateway.parsing import BROKEN
from xiuhua.gateway.ports import BadCode, Enrolment, Unavailable

from .answers import Answer, Turned, not_committed

TRIES = 10
"""Tries in a minute from one address. A code has 80 random bits: no number of tries finds one;
this keeps the database free of those who try."""

ADDRESSES_MOST = 10_000
"""Addresses that are counted; from more than so many in a minute nobody is heard."""

_MINUTE = 60_000
_SAID = {
    "unknown": ("没有这个登记码。请核对后再试。", "There is no such code. Check it and try again."),
    "used": ("此登记码已用过。请另领一个。", "This code has been used. Ask for a new one."),
    "expired": ("此登记码已过期。请另领一个。", "This code has expired. Ask for a new one."),
    "revoked": ("此登记码已撤回。请另领一个。", "This code was withdrawn. Ask for a new one."),
    "not_in_service": (
        "此登记码所属的设备已停用。",
        "What this code was for is out of service.",
    ),
}

_log = structlog.get_logger(__name__)


class _Asked(msgspec.Struct):
    code: str


class Desk:
    """Where codes are handed in. `threads` runs the port, whose methods may block."""

    def __init__(
        self, enrolment: Enrolment, threads: Executor, clock: Callable[[], Millis]
    ) -> None:
        self._enrolment = enrolment
        self._threads = threads
        self._clock = clock
        self._minute = -1
        self._tries: Counter[str] = Counter()

    def let_try(self, address: str) -> None:
        """Count a try from this address; raises Turned where it has had enough for the minute."""
        now = self._clock()
        minute = now // _MINUTE
        if minute != self._minute:
            self._minute = minute
            self._tries.clear()
        full = address not in self._tries and len(self._tries) >= ADDRESSES_MOST
        if full or self._tries[address] >= TRIES:
            raise _too_many_tries((_MINUTE - now % _MINUTE + 999) // 1000)
        self._tries[address] += 1

    async def redeem(self, content: bytes) -> Answer:
        """The answer to `{"code": …}`: 201 with id and secret. Raises Turned."""
        try:
            code = msgspec.json.decode(content, type=_Asked).code
        except BROKEN:
            raise _no_code() from None
        loop = asyncio.get_running_loop()
        try:
            enrolled = await loop.run_in_executor(
                self._threads, self._enrolment.redeem, code, self._clock()
            )
        except BadCode as bad:
            _log.info("enrol.refused", why=bad.why)
            raise Turned(403, f"code_{bad.why}", *_SAID[bad.why]) from None
        except Unavailable:
            raise not_committed() from None
        _log.info("enrol.done", who=enrolled.id)
        return Answer(201, msgspec.json.encode({"id": enrolled.id, "secret": enrolled.secret}))


def _no_code() -> Turned:
    zh, en = '请发送 {"code": "登记码"}。', 'Send {"code": "the one-time code"}.'
    return Turned(400, "no_code", zh, en)


def _too_many_tries(seconds: int) -> Turned:
    return Turned(
        429,
        "too_many_tries",
        "尝试过多。请按 Retry-After 稍后再试。",
        "Too many tries. Try again after Retry-After.",
        retry_after=str(seconds),
    )
