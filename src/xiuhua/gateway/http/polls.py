"""Commands for devices that speak HTTP alone: they ask, wait a while, and say what became of it.

A request that waits is a line like an MQTT connection (`gateway.commands`): what it is given counts
as sent. Unless the device confirms it, it is sent again after a while, on this door or by MQTT.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress

import msgspec

from xiuhua.gateway.commands import Outcome, Post
from xiuhua.gateway.intake import Intake
from xiuhua.gateway.parsing import BROKEN
from xiuhua.gateway.ports import Command, Speaker

from .answers import Answer, Turned, not_committed, not_logged_in, too_many_at_once
from .body import Incoming

WAIT_MOST = 55
"""Seconds that a request may wait: less than what stands between usually grants."""

WAIT_USUAL = 30
OF_ONE_MOST = 4
MOST = 3_000
"""Requests that wait, of one log-in and of all; the door has other work to do."""

AT_ONCE_MOST = 10
"""Commands in one answer."""

SENT_AGAIN = 15.0
"""Seconds after which a command that was handed out and not confirmed is handed out again."""

TOLD_SECONDS = 15


class Poll:
    """A request that waits for commands to these devices."""

    def __init__(self, speaker: Speaker, devices: Collection[str]) -> None:
        self.speaker = speaker
        self.given: list[Command] = []
        self.ended = asyncio.Event()
        self._devices = devices
        self._until = 0.0

    def send(self, command: Command) -> bool:
        """Take it along, if it is for one of these devices; whether it goes with the answer."""
        if self.over or command.device not in self._devices or len(self.given) >= AT_ONCE_MOST:
            return False
        self.given.append(command)
        self.ended.set()
        return True

    def carries(self, command: Command) -> bool:
        """Whether it was handed out here, and the device may still be about to confirm it."""
        fresh = not self.over or time.monotonic() < self._until
        return fresh and command in self.given

    def committed(self, acknowledgements: Sequence[bytes], /) -> None:
        """Nothing is owed to a request that waits."""

    def unknown(self, acknowledgement: bytes, /) -> None:
        """Nor is it ever told so."""

    @property
    def over(self) -> bool:
        """Whether the answer has left."""
        return bool(self._until)

    def close(self, *, heard: bool) -> None:
        """The answer leaves; or nobody is there to hear it, and what was given is free again."""
        self._until = time.monotonic() + (SENT_AGAIN if heard else 0)


class Polls:
    """The requests that wait."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._waiting: dict[Poll, None] = {}
        self._of: Counter[str] = Counter()
        self._closing = False

    def lines(self) -> list[Poll]:
        """Those that a command may go to."""
        return list(self._waiting)

    def roll_changed(self) -> None:
        """End the requests of those whom the ledger no longer lets in."""
        for poll in self._waiting:
            if not self._intake.roll.opens(poll.speaker.id, poll.speaker.secret):
                poll.ended.set()

    def close(self) -> None:
        """Answer all that wait, and let nobody wait from now on."""
        self._closing = True
        for poll in self._waiting:
            poll.ended.set()

    def devices(self, speaker: Speaker, asked: str) -> list[str]:
        """The devices whose commands this speaker may hear: the one asked for, or all its own."""
        own = [speaker.id, *self._intake.roll.devices_of(speaker.id)]
        if not asked:
            return own
        if asked in own:
            return [asked]
        raise not_yours()

    async def wait(self, poll: Poll, seconds: int, content: Incoming) -> Answer:
        """What waits for its devices, as soon as there is something, or nothing in the end."""
        name = poll.speaker.id
        if self._of[name] >= OF_ONE_MOST or len(self._waiting) >= MOST:
            raise too_many_at_once()
        self._waiting[poll] = None
        self._of[name] += 1
        heard = False
        try:
            heard = await self._ended(poll, 0 if self._closing else seconds, content)
        finally:
            poll.close(heard=heard)
            del self._waiting[poll]
            self._of[name] -= 1
            if not self._of[name]:
                del self._of[name]
        if not self._intake.roll.opens(name, poll.speaker.secret):
            poll.close(heard=False)
            raise not_logged_in()
        return Answer(200, msgspec.json.encode({"commands": poll.given}))

    async def _ended(self, poll: Poll, seconds: int, content: Incoming) -> bool:
        """Wait until there is something, or time is up; whether the client is still there."""
        gone = asyncio.create_task(_hang_up(content))
        something = asyncio.create_task(poll.ended.wait())
        try:
            tasks = {gone, something}
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return not gone.done()
        finally:
            for task in (gone, something):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _hang_up(content: Incoming) -> None:
    while (await content())["type"] != "http.disconnect":
        pass


class Word(msgspec.Struct, forbid_unknown_fields=True):
    """What a device says of a command: that it has it, or what became of it, and why."""

    stage: str
    why: str = ""


class _Told:
    """Waits until the rooms have it."""

    def __init__(self) -> None:
        self.future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def send(self, command: Command) -> bool:  # noqa: ARG002 - it only listens
        return False

    def carries(self, command: Command) -> bool:  # noqa: ARG002 - nor was it sent anything
        return False

    def committed(self, _acknowledgements: Sequence[bytes], /) -> None:
        if not self.future.done():
            self.future.set_result(True)

    def unknown(self, _acknowledgement: bytes, /) -> None:
        if not self.future.done():
            self.future.set_result(False)


async def tell(post: Post, device: str, id_: str, content: bytes) -> Answer:
    """Hand on what the device says of a command; 200 once the rooms have it, 404 where they know no
    such command of the device. Raises Turned."""
    try:
        word = msgspec.json.decode(content, type=Word)
    except BROKEN:
        raise _no_word() from None
    told = _Told()
    if word.stage == "delivered":
        post.delivered(id_[:64], device, told)
    elif word.stage in {"done", "failed"}:
        post.answered(Outcome(id_, word.stage == "done", word.why), device, told, b"")
    else:
        raise _no_word()
    try:
        async with asyncio.timeout(TOLD_SECONDS):
            known = await told.future
    except TimeoutError:
        raise not_committed() from None
    if not known:
        raise _unknown()
    return Answer(200, msgspec.json.encode({"id": id_, "stage": word.stage}))


def not_yours() -> Turned:
    zh, en = "这台设备不归您发言。", "That device is not yours to speak for."
    return Turned(403, "not_yours", zh, en)


def _unknown() -> Turned:
    zh, en = "没有给这台设备的这条指令。", "There is no such command of that device."
    return Turned(404, "unknown_command", zh, en)


def _no_word() -> Turned:
    return Turned(
        400,
        "no_stage",
        '请发送 {"stage": "delivered"}、"done" 或 "failed"，可附 "why"。',
        'Send {"stage": "delivered"}, "done" or "failed", with a "why" if you like.',
    )
