"""The neighbourhood as a stage: who stands where, looked up by what incidents ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from xiuhua.neighbourhood import Device, Neighbourhood, Resident

T = TypeVar("T")

ALONE = "elder_alone"
"""Tag of an elder who lives alone."""
METRO = "metro_exit"
"""Tag of what watches an exit of the metro."""


class Stage:
    """Devices and people of a neighbourhood, each list in the order of its file."""

    def __init__(self, hood: Neighbourhood, only: Iterable[str] = ()) -> None:
        """`only` names kinds, sites and devices that shall speak; empty: all."""
        wanted = frozenset(only)
        self.hood = hood
        self.devices: tuple[Device, ...] = tuple(
            device
            for device in hood.devices
            if not wanted or wanted.intersection((device.kind, device.site, device.id))
        )
        self.by_id: Mapping[str, Device] = {device.id: device for device in self.devices}
        self._of_kind = _grouped((device.kind, device) for device in self.devices)
        self._in_flat = _grouped((device.flat, device) for device in self.devices if device.flat)
        self._homes = _grouped((resident.flat, resident) for resident in hood.residents)

    def kind(self, code: str, *, site: str = "", building: str = "") -> list[Device]:
        """The devices of a kind, of one site or building if named."""
        return [
            device
            for device in self._of_kind.get(code, ())
            if (not site or device.site == site) and (not building or device.building == building)
        ]

    def in_flat(self, flat: str, kind: str) -> list[Device]:
        """The devices of a kind in one flat."""
        return [device for device in self._in_flat.get(flat, ()) if device.kind == kind]

    def household(self, flat: str) -> Sequence[Resident]:
        """Who lives in a flat."""
        return self._homes.get(flat, ())

    def flats(self, building: str) -> list[str]:
        """The flats of a building where somebody lives."""
        return [flat for flat in self._homes if flat.startswith(f"{building}-")]

    def elders_alone(self) -> list[Resident]:
        """Elders who live alone with both a smoke and an arc sensor at home."""
        return [
            resident
            for flat, home in self._homes.items()
            for resident in home
            if ALONE in resident.tags and self.in_flat(flat, "smoke") and self.in_flat(flat, "arc")
        ]

    def members(self, name: str) -> Sequence[str]:
        """The members of a named list, empty if there is none of that name."""
        return self.hood.lists.get(name, ())


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return dict(groups)


def is_metro(device: Device) -> bool:
    """Whether a device watches a metro exit."""
    return METRO in device.tags
