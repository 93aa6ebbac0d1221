"""Plays a stream of readings to a transport by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from .clock import Clock
from .incidents import Incident
from .rhythm import HOUR, SECOND
from .rows import Span
from .schedule import Schedule
from .transports import Transport
from .truth import Truth
from .world import Spoken

YIELD = 200
"""After so many readings without a pause, others have their turn."""


async def play(stream: Iterable[Spoken], clock: Clock, transport: Transport) -> None:
    """Hand every reading over when it is due. Where the transport cannot keep up, the stream
    waits for it, and is late; nothing is dropped. Raises TransportError."""
    reached = clock.now()
    for number, spoken in enumerate(stream):
        if spoken.due > reached:
            while (pause := clock.wait(spoken.due)) > 0:  # noqa: ASYNC110  time tells nobody
                await asyncio.sleep(pause)
            reached = clock.now()
        elif number % YIELD == 0:
            await asyncio.sleep(0)
        await transport.send(spoken.device, spoken.line())


def telling(stream: Iterator[Spoken], schedule: Schedule, truth: Truth) -> Iterator[Spoken]:
    """The same stream; on the way, incidents are told as they begin, and faults as their block
    comes up."""
    told: dict[str, int] = {}
    looked = 0
    for spoken in stream:
        if spoken.due >= looked + SECOND:
            truth.incidents(schedule.between(Span(max(looked, spoken.due - HOUR), spoken.due + 1)))
            looked = spoken.due
        if told.get(spoken.device) != spoken.block:
            told[spoken.device] = spoken.block
            truth.faults(spoken.sent.faults)
        yield spoken


def next_incident(schedule: Schedule, now: int) -> Incident | None:
    """The incident that begins next within six hours."""
    coming = schedule.between(Span(now, now + 6 * HOUR))
    return next((one for one in coming if one.since > now and not one.script.lookalike), None)
