"""Replay after the mend: rejected messages go through the intake again, each with the time at which
it first arrived, as if its device had been known at that time.

What is taken is marked in the commit that takes it, so that no message is taken twice, whatever
dies meanwhile. What is refused again goes on waiting. An order to replay is carried out by the
gateway, because nobody else may write the log; it goes on where it was after a crash.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Protocol, TypeVar

import structlog

from xiuhua.log.base import LogUnavailable, Rejected
from xiuhua.log.rejected import FOREVER, Kept, Narrowed

from . import parsing
from .allowance import Allowance
from .door import Door
from .intake import Form, Intake, Message, Refusal, Taken
from .ports import Order, Replays, Unavailable
from .reasons import Refused

EVERY = 1.0
AT_ONCE = 100

LOST = frozenset({"bad_topic", "other_device"})
"""Reasons that no mend takes away: the message itself says the wrong thing about whose it is."""

_log = structlog.get_logger(__name__)
T = TypeVar("T")


class Box(Protocol):
    """The rejected messages (`log.rejected.RejectedBox`); may block."""

    def waiting(
        self, which: Narrowed, *, after: int = 0, upto: int = FOREVER, limit: int = 100
    ) -> list[Kept]:
        """The oldest of these that can be played again and were not."""


class Replayer:
    """Looks for orders every second. `threads` runs the ports, whose methods may block."""

    def __init__(
        self, replays: Replays, box: Box, intake: Intake, door: Door, threads: Executor
    ) -> None:
        self._replays = replays
        self._box = box
        self._intake = intake
        self._door = door
        self._threads = threads

    async def run(self) -> None:
        """Carry out orders until cancelled."""
        while True:
            try:
                await self.carry_out()
            except (Unavailable, LogUnavailable) as error:
                _log.warning("replay.later", why=str(error))
            await asyncio.sleep(EVERY)

    async def carry_out(self) -> None:
        """Carry out every order that is open, the oldest first."""
        for order in await self._ask(self._replays.open):
            await self._finish(order)

    async def _finish(self, order: Order) -> None:
        reached = order.reached
        while kept := await self._waiting(order, reached):
            refused = await self._play(kept)
            reached = kept[-1].number
            await self._ask(partial(self._replays.went_on, order.id, reached, refused))
        await self._ask(lambda: self._replays.finished(order.id))

    async def _waiting(self, order: Order, reached: int) -> list[Kept]:
        which = Narrowed(order.reason, order.device, order.since, order.until)
        return await self._ask(
            lambda: self._box.waiting(which, after=reached, upto=order.upto, limit=AT_ONCE)
        )

    async def _play(self, messages: Sequence[Kept]) -> Counter[str]:
        """Take what can be taken of these, and return when it is on disk; the rest by reason."""
        # An allowance of its own: the senders' is for what they send now.
        table = Intake(self._intake.plates, self._intake.roll, Allowance())
        refused: Counter[str] = Counter()
        commits = []
        for kept in messages:
            taken = again(table, kept.message)
            if taken.count:
                commits.append(self._door.commit(taken, replayed=kept.number))
            else:
                refused[taken.refused[0].why.reason] += 1
        await asyncio.gather(*commits)
        return refused

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, question)


def again(table: Intake, message: Rejected) -> Taken:
    """What a kept message comes to now, at the time of its first arrival."""
    assert message.body is not None, "only what was kept whole waits to be played again"
    speaker = table.roll.get(message.speaker)
    if speaker is None or message.reason in LOST:
        why = message.reason if message.reason in LOST else "unknown_speaker"
        return Taken(refused=[Refusal(0, Refused(why))])
    return table.take(
        Message(
            message.body, message.door, speaker, message.device or None, message.at, _form(message)
        )
    )


def _form(message: Rejected) -> Form:
    """Whole messages of the HTTP door may be lines, which is not noted with them."""
    assert message.body is not None
    try:
        parsing.decoded(parsing.without_bom(message.body))
    except Refused:
        return "lines" if message.door == "http" else "json"
    return "json"
