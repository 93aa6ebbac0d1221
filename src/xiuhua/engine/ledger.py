"""The engine's own view of the ledger and the named lists, built from control records alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from xiuhua.kinds import all_kinds

from .control import Device, LedgerRemove, LedgerSet, ListSet
from .jit import F64, Bools
from .scanner import Names, Roll, Shapes
from .tokens import token_hash


@dataclass(slots=True)
class Roster:
    """The devices of one kind. A device keeps its slot for ever, also while out of service."""

    devices: list[Device] = field(default_factory=list)
    serving: list[bool] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)

    def put(self, device: Device) -> int:
        """Take the device in, or its new particulars; returns its slot."""
        slot = self.slots.get(device.id)
        if slot is None:
            slot = self.slots[device.id] = len(self.devices)
            self.devices.append(device)
            self.serving.append(True)
        self.devices[slot] = device
        self.serving[slot] = True
        return slot

    def in_service(self) -> Bools:
        """(slots,) which devices serve."""
        return np.array(self.serving, np.bool_)


@dataclass(slots=True)
class Ledger:
    """Which devices there are, by kind, and the members of the named lists (as token hashes)."""

    rosters: dict[str, Roster] = field(default_factory=dict)
    kind_of: dict[str, str] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)
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
        roster = self.rosters[kind]
        roster.serving[roster.slots[device]] = False
        return {kind}

    def change_list(self, change: ListSet) -> None:
        """Bring members into a list and take others out."""
        members = self.lists.setdefault(change.name, set())
        members |= set(change.add)
        members -= set(change.remove)
        self._sorted.pop(change.name, None)

    def members(self, name: str) -> F64:
        """The token hashes of a list, sorted; an unknown list is empty."""
        if name not in self._sorted:
            self._sorted[name] = _sorted_hashes(self.lists.get(name, ()))
        return self._sorted[name]


def _sorted_hashes(tokens: Iterable[str]) -> F64:
    return np.unique(np.array([token_hash(token) for token in tokens], np.float64))
