"""Reads of the devices room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias, TypedDict

import msgspec
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from xiuhua.city import sequence
from xiuhua.gateway.ports import Speaker
from xiuhua.kinds import all_kinds

from .commands import LEDGER
from .models import (
    LOST,
    STANDINGS,
    UNHEARD,
    Credential,
    Device,
    DeviceState,
    Gateway,
    LedgerStep,
    Level,
    ListMember,
)  # fmt: skip

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _How(TypedDict):
        stands: str

    Standing: TypeAlias = WithAnnotations[Device, _How]

VEHICLES = "vehicles@"
"""Lists whose names begin so hold the vehicles known at the site whose code follows."""

_NEVER_SPOKE = Q(state__isnull=True) | Q(state__arrival=0, state__level=Level.WELL)
_LEVEL = Coalesce("state__level", Value(Level.WELL.value))
_MUST_SPEAK = Q(kind__in=[kind.code for kind in all_kinds() if kind.interval is not None])
_LOST = Q(state__level=Level.WELL, state__lost__gt=0, state__lost__gte=F("state__arrival"))
_STANDS = Case(
    When(_LOST, then=Value(LOST)),
    When(_NEVER_SPOKE & _MUST_SPEAK, then=Value(UNHEARD)),
    default=_LEVEL,
)
"""How a device stands. One that was well when its connection broke is lost; one that never spoke,
and must, is not well, nor silent before the engine says so."""

_GRAVITY = Case(*(When(stands=level, then=Value(at)) for at, level in enumerate(STANDINGS)))


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
    gateways = Gateway.objects.filter(in_service=True).values_list("id", "site")
    devices = Device.objects.filter(in_service=True)
    held = Credential.objects.in_bulk()
    none = Credential()
    found = [("", site, "", held.get(g, none), g) for g, site in gateways] + [
        (kind, site, under or "", held.get(d, none), d)
        for d, kind, site, under in devices.values_list("id", "kind", "site", "under")
    ]
    return [
        Speaker(name, own.secret, kind, site, under, own.before, own.before_until)
        for kind, site, under, own, name in found
    ]


def credential(holder: str) -> Credential | None:
    """What a device or gateway logs in with, as far as it is known: hashes and times."""
    return Credential.objects.filter(holder=holder).first()


def steps(holder: str) -> list[LedgerStep]:
    """What was done with a device's or gateway's access and service, oldest first."""
    return list(LedgerStep.objects.filter(holder=holder))


def gateways() -> list[Gateway]:
    """The gateways in service."""
    return list(Gateway.objects.filter(in_service=True).order_by("id"))


def speaking_through(gateway: str) -> tuple[int, int]:
    """How many devices in service speak through a gateway, and how many of them have a secret of
    their own."""
    ids = list(Device.objects.filter(under=gateway, in_service=True).values_list("id", flat=True))
    held = {row.holder for row in Credential.objects.in_bulk(ids).values() if row.secret}
    return len(ids), len(held)


def gateway(id: str) -> Gateway | None:  # noqa: A002
    """The gateway of that id, or None."""
    return Gateway.objects.filter(id=id).first()


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
    facts = rows.values_list("id", "kind", "site", "lon", "lat", _STANDS, "state__arrival")
    return [
        State(device, kind, site, lon, lat, level, arrival or 0)
        for device, kind, site, lon, lat, level, arrival in facts
    ]


def one(id: str) -> Standing | None:  # noqa: A002
    """The device of that id with its state and how it `stands`, or None."""
    found = Device.objects.select_related("state", "under").annotate(stands=_STANDS)
    return found.filter(id=id).first()


def names(ids: Iterable[str]) -> dict[str, str]:
    """By device, its name in the reader's language; those unknown are left out."""
    return {one.id: one.name for one in Device.objects.filter(id__in=set(ids))}


def in_flat(flat: str) -> list[Device]:
    """The devices in a flat, those out of service too."""
    return list(Device.objects.filter(flat=flat).order_by("id")) if flat else []


def stands(ids: Iterable[str]) -> dict[str, tuple[str, tuple[float, float]]]:
    """By device, the gateway that it speaks through, "" for none, and where it stands."""
    rows = Device.objects.filter(id__in=set(ids)).values_list("id", "under", "lon", "lat")
    return {device: (under or "", (lon, lat)) for device, under, lon, lat in rows}


def flats(ids: Iterable[str]) -> dict[str, str]:
    """By device, the flat that it stands in; devices of no flat are left out."""
    found = Device.objects.filter(id__in=set(ids)).exclude(flat="")
    return dict(found.values_list("id", "flat"))


def first_at(place: str, kind: str) -> Device | None:
    """The first device of that kind in service in a place, at any depth; None where none is."""
    there = Q(place=place) | Q(flat=place) | Q(building=place) | Q(site=place)
    return Device.objects.filter(there, kind=kind, in_service=True).order_by("id").first()


def state_of(device: Device) -> DeviceState:
    """What it said last; a fresh, empty state for one that never spoke."""
    found = DeviceState.objects.filter(device=device).first()
    return found or DeviceState(device=device)


def search(
    *, kind: str = "", site: str = "", level: str = "", text: str = ""
) -> QuerySet[Standing]:
    """Devices in service, narrowed by what is given: the gravest first, then by id. Each says how
    it `stands`."""
    found = Device.objects.filter(in_service=True).select_related("state")
    found = found.annotate(stands=_STANDS)
    if kind:
        found = found.filter(kind=kind)
    if site:
        found = found.filter(site=site)
    if level:
        found = found.filter(stands=level)
    if text:
        found = found.filter(Q(id__icontains=text) | Q(zh__icontains=text) | Q(en__icontains=text))
    return found.order_by(_GRAVITY.desc(), "id")


def counts() -> dict[str, int]:
    """How many devices in service stand at each of `models.STANDINGS`."""
    rows = Device.objects.filter(in_service=True).values(stands=_STANDS).annotate(count=Count("id"))
    return dict.fromkeys(STANDINGS, 0) | {row["stands"]: row["count"] for row in rows}


def unheard() -> int:
    """How many devices in service have to speak, and have not yet, without being silent."""
    return Device.objects.filter(_NEVER_SPOKE & _MUST_SPEAK, in_service=True).count()


def sites() -> list[str]:
    """The codes of the sites that devices in service stand at."""
    codes = Device.objects.filter(in_service=True).values_list("site", flat=True)
    return list(codes.distinct().order_by("site"))
