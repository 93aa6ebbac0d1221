"""The rows of a neighbourhood's files, and what can be looked up in them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal

import msgspec

PlaceKind = Literal[
    "city", "district", "subdistrict", "committee", "grid", "compound", "building", "flat", "shed",
    "spot", "road",
]  # fmt: skip
TeamKind = Literal["guard", "property", "repair", "fire", "management", "duty"]
Role = Literal[
    "duty_officer", "shift_leader", "acceptor", "dispatcher", "grid_supervisor", "handler",
    "gate_guard", "station_head", "rail_police", "police_head", "subdistrict_head",
    "district_officer", "window_clerk", "social_worker", "care_adviser", "care_worker", "doctor",
    "nurse", "suggestion_officer", "integrator", "auditor", "system_admin", "security_admin",
]  # fmt: skip


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all rows share: a field that nobody knows is a mistake."""


class Place(Row, frozen=True):
    """One node of the tree of places; `lon`, `lat` is a point inside it."""

    code: str
    kind: PlaceKind
    parent: str
    zh: str
    en: str
    lon: float
    lat: float
    address: str = ""
    site: str = ""
    geometry: dict[str, Any] | None = None
    tags: tuple[str, ...] = ()
    capacity: int | None = None


class Device(Row, frozen=True):
    """One sensor of the ledger; `building` and `flat` are "" where they do not apply."""

    id: str
    kind: str
    place: str
    site: str
    building: str
    flat: str
    lon: float
    lat: float
    under: str
    tags: tuple[str, ...]
    params: dict[str, float]
    zh: str
    en: str


class Gateway(Row, frozen=True):
    """A box that may speak for the devices under it."""

    id: str
    site: str
    zh: str
    en: str


class Resident(Row, frozen=True):
    """An invented person and what they were given or chose to enrol."""

    id: str
    zh: str
    flat: str
    birth_year: int
    sex: Literal["f", "m"]
    phone: str = ""
    tags: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    faces: tuple[str, ...] = ()
    plates: tuple[str, ...] = ()


class Team(Row, frozen=True):
    """A team and the sites it serves."""

    code: str
    kind: TeamKind
    zh: str
    en: str
    sites: tuple[str, ...]
    phone: str = ""


class Account(Row, frozen=True):
    """A member of staff who logs in."""

    username: str
    zh: str
    en: str
    role: Role
    team: str = ""
    phone: str = ""
    skills: tuple[str, ...] = ()


class Words(Row, frozen=True):
    """One text in both languages."""

    zh: str
    en: str


class CaseClass(Row, frozen=True):
    """A class of case: who handles it, in how many minutes, and when it may be closed."""

    code: str
    zh: str
    en: str
    team: TeamKind
    limit_minutes: int
    sort: Literal["event", "component"]
    number: str
    closing: Words
    life_safety: bool = False


class Holiday(Row, frozen=True):
    """Days off in a row, and the days of rest that are worked for them (调休)."""

    zh: str
    en: str
    first: date
    last: date
    worked: tuple[date, ...] = ()

    @property
    def off(self) -> tuple[date, ...]:
        """Every day of it."""
        span = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=day) for day in range(span))


class Staff(Row, frozen=True):
    team: tuple[Team, ...]
    account: tuple[Account, ...]


class Classes(msgspec.Struct, frozen=True, rename={"classes": "class"}):
    classes: tuple[CaseClass, ...]


class Calendar(Row, frozen=True):
    holiday: tuple[Holiday, ...]


class Neighbourhood(msgspec.Struct, frozen=True, dict=True):
    """Everything of the folder, checked. `rules` maps a file's name to its TOML."""

    places: tuple[Place, ...]
    devices: tuple[Device, ...]
    gateways: tuple[Gateway, ...]
    residents: tuple[Resident, ...]
    lists: dict[str, tuple[str, ...]]
    teams: tuple[Team, ...]
    accounts: tuple[Account, ...]
    classes: tuple[CaseClass, ...]
    map: dict[str, Any]
    rules: dict[str, str]
    holidays: tuple[Holiday, ...] = ()

    @cached_property
    def by_code(self) -> dict[str, Place]:
        """Every place by its code."""
        return {place.code: place for place in self.places}

    def place(self, code: str) -> Place:
        """The place of that code; raises KeyError for an unknown one."""
        return self.by_code[code]

    def children(self, code: str) -> tuple[Place, ...]:
        """The places right under that one, in the file's order."""
        return tuple(place for place in self.places if place.parent == code)

    def chain(self, code: str) -> tuple[Place, ...]:
        """From the topmost place down to that one; raises KeyError for an unknown code."""
        chain = [self.place(code)]
        while chain[-1].parent:
            chain.append(self.place(chain[-1].parent))
        return tuple(reversed(chain))

    def names(self, code: str) -> tuple[str, ...]:
        """The Chinese names from the compound (or street) down: ("田园十二村", "31号", "402室")."""
        outer = {"city", "district", "subdistrict", "committee"}
        return tuple(place.zh for place in self.chain(code) if place.kind not in outer)

    def devices_of(self, site: str) -> tuple[Device, ...]:
        """The devices of a site, in the file's order."""
        return tuple(device for device in self.devices if device.site == site)
