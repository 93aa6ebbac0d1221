"""The change feed on its way to the open pages: one poller a web process, shared by all of them.

The poller reads the feed every 100 ms in a thread of its own and holds no transaction; what one
page has missed is read in another. What a row tells is that something changed; what is sent is how
it stands now, so that sending twice does no harm. A page that does not keep up is told to start
afresh rather than be fed for ever.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
import structlog
from django.db import DatabaseError, connection

from xiuhua.city import feed
from xiuhua.city.access import User
from xiuhua.city.road import queries as road

from .queries import cards, counts, for_eyes

POLL = 0.1
BEAT = 1.0
COUNT_EVERY = 5.0
QUEUE = 256
"""Polls' frames that wait for a page before it counts as one that does not keep up."""
LASTS = 600.0
"""Seconds after which a stream ends, so that the page comes back and shows who it is."""
MISSED = 200
"""Rows of the feed that a page may have missed; for more it is quicker to start afresh."""
TOPICS = frozenset({"alert", "call", "case"})

T = TypeVar("T")
Frame = bytes
log = structlog.get_logger()


def frame(event: str, data: object, id: int | None = None) -> Frame:  # noqa: A002
    """One server-sent event. Only what stands in the feed has an id, so a page resumes after it."""
    mark = f"id: {id}\n" if id is not None else ""
    return f"{mark}event: {event}\ndata: {msgspec.json.encode(data).decode()}\n\n".encode()


OF_ONE_MOST = 16
"""Pages of one person that are fed at a time: a wall of screens, but not a flood."""

RETRY = b"retry: 500\n\n"
"""How long, ms, the browser waits before it comes back."""
LATER = b"retry: 10000\n\n"
RELOAD = frame("reload", {"why": "behind"})


class Hub:
    """The pages of this process that follow the feed, and the one task that feeds them."""

    def __init__(self) -> None:
        self._pages: dict[asyncio.Queue[Frame | None], User] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed")
        self._behind = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed-behind")
        self._task: asyncio.Task[None] | None = None
        self._head = 0

    async def follow(self, after: int, who: User) -> AsyncIterator[Frame]:
        """Everything told after that position, then what is told from now on, until the page goes
        or `LASTS` have passed. Ends with a reload where that is no longer kept, and at once where
        `who` has enough pages open."""
        if sum(other.pk == who.pk for other in self._pages.values()) >= OF_ONE_MOST:
            yield LATER
            return
        page: asyncio.Queue[Frame | None] = asyncio.Queue(QUEUE)
        until = time.monotonic() + LASTS
        if self._task is None:
            self._head = await self._ask(feed.head)
            self._task = asyncio.create_task(self._poll())
        self._pages[page] = who
        try:
            yield RETRY
            if after != self._head:
                for missed in await self._ask_aside(lambda: _missed(after, self._head, who)):
                    yield missed
            while time.monotonic() < until and (sent := await page.get()) is not None:
                yield sent
            if page not in self._pages:
                yield RELOAD
        finally:
            self._leave(page)

    def _leave(self, page: asyncio.Queue[Frame | None]) -> None:
        self._pages.pop(page, None)
        if not self._pages and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _poll(self) -> None:
        beat = count = 0.0
        while True:
            now = time.monotonic()
            with suppress(DatabaseError):  # said in the log by _ask; the pages see it as silence
                self._send_each(await self._ask(self._news))
                if now - count >= COUNT_EVERY:
                    count = now
                    self._send([frame("counts", await self._ask(lambda: counts(_now())))])
                if now - beat >= BEAT:
                    beat = now
                    self._send([await self._ask(_beat)])
            await asyncio.sleep(POLL)

    def _news(self) -> dict[object, list[Frame]]:
        """What is new, by the account that follows it."""
        events = feed.after(self._head)
        if not events:
            return {}
        people = {user.pk: user for user in tuple(self._pages.values())}
        frames = _frames(events, people.values())
        self._head = events[-1].id
        return frames

    def _send_each(self, frames: Mapping[object, Iterable[Frame]]) -> None:
        for page, who in tuple(self._pages.items()):
            self._put(page, b"".join(frames.get(who.pk, ())))

    def _send(self, frames: Iterable[Frame]) -> None:
        sent = b"".join(frames)
        for page in tuple(self._pages):
            self._put(page, sent)

    def _put(self, page: asyncio.Queue[Frame | None], sent: Frame) -> None:
        """All at once: who keeps up with the polls keeps up, however much one of them tells."""
        try:
            if sent:
                page.put_nowait(sent)
        except asyncio.QueueFull:
            self._drop(page)

    def _drop(self, page: asyncio.Queue[Frame | None]) -> None:
        """Let a page that does not keep up go: what waits for it is not worth its while."""
        self._pages.pop(page, None)
        while not page.empty():
            page.get_nowait()
        page.put_nowait(None)

    async def _ask(self, question: Callable[[], T]) -> T:
        """Ask the database in the poller's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _asked, question)

    async def _ask_aside(self, question: Callable[[], T]) -> T:
        """Ask for one page only: the news of all the others do not wait for it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._behind, _asked_once, question)


def _asked(question: Callable[[], T]) -> T:
    try:
        return question()
    except DatabaseError as error:
        log.warning("feed.unreadable", error=str(error), hint="the pages show an old picture")
        connection.close()
        raise


def _asked_once(question: Callable[[], T]) -> T:
    try:
        return _asked(question)
    finally:
        connection.close()


def _missed(after: int, head: int, who: User) -> list[Frame]:
    """What a page has missed since its last event; a reload where that is no longer known."""
    if head - after > MISSED or not feed.reaches(after):
        return [RELOAD]
    events: list[feed.Event] = []
    while after < head and (more := feed.after(after)):
        events += more
        after = more[-1].id
    return _frames(events, [who]).get(who.pk, [])


def _frames(events: list[feed.Event], people: Iterable[User]) -> dict[object, list[Frame]]:
    """The alerts that these events touch as they stand now, then the numbers, for each account with
    the cases that it may see. Only the last frame bears the id: a page that is cut off in between
    comes back for all of them."""
    touched = {id_ for event in events if event.topic in TOPICS for id_ in _alerts_of(event)}
    if not touched:
        return {}
    told, last = cards(touched), frame("counts", counts(_now()), events[-1].id)
    whole = [*(frame("alert", card) for card in told), last]
    return {
        who.pk: whole
        if (seen := for_eyes(who, told)) is told
        else [*(frame("alert", card) for card in seen), last]
        for who in people
    }


def _alerts_of(event: feed.Event) -> list[UUID]:
    if event.topic != "case":
        return [UUID(event.key)]
    body: dict[str, Any] = msgspec.json.decode(event.body)
    return [UUID(body["alert"])] if body["alert"] else []


def _beat() -> Frame:
    """The server's clock, and the log's at the point up to which alerts are written."""
    at = round(_now().timestamp() * 1000)
    return frame("beat", {"at": at, "log_at": road.standing().at})


def _now() -> datetime:
    return datetime.now(UTC)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop: one a web process."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
