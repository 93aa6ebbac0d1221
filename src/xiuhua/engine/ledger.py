"""The engine's own view of ledger, named lists and calendar, built from control records alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from xiuhua.kinds import all_kinds

from .blocks import Touched
from .control import CalendarSet, Device, FlagSet, LedgerRemove, LedgerSet, ListSet, PlacesSet
from .jit import F64, I32, Bools
from .scanner import Names, Roll, Shapes
from .schedule import Calendar, day_number
from .tokens import token_hash

Subject: TypeAlias = Literal["device", "place", "flat", "building", "site"]
"""What a rule's alerts may be about."""

SUBJECTS: tuple[Subject, ...] = ("device", "place", "flat", "building", "site")


def subject_of(device: Device, subject: Subject) -> str:
    """The code of what the device belongs to there; "" where it belongs to nothing of the sort."""
    return device.id if subject == "device" else str(getattr(device, subject))


@dataclass(slots=True)
class Roster:
    """The devices of one kind. A device keeps its slot for ever, also while out of service."""

    devices: list[Device] = field(default_factory=list)
    serving: list[bool] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)
    params: set[str] = field(default_factory=set)
    """The names of all parameters that a device has, or once had."""
    touched: Touched = field(default_factory=Touched)
    _index: dict[str, I32] | None = None

    def put(self, device: Device) -> int:
        """Take the device in, or its new particulars; returns its slot."""
        slot = self.slots.get(device.id)
        if slot is None:
            slot = self.slots[device.id] = len(self.devices)
            self.devices.append(device)
            self.serving.append(True)
        self.devices[slot] = device
        self.serving[slot] = True
        self.params.update(device.params)
        self._changed(slot)
        return slot

    def leave(self, device: str) -> None:
        """The device is out of service."""
        slot = self.slots[device]
        self.serving[slot] = False
        self._changed(slot)

    def _changed(self, slot: int) -> None:
        self._index = None
        self.touched.mark(np.array([slot], np.int32))

    def restore(self, devices: list[Device], serving: list[bool]) -> None:
        """Take in the next devices as they were saved."""
        first = len(self.devices)
        self.slots |= {device.id: first + n for n, device in enumerate(devices)}
        self.devices += devices
        self.serving += serving
        self.params.update(*(device.params for device in devices))
        self._index = None

    def in_service(self) -> Bools:
        """(slots,) which devices serve."""
        return np.array(self.serving, np.bool_)

    def named(self, sort: str, names: Iterable[str]) -> Bools:
        """(slots,) which devices have one of these tags ("tag"), lie in one of these places at
        any depth ("place"), in one of these sites ("site"), or have one of these ids ("id")."""
        found = np.zeros(len(self.devices), np.bool_)
        if sort == "id":
            known = [self.slots[name] for name in names if name in self.slots]
            found[known] = True
            return found
        if self._index is None:
            self._index = _index(self.devices)
        for name in names:
            found[self._index.get(f"{sort}/{name}", _NONE)] = True
        return found


_NONE = np.zeros(0, np.int32)


def _index(devices: list[Device]) -> dict[str, I32]:
    lists: dict[str, list[int]] = defaultdict(list)
    for slot, device in enumerate(devices):
        for tag in set(device.tags):
            lists[f"tag/{tag}"].append(slot)
        lists[f"site/{device.site}"].append(slot)
        for place in {device.place, device.building, device.flat, device.site} - {""}:
            lists[f"place/{place}"].append(slot)
    return {name: np.array(slots, np.int32) for name, slots in lists.items()}


@dataclass(slots=True)
class Ledger:
    """Which devices there are, by kind; what places have parameters of their own; the members of
    the named lists (as token hashes); the calendar."""

    rosters: dict[str, Roster] = field(default_factory=dict)
    kind_of: dict[str, str] = field(default_factory=dict)
    places: dict[str, Mapping[str, float]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)
    listings: int = 0
    """Rises with each change of a list."""
    _sorted: dict[str, F64] = field(default_factory=dict)
    _shapes: Shapes | None = None
    _roll: Roll | None = None

    @property
    def shapes(self) -> Shapes:
        """What lines may hold, for the scanner."""
        if self._shapes is None:
            self._shapes = Shapes.of(all_kinds())
        return self._shapes

    @property
    def roll(self) -> Roll:
        """The devices in service, for the scanner; made anew after each change of the ledger."""
        if self._roll is None:
            numbers = {kind.code: number for number, kind in enumerate(self.shapes.kinds)}
            slots = [self.rosters[code].slots[device] for device, code in self.kind_of.items()]
            self._roll = Roll(
                ids=Names.of(list(self.kind_of)),
                kind=np.array([numbers[code] for code in self.kind_of.values()], np.int32),
                slot=np.array(slots, np.int32),
            )
        return self._roll

    def roster(self, kind: str) -> Roster:
        """The devices of a kind, an empty roster where there are none yet."""
        return self.rosters.setdefault(kind, Roster())

    def find(self, device: str) -> Device | None:
        """The device, if it is in service."""
        kind = self.kind_of.get(device)
        if kind is None:
            return None
        roster = self.rosters[kind]
        return roster.devices[roster.slots[device]]

    def last_known(self, device: str) -> Device | None:
        """The device, in service or not: a pack may hold what it said before it left."""
        found = self.find(device)
        if found is None:
            for roster in self.rosters.values():
                if device in roster.slots:
                    return roster.devices[roster.slots[device]]
        return found

    def put(self, change: LedgerSet) -> set[str]:
        """Take devices in or change them; returns the kinds concerned."""
        touched: set[str] = set()
        self._shapes = self._roll = None
        for device in change.devices:
            before = self.kind_of.get(device.id)
            if before is not None and before != device.kind:
                touched |= self._leave(device.id)
            self.kind_of[device.id] = device.kind
            self.roster(device.kind).put(device)
            touched.add(device.kind)
        return touched

    def remove(self, change: LedgerRemove) -> set[str]:
        """Take devices out; returns the kinds concerned."""
        touched: set[str] = set()
        self._shapes = self._roll = None
        for device in change.devices:
            touched |= self._leave(device)
        return touched

    def _leave(self, device: str) -> set[str]:
        kind = self.kind_of.pop(device, None)
        if kind is None:
            return set()
        self.rosters[kind].leave(device)
        return {kind}

    def put_places(self, change: PlacesSet) -> None:
        """Give places their parameters; one without any is forgotten."""
        for place in change.places:
            self.places.pop(place.code, None)
            if place.params:
                self.places[place.code] = place.params

    def has_own(self, kinds: Iterable[str], *names: str) -> bool:
        """Whether any device of these kinds, or any place, may have one of these parameters."""
        holders = [self.roster(kind).params for kind in kinds] + list(self.places.values())
        return any(name in holder for holder in holders for name in names)

    def own_param(self, device: Device, *names: str, subject: Subject = "device") -> float | None:
        """The first of these parameters that the subject, to which the device belongs, has, or
        else a place that it is in, from the smallest to the site; None where nobody has one."""
        holders: list[Mapping[str, float]] = [device.params] if subject == "device" else []
        if self.places:
            around = [getattr(device, place) for place in SUBJECTS[1:]]
            around = around[max(0, SUBJECTS.index(subject) - 1) :]
            holders += [self.places[code] for code in around if code in self.places]
        for holder in holders:
            for name in names:
                if name in holder:
                    return holder[name]
        return None

    def change_list(self, change: ListSet) -> None:
        """Bring members into a list and take others out."""
        members = self.lists.setdefault(change.name, set())
        members |= set(change.add)
        members -= set(change.remove)
        self._sorted.pop(change.name, None)
        self.listings += 1

    def members(self, name: str) -> F64:
        """The token hashes of a list, sorted; an unknown list is empty."""
        if name not in self._sorted:
            self._sorted[name] = _sorted_hashes(self.lists.get(name, ()))
        return self._sorted[name]

    def set_calendar(self, change: CalendarSet) -> None:
        """Take the calendar in; flags stay as they are."""
        self.calendar.holidays = frozenset(day_number(day) for day in change.holidays)
        self.calendar.workdays = frozenset(day_number(day) for day in change.workdays)

    def set_flag(self, change: FlagSet) -> None:
        """Put a flag up or down."""
        (self.calendar.flags.add if change.on else self.calendar.flags.discard)(change.name)


def _sorted_hashes(tokens: Iterable[str]) -> F64:
    return np.unique(np.array([token_hash(token) for token in tokens], np.float64))
