"""Reads of the devices room."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from django.db.models import Count, Q, QuerySet

from xiuhua.city import sequence
from xiuhua.gateway.ports import Speaker

from .commands import LEDGER
from .models import Device, DeviceState, Gateway, Level, ListMember

VEHICLES = "vehicles@"
"""Lists whose names begin so hold the vehicles known at the site whose code follows."""


class State(msgspec.Struct, frozen=True):
    """A device on the map. `arrival` is when it last spoke, ms; 0: never."""

    id: str
    kind: str
    site: str
    lon: float
    lat: float
    level: str
    arrival: int


def ledger_version() -> int:
    """Rises with every change of the speakers or of a list."""
    return sequence.newest(LEDGER)


def speakers() -> list[Speaker]:
    """All gateways and devices in service."""
    gateways = Gateway.objects.filter(in_service=True).values_list("id", "secret", "site")
    devices = Device.objects.filter(in_service=True)
    return [Speaker(id=g, secret=secret, site=site) for g, secret, site in gateways] + [
        Speaker(id=d, secret=secret, kind=kind, site=site, under=under or "")
        for d, secret, kind, site, under in devices.values_list(
            "id", "secret", "kind", "site", "under"
        )
    ]


def vehicles() -> dict[str, set[str]]:
    """By site, the tokens of the vehicles known there."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = ListMember.objects.filter(list__name__startswith=VEHICLES)
    for name, token in rows.values_list("list", "token"):
        found[name.removeprefix(VEHICLES)].add(token)
    return dict(found)


def members(name: str) -> set[str]:
    """The tokens on a list; empty for an unknown one."""
    return set(ListMember.objects.filter(list=name).values_list("token", flat=True))


def states() -> list[State]:
    """Every device in service, for the map."""
    rows = Device.objects.filter(in_service=True).order_by("id")
    facts = rows.values_list("id", "kind", "site", "lon", "lat", "state__level", "state__arrival")
    return [
        State(device, kind, site, lon, lat, level or Level.WELL, arrival or 0)
        for device, kind, site, lon, lat, level, arrival in facts
    ]


def one(id: str) -> Device | None:  # noqa: A002
    """The device of that id with its state, or None."""
    return Device.objects.select_related("state", "under").filter(id=id).first()


def state_of(device: Device) -> DeviceState:
    """What it said last; a fresh, empty state for one that never spoke."""
    found = DeviceState.objects.filter(device=device).first()
    return found or DeviceState(device=device)


def search(*, kind: str = "", site: str = "", level: str = "", text: str = "") -> QuerySet[Device]:
    """Devices in service, narrowed by what is given, by id."""
    found = Device.objects.filter(in_service=True).select_related("state")
    if kind:
        found = found.filter(kind=kind)
    if site:
        found = found.filter(site=site)
    if level:
        found = found.filter(_stands(level))
    if text:
        found = found.filter(Q(id__icontains=text) | Q(zh__icontains=text) | Q(en__icontains=text))
    return found.order_by("id")


def counts() -> dict[str, int]:
    """How many devices in service stand at each level."""
    rows = Device.objects.filter(in_service=True).values_list("state__level").annotate(Count("id"))
    found = dict.fromkeys(Level.values, 0)
    for level, count in rows:
        found[level or Level.WELL] += count
    return found


def _stands(level: str) -> Q:
    spoke_never = Q(state__isnull=True) if level == Level.WELL else Q(pk__in=[])
    return Q(state__level=level) | spoke_never
