"""A neighbourhood as a folder of plain files: read, checked, looked things up in.

`load(folder)` reads these; every code that one file uses must stand in the file that owns it.

places.json     [{code, kind, parent, zh, en, lon, lat, address, site, geometry, tags, capacity}]
                `parent` is "" for the topmost place alone; `site` is the compound's code, or
                "street"; `geometry` is GeoJSON or absent; `capacity` counts people at once.
                Parents come before their children.
devices.csv     id,kind,place,site,building,flat,lon,lat,under,tags,params,zh,en
                `place` is the smallest place it hangs in; `under` the gateway that speaks for it,
                empty where it speaks itself; `tags` "a b"; `params` "limit=0.08 capacity=60".
gateways.csv    id,site,zh,en
residents.json  [{id, zh, flat, birth_year, sex, phone, tags, cards, faces, plates}]
                `cards` and `faces` are opaque tokens, `plates` invented plates without the dot.
lists.json      {name: [member]}: `vehicles@SITE` (plates), `cards@BUILDING`, `faces@SITE` (tokens)
staff.toml      [[team]] code, kind, zh, en, sites, phone · [[account]] username, zh, en, role,
                team, phone; `team` is "" for those who lead or serve everybody.
classes.toml    [[class]] code, zh, en, team, limit_minutes, sort, number, life_safety, closing
                `number` is the four-digit category; a city's own count down from 99.
map.json        a GeoJSON FeatureCollection, the base drawing: each feature has `kind`, often `zh`.
calendar.toml   [[holiday]] zh, en, first, last, worked (the days of rest that are worked for it).
                It speaks for whole years. May be absent: then the calendar stays as it is.
rules/*.toml    rules beyond the kinds' own; `case` names a class.

Coordinates are WGS-84 degrees.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .checks import problems
from .reading import Unreadable, read, read_devices
from .rows import (
    Account,
    CaseClass,
    Device,
    Gateway,
    Holiday,
    Neighbourhood,
    Place,
    Resident,
    Team,
    Words,
)

__all__ = [
    "Account", "CaseClass", "Device", "Gateway", "Holiday", "Neighbourhood", "PilotError", "Place",
    "Resident", "Team", "Words", "load", "load_devices",
]  # fmt: skip


class PilotError(ValueError):
    """The folder cannot be used: each of `problems` says where, what, and what to do."""

    def __init__(self, folder: Path, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        lines = "\n  ".join(self.problems[:20])
        more = len(self.problems) - 20
        rest = f"\n  … and {more} more" if more > 0 else ""
        super().__init__(f"{folder} cannot be loaded; nothing was changed:\n  {lines}{rest}")


def load(folder: Path) -> Neighbourhood:
    """Read and check a folder; raises `PilotError` with every problem that can be told at once."""
    try:
        hood = read(folder)
    except Unreadable as error:
        raise PilotError(folder, [str(error)]) from error
    found = list(problems(hood))
    if found:
        raise PilotError(folder, found)
    return hood


def load_devices(path: Path) -> tuple[Device, ...]:
    """The rows of a `devices.csv` alone, each well-formed; raises `PilotError`."""
    try:
        return read_devices(path)
    except Unreadable as error:
        raise PilotError(path, [str(error)]) from error
