"""To the HTTP door: NDJSON in batches, by the secret of whoever speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

import httpx

from . import Counters, TransportError
from .pile import Pile, pauses

KEEP = 20_000
"""Unacknowledged readings of one speaker at most; then time waits."""
TOGETHER = 1_000
"""Readings in one request at most."""
GATHER = 0.2
"""Seconds in which readings gather for the next request."""
PATIENCE = 30.0
FOR_GOOD = frozenset({400, 401, 403, 404, 405, 413, 415})
"""Answers that another attempt would not change."""


class Http:
    """All speakers of a neighbourhood. `voices` says who speaks for each device. A speaker has one
    request under way at most, so that its readings stay in order."""

    def __init__(self, url: str, voices: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        """`url` is the door's root, e.g. http://127.0.0.1:8081."""
        self.counters = Counters()
        self._voices = voices
        self._client = httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False)
        self._piles = {speaker: Pile(KEEP, self.counters) for speaker in voices.values()}
        self._failed: asyncio.Future[TransportError] = asyncio.get_running_loop().create_future()
        self._tasks = [
            asyncio.create_task(self._speak(speaker, pile, secrets[speaker]))
            for speaker, pile in self._piles.items()
        ]

    async def ready(self) -> None:
        """Wait until the door says that it is well."""
        attempts = pauses(longest=1.0)
        while not await self._answers():  # noqa: ASYNC110  a door tells nobody
            await asyncio.sleep(next(attempts))

    async def send(self, device: str, line: bytes) -> None:
        pile = self._piles[self._voices[device]]
        if pile.full or self._failed.done():
            await self._unless_failed(pile.add(line))
        else:
            await pile.add(line)

    async def drain(self) -> None:
        for pile in self._piles.values():
            await self._unless_failed(pile.clear())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _answers(self) -> bool:
        try:
            return (await self._client.get("/health")).is_success
        except httpx.TransportError:
            return False

    async def _unless_failed(self, wish: Coroutine[None, None, None]) -> None:
        """Do it, or raise why a speaker has given up for good."""
        task = asyncio.create_task(wish)
        either: set[asyncio.Future[Any]] = {task, self._failed}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self._failed.done():
            task.cancel()
            raise self._failed.result()
        await task

    async def _speak(self, speaker: str, pile: Pile, secret: str) -> None:
        """Post what waits, over and over; end only where the door says no for good."""
        attempts = pauses()
        while True:
            await pile.news()
            await asyncio.sleep(GATHER)
            parcel = await pile.take(TOGETHER)
            answer = await self._post(b"\n".join(parcel.lines) + b"\n", f"{speaker}:{secret}")
            if answer is not None and answer.is_success:
                pile.done(parcel)
                attempts = pauses()
                continue
            pile.back()
            if answer is not None and answer.status_code in FOR_GOOD:
                self._fail(speaker, answer)
                return
            await asyncio.sleep(next(attempts))

    async def _post(self, content: bytes, bearer: str) -> httpx.Response | None:
        """The door's answer, or None where there was none."""
        headers = {
            "Authorization": f"Bearer {bearer}",
            "Content-Type": "application/x-ndjson",
        }
        try:
            return await self._client.post("/intake", content=content, headers=headers)
        except httpx.TransportError:
            self.counters.broken += 1
            return None

    def _fail(self, speaker: str, answer: httpx.Response) -> None:
        self.counters.turned_away += answer.status_code in {401, 403}
        if not self._failed.done():
            self._failed.set_result(
                TransportError(
                    f"The door answered {speaker} {answer.status_code}: {answer.text[:300]} "
                    f"{self.counters.acknowledged} readings were acknowledged before. "
                    "Check the address and --credentials, then start again."
                )
            )
