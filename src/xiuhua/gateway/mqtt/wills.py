"""Wills: what a client leaves to be published when it goes without a farewell.

A will is a message that its client may publish, no more: of QoS 0 or 1, not retained, to `up/` and
a device of its own, or a box's own topic. When the connection ends without a DISCONNECT of code 0,
the message takes the road that any other takes, and the log notes that the devices' connection
has broken. It notes that the connection stands again when the client comes back with its will.

No session is kept, but a will that asks for a delay (5.0) waits for it, no longer than the
client asked its session to be kept. Whoever comes back in time takes the will with it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from xiuhua.engine.records import Millis
from xiuhua.gateway.counters import Counters
from xiuhua.gateway.door import Door
from xiuhua.gateway.intake import Intake, Message
from xiuhua.gateway.ports import Speaker
from xiuhua.gateway.rates import Rates
from xiuhua.gateway.roll import Roll

from .codes import Code, ProtocolError
from .packets import Publish

UP = "up/"
PAYLOAD_MOST = 4 * 1024
"""Bytes of a will's message: it lies in memory as long as its connection stands."""

DELAY_MOST = 3600
"""Seconds that a will may wait."""

WAITING_MOST = 4
"""Wills of one speaker that wait; of more, the oldest is sent."""

BREAKS_MOST = 30
"""Times in an hour that a device's connection may break and be told to stand again: whoever
connects and breaks off in a loop would fill the log."""

_HOUR = 3_600_000

_log = structlog.get_logger(__name__)


def check_will(will: Publish, speaker: Speaker, roll: Roll) -> None:
    """Raise ProtocolError with the CONNACK code for a will that its client could not publish."""
    if will.qos > 1:
        raise ProtocolError(Code.QOS_NOT_SUPPORTED, "a will of QoS 2")
    if will.retain:
        raise ProtocolError(Code.RETAIN_NOT_SUPPORTED, "a retained will")
    if len(will.payload) > PAYLOAD_MOST:
        raise ProtocolError(Code.PACKET_TOO_LARGE, "the will is too long")
    device = will.topic.removeprefix(UP)
    if device in {"", will.topic} or set("+#/") & set(device):
        raise ProtocolError(Code.TOPIC_NOT_VALID, "a will whose topic is not a device's")
    if device != speaker.id and not roll.may_speak(speaker, device):
        raise ProtocolError(Code.NOT_AUTHORIZED, "a will for a device of others")


@dataclass(frozen=True, slots=True)
class Left:
    """The will of one client, and who that is."""

    client_id: str
    speaker: Speaker
    secret: str
    """The hash of the secret that the client came in with: a will opens no door that is shut."""
    message: Publish
    delay: int
    """Seconds."""

    @property
    def device(self) -> str:
        """The device that the topic names, or the box."""
        return self.message.topic.removeprefix(UP)


class Wills:
    """The wills of those who are gone, and who is known to be there."""

    def __init__(
        self,
        intake: Intake,
        door: Door,
        counters: Counters,
        clock: Callable[[], Millis],
        monotonic: Callable[[], float],
        rates: Rates,
    ) -> None:
        self._intake = intake
        self._door = door
        self._counters = counters
        self._clock = clock
        self._monotonic = monotonic
        self._rates = rates
        self._waiting: dict[str, dict[str, tuple[asyncio.TimerHandle, Left]]] = {}
        self._stand: dict[str, bool] = {}
        self._hour = -1
        self._breaks: Counter[str] = Counter()

    def came(self, client_id: str, speaker: Speaker, will: Publish | None, *, clean: bool) -> None:
        """A client is in. What waits under its id is void, unless it wants nothing of its former
        session: then that one ends here, and its will is sent."""
        before = self._taken_out(speaker.id, client_id)
        if before is not None and clean:
            self._send(before)
        if will is not None:
            self._note(will.topic.removeprefix(UP), up=True)

    def left(self, will: Left) -> None:
        """A client is gone without a farewell: send its will, now or when its time has come."""
        if not will.delay:
            self._send(will)
            return
        own = self._waiting.setdefault(will.speaker.id, {})
        delay = min(will.delay, DELAY_MOST)
        due = asyncio.get_running_loop().call_later(delay, self._due, will)
        own[will.client_id] = due, will
        if len(own) > WAITING_MOST:
            self._due(next(iter(own.values()))[1])

    def send_all(self) -> None:
        """Send what waits: the house is closing."""
        for own in list(self._waiting.values()):
            for _, will in list(own.values()):
                self._due(will)

    def committed(self, _acknowledgements: Sequence[bytes], /) -> None:
        """A will is on disk; nobody waits for the word."""

    def _due(self, will: Left) -> None:
        if self._taken_out(will.speaker.id, will.client_id) is not None:
            self._send(will)

    def _taken_out(self, speaker: str, client_id: str) -> Left | None:
        own = self._waiting.get(speaker, {})
        found = own.pop(client_id, None)
        if not own:
            self._waiting.pop(speaker, None)
        if found is None:
            return None
        found[0].cancel()
        return found[1]

    def _send(self, will: Left) -> None:
        """Publish it, if the client still might: permission is asked again."""
        roll = self._intake.roll
        speaker = roll.get(will.speaker.id)
        own = will.device == will.speaker.id
        if speaker is None or not roll.opens(speaker.id, will.secret):
            return
        if not own and not roll.may_speak(speaker, will.device):
            return
        _log.info("mqtt.will", who=speaker.id, device=will.device)
        if will.message.payload:
            device = None if own and not speaker.kind else will.device
            message = Message(will.message.payload, "mqtt", speaker, device, self._clock())
            taken = self._intake.take(message)
            self._counters.taken("mqtt", taken)
            self._door.offer(taken, self)
            devices, others = taken.owed(speaker, device)
            self._rates.owe(speaker.id, devices, self._monotonic(), others=others)
        self._note(will.device, up=False)

    def _note(self, topic_of: str, *, up: bool) -> None:
        devices = self._intake.roll.devices_of(topic_of)
        fresh = [device for device in devices if self._stand.get(device) is not up]
        if up:
            fresh = [device for device in fresh if self._breaks_of(device) < BREAKS_MOST]
        else:
            self._breaks.update(fresh)
        if fresh:
            self._stand.update(dict.fromkeys(fresh, up))
            self._door.link(fresh, up=up)

    def _breaks_of(self, device: str) -> int:
        """How often its connection broke in the hour under way."""
        hour = self._clock() // _HOUR
        if hour != self._hour:
            self._hour = hour
            self._breaks.clear()
        return self._breaks[device]
