"""Requests with an `Idempotency-Key`: each is carried out once, however often it is sent.

The answer is written in the commit of the readings it speaks of, so that there is no moment at
which one is on disk without the other: whoever asks again, after a crash of either side or from
another process, gets the same answer and adds nothing. One log has one gateway (a second one is
the newer claim, and the older one's commits fail), so what is not on disk is under way here.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from xiuhua.engine.records import Millis
from xiuhua.log.base import Answered, LogUnavailable

from .answers import Answer, bad_key, keys_not_kept, not_committed, other_content

KEPT = 24 * 3_600_000
"""Milliseconds that a key is remembered; after that a request with it is a new one."""

_KEY = re.compile(r'"([\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')


class Book(Protocol):
    """Where answers are kept (`log.answers.Answers`); its methods may block."""

    def find(self, name: str, *, since: Millis) -> Answered | None:
        """What was answered under that name from `since` on, or None."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request with a key. `name` is of the sender and the key, `digest` of the content."""

    name: str
    digest: str
    at: Millis

    def noted(self, answer: Answer) -> Answered:
        """The row that is kept of the answer."""
        return Answered(self.name, self.digest, self.at, answer.status, answer.body)


def ask(header: str, speaker: str, form: str, content: bytes, now: Millis) -> Ask:
    """The request behind a header, bare or in quotes; raises Turned where it is no key."""
    found = _KEY.fullmatch(header.strip())
    if found is None:
        raise bad_key()
    name = hashlib.sha256(f"{speaker}\n{found[1] or found[2]}".encode())
    return Ask(name.hexdigest(), _digest(form, content), now)


class Keys:
    """Carries out each request with a key once. `book` is None where the log has no room for
    answers."""

    def __init__(self, book: Book | None) -> None:
        self._book = book
        self._under_way: dict[str, tuple[str, asyncio.Task[Answer]]] = {}
        self._thread = ThreadPoolExecutor(1, "answers")

    async def once(self, asked: Ask, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to a request: what was answered before, what is being answered now, or what
        `work` answers. `work` goes on when its sender hangs up or is told to wait.

        Raises Turned for another content under the same key.
        """
        if self._book is None:
            raise keys_not_kept()
        digest, task = self._under_way.get(asked.name, (asked.digest, None))
        if digest != asked.digest:
            raise other_content()
        if task is None:
            task = asyncio.ensure_future(self._first(self._book, asked, work))
            self._under_way[asked.name] = digest, task
            task.add_done_callback(lambda done: self._ended(asked.name, done))
        return await asyncio.shield(task)

    def _ended(self, name: str, task: asyncio.Task[Answer]) -> None:
        del self._under_way[name]
        if not task.cancelled():
            task.exception()  # heard, though everybody who waited may have hung up

    async def _first(self, book: Book, asked: Ask, work: Callable[[], Awaitable[Answer]]) -> Answer:
        known = await self._known(book, asked)
        if known is None:
            return await work()
        if known.digest != asked.digest:
            raise other_content()
        return Answer(known.status, known.body, {"idempotency-replayed": "true"})

    async def _known(self, book: Book, asked: Ask) -> Answered | None:
        def find() -> Answered | None:
            return book.find(asked.name, since=asked.at - KEPT)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, find)
        except LogUnavailable:
            raise not_committed() from None


def _digest(form: str, content: bytes) -> str:
    return hashlib.sha256(form.encode() + b"\n" + content).hexdigest()
