"""One message becomes flat lines for the log, and refusals for what cannot be taken. Pure.

1. Who speaks, and for which device: the roll decides.
2. The quick way: a strict struct of the kind takes the whole array at once (`shapes`).
3. Where it does not fit, item by item: each good one is taken, each bad one refused with a reason.

What comes out of 2 and of 3 for the same item is the same, byte for byte. Keys that stand twice in
one object count as their last one does; nobody behind the door ever sees the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET

from xiuhua.engine.records import Millis
from xiuhua.log.base import Rejected

from . import fields, parsing, senml
from .allowance import Allowance
from .kept import rejected
from .plates import Plates
from .ports import Speaker
from .reasons import MENDABLE, Refused
from .roll import Roll
from .shapes import AnyReading, Shape, shape
from .times import AHEAD_MS, OLDEST, event_time

Form: TypeAlias = Literal["json", "lines", "senml"]
"""An object, an array or SenML told apart by looking; one object a line; SenML for certain."""

_encoder = msgspec.json.Encoder()


class _Head(msgspec.Struct, gc=False):
    device: str


_head = msgspec.json.Decoder(_Head)


class Message(msgspec.Struct, frozen=True, gc=False):
    """What one speaker sent at once. `device` is the one that its topic or login names, or None
    where every reading must name its own."""

    body: bytes
    door: str
    speaker: Speaker
    device: str | None
    now: Millis
    form: Form = "json"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that was not taken: its number from 1 (0: the whole message), why, and what is kept
    of it; nothing (None) where its speaker has had enough kept this hour (`allowance`)."""

    number: int
    why: Refused
    record: Rejected | None = None


@dataclass(slots=True)
class Taken:
    """What a message came to: `body` holds `count` lines; `accepted` counts them by kind,
    `devices` by device. `numbers` are the items that the lines came from, in their order."""

    body: bytes = b""
    numbers: Sequence[int] = ()
    devices: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    retimed: int = 0
    """Readings that got the time of their arrival, see `times.checked`."""

    @property
    def count(self) -> int:
        return sum(self.accepted.values())

    def accept(self, target: _Target, count: int = 1) -> None:
        """So many more readings of this device."""
        kind, device = target.shape.kind.code, target.device
        self.accepted[kind] = self.accepted.get(kind, 0) + count
        self.devices[device] = self.devices.get(device, 0) + count

    def owed(self, speaker: Speaker, device: str | None) -> tuple[Mapping[str, int], int]:
        """What of it counts for which device's rate, and how much for the speaker's alone: what is
        refused counts for the device that the topic names, if it is known, or that the speaker
        is."""
        refused = len(self.refused)
        whose = device if self.count else speaker.id if speaker.kind else None
        if not refused or whose is None:
            return self.devices, refused
        return {**self.devices, whose: self.devices.get(whose, 0) + refused}, 0

    @property
    def kept(self) -> list[Rejected]:
        """What is kept of the refused."""
        if not self.refused:
            return []
        return [refusal.record for refusal in self.refused if refusal.record is not None]


ONE = (1,)
"""The numbers of a message's only item."""


class Intake:
    """The door's table. `roll` is replaced when the ledger changes. `leap` says how far our wall
    clock is ahead of the log's and not believed, ms."""

    def __init__(
        self,
        plates: Plates,
        roll: Roll,
        allowance: Allowance | None = None,
        leap: Callable[[], Millis] = lambda: 0,
    ) -> None:
        self.plates = plates
        self.roll = roll
        self.leap = leap
        self.allowance = allowance or Allowance()

    @property
    def roll(self) -> Roll:
        """Who may speak, as the ledger says now."""
        return self._roll

    @roll.setter
    def roll(self, roll: Roll) -> None:
        self._roll = roll
        self.targets: dict[tuple[str, str], _Target] = {}
        """What this roll has said yes to: (speaker, device)."""

    def take(self, message: Message) -> Taken:
        """Everything of the message that can be taken, and the rest with its reasons."""
        return self._take_one(message) or _Desk(self, message).work()

    def _take_one(self, message: Message) -> Taken | None:
        """What nearly every message is: one good reading, of a device that has spoken before.
        The desk would take it too, at three times the cost."""
        if message.device is None or message.form != "json" or message.body[:1] != b"{":
            return None
        target = self.targets.get((message.speaker.id, message.device))
        if target is None:
            return None
        try:
            reading = target.shape.one.decode(message.body)
        except parsing.BROKEN:
            return None
        moved = _settle(reading, target, message.now, self.leap(), self.plates)
        if moved is None:
            return None
        kind, device = {target.shape.kind.code: 1}, {target.device: 1}
        return Taken(_encoder.encode(reading) + b"\n", ONE, device, kind, retimed=int(moved))

    def refuse(self, message: Message, why: Refused) -> Taken:
        """The whole message refused for a reason that its door found."""
        desk = _Desk(self, message)
        desk.refuse(0, why, message.body, message.device)
        return desk.taken


@dataclass(frozen=True, slots=True)
class _Target:
    """The device that a reading is of."""

    device: str
    site: str
    shape: Shape


def _settle(
    reading: AnyReading, target: _Target, now: Millis, leap: Millis, plates: Plates
) -> bool | None:
    """Give a decoded reading its device, its time and its tokens: whether its time had to be that
    of its arrival, None if it cannot stand."""
    if reading.device is UNSET:
        reading.device = target.device
    elif reading.device != target.device:
        return None
    time, moved = reading.time, False
    if time is UNSET:
        reading.time = now
    elif type(time) is not int or not OLDEST <= time <= now + AHEAD_MS:
        if type(time) is not int or time < OLDEST or time > now + leap + AHEAD_MS:
            return None
        reading.time, moved = now, True
    if target.shape.values(reading) == target.shape.nothing:
        return None
    for name in target.shape.tokenised:
        plate = getattr(reading, name)
        if isinstance(plate, str):
            setattr(reading, name, plates.token(target.site, plate, now))
    return moved


class _Desk:
    """One message on its way in."""

    def __init__(self, intake: Intake, message: Message) -> None:
        self.roll = intake.roll
        self.targets = intake.targets
        self.plates = intake.plates
        self.allowance = intake.allowance
        self.message = message
        self.now = message.now
        self.leap = intake.leap()
        self.lines: list[bytes] = []
        self.numbers: list[int] = []
        self.taken = Taken()

    def work(self) -> Taken:
        name, body = self.message.device, parsing.without_bom(self.message.body)
        try:
            target = None if name is None else self._target(name)
            if target is None or not self._take_at_once(body, target):
                self._take_one_by_one(body, target)
        except Refused as why:
            self.refuse(0, why, self.message.body, name)
        self.taken.body = b"".join(self.lines)
        self.taken.numbers = self.numbers or range(1, self.taken.count + 1)
        return self.taken

    # Who

    def _target(self, name: str) -> _Target:
        asked = self.message.speaker.id, name
        if asked not in self.targets:
            self.targets[asked] = self._found(name)
        return self.targets[asked]

    def _found(self, name: str) -> _Target:
        device = self.roll.get(name)
        if device is None:
            raise Refused("unknown_device")
        if not self.roll.may_speak(self.message.speaker, name):
            raise Refused("not_yours")
        known = shape(device.kind)
        if known is None:
            raise Refused("unknown_kind", kind=device.kind)
        return _Target(name, device.site, known)

    def _target_of(self, named: object, claimed: _Target | None) -> _Target:
        if named is None and claimed is not None:
            return claimed
        if not isinstance(named, str) or not named:
            raise Refused("no_device")
        if claimed is None or named == claimed.device:
            return claimed or self._target(named)
        self._target(named)
        raise Refused("other_device")

    # The quick way

    def _take_at_once(self, body: bytes, target: _Target) -> bool:
        """Whether the body was an array or lines of good readings, and was taken."""
        form = self.message.form
        if form == "senml" or (form == "lines" and not parsing.few_and_one_a_line(body)):
            return False
        read = target.shape.one.decode_lines if form == "lines" else target.shape.many.decode
        try:
            readings = read(body)
        except parsing.BROKEN:
            return False
        if form == "lines" and len(readings) != parsing.newlines(body) + 1:
            return False
        if not 0 < len(readings) <= parsing.ITEMS_MOST:
            return False
        if not all(self._settle(reading, target) for reading in readings):
            return False
        self.lines.append(_encoder.encode_lines(readings))
        self.taken.accept(target, len(readings))
        return True

    def _take_quickly(self, number: int, raw: bytes, claimed: _Target | None) -> bool:
        """Whether this one item was a good reading, and was taken."""
        try:
            target = claimed or self._target(_head.decode(raw).device)
            reading = target.shape.one.decode(raw)
        except (Refused, *parsing.BROKEN):
            return False
        if not self._settle(reading, target):
            return False
        self.lines.append(_encoder.encode(reading) + b"\n")
        self.numbers.append(number)
        self.taken.accept(target)
        return True

    def _settle(self, reading: AnyReading, target: _Target) -> bool:
        """Make the reading whole; False if it cannot stand."""
        moved = _settle(reading, target, self.now, self.leap, self.plates)
        self.taken.retimed += bool(moved)
        return moved is not None

    # Item by item

    def _take_one_by_one(self, body: bytes, claimed: _Target | None) -> None:
        by_lines = self.message.form == "lines"
        items = parsing.lines(body) if by_lines else parsing.items(body)
        if self.message.form == "senml" or self._is_senml(body, items[0][1]):
            self._take_senml([parsing.decoded(raw) for _, raw in items], claimed)
            return
        for number, raw in items:
            if not self._take_quickly(number, raw, claimed):
                self._take_slowly(number, raw, claimed)

    def _take_slowly(self, number: int, raw: bytes, claimed: _Target | None) -> None:
        named: object = None
        try:
            item = parsing.as_object(raw)
            named = item.get("device")
            target = self._target_of(named, claimed)
            self._write(number, target, item.get("time", self.now), item)
        except Refused as why:
            self.refuse(number, why, raw, named)

    def _write(
        self, number: int, target: _Target, time: object, message: Mapping[str, object]
    ) -> None:
        moment = event_time(time, self.now, self.leap)
        values, foreign = fields.read(target.shape, message)
        for name in target.shape.tokenised:
            plate = values.get(name)
            if isinstance(plate, str):
                values[name] = self.plates.token(target.site, plate, self.now)
        line = {"device": target.device, "time": moment, **values}
        self.lines.append(_encoder.encode(line) + b"\n")
        self.numbers.append(number)
        self.taken.accept(target)
        self.taken.retimed += moment == self.now != time and bool(self.leap)
        if foreign:
            code, ignored = target.shape.kind.code, self.taken.ignored
            ignored[code] = ignored.get(code, 0) + foreign

    # SenML

    def _is_senml(self, body: bytes, first: bytes) -> bool:
        if self.message.form == "lines" or not parsing.is_array(body):
            return False
        try:
            return senml.looks_like(parsing.decoded(first))
        except Refused:
            return False

    def _take_senml(self, pack: Sequence[object], claimed: _Target | None) -> None:
        for reading in senml.readings(pack, self.now):
            if isinstance(reading, senml.Reading):
                self._take_resolved(reading, claimed)
            else:
                number, why = reading
                self.refuse(number, why, _encoder.encode(pack[number - 1]), None)

    def _take_resolved(self, reading: senml.Reading, claimed: _Target | None) -> None:
        named = reading.device or None
        try:
            target = self._target_of(named, claimed)
            known = target.shape.fields
            message = {
                name: senml.in_unit(known[name], value, unit) if name in known else value
                for name, (value, unit) in reading.values.items()
            }
            self._write(reading.number, target, reading.time, message)
        except Refused as why:
            flat = {name: value for name, (value, _) in reading.values.items()}
            raw = _encoder.encode({"device": reading.device, "time": reading.time, **flat})
            self.refuse(reading.number, why, raw, named)

    # What is refused

    def refuse(self, number: int, why: Refused, raw: bytes, named: object) -> None:
        """Note an item that is not taken; `named` is the device it gave, if it gave any."""
        speaker, record = self.message.speaker, None
        may, mendable = self.allowance, why.reason in MENDABLE
        if may.row(speaker.id, self.now, mendable=mendable):  # else it need not be looked through
            device = named if isinstance(named, str) else self.message.device
            record = rejected(
                raw,
                why,
                at=self.now,
                door=self.message.door,
                speaker=speaker,
                device=device or "",
                roll=self.roll,
            )
            if record.body and not may.body(speaker.id, len(raw), self.now, mendable=mendable):
                record = replace(record, body=None)
        why.__traceback__ = why.__context__ = None  # ten thousand of them would hold their frames
        self.taken.refused.append(Refusal(number, why, record))
