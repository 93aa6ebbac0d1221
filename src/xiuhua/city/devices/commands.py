"""Writes of the devices room. What the engine or the doors must know leaves through the outbox, in
the same transaction; `ledger` counts the changes of who may speak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar
from uuid import uuid4

import msgspec
from django.db import connection, transaction

from xiuhua.city import outbox, sequence
from xiuhua.engine import control
from xiuhua.engine.control import Change, LedgerRemove, LedgerSet, ListSet
from xiuhua.epoch import now_ms

from .models import (
    Credential,
    Device,
    DeviceState,
    Gateway,
    LedgerStep,
    Level,
    ListMember,
    NamedList,
)  # fmt: skip

LEDGER = "ledger"
CHUNK = 500
"""Most devices or members in one control record."""

_FACTS = (
    "kind", "site", "place", "building", "flat", "lon", "lat", "under_id", "tags", "params",
    "zh", "en", "in_service",
)  # fmt: skip
_ENGINES = ("kind", "site", "place", "building", "flat", "tags", "params", "in_service")
_SEEN = """
INSERT INTO devices_devicestate (device_id, time, arrival, line, level, lost)
VALUES (%s, %s, %s, %s, 'well', 0)
ON CONFLICT (device_id) DO UPDATE
SET time = excluded.time, arrival = excluded.arrival, line = excluded.line
WHERE excluded.arrival >= devices_devicestate.arrival
"""

T = TypeVar("T")


class NewDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device as it is put into the ledger; see `models.Device`."""

    id: str
    kind: str
    site: str
    place: str
    lon: float
    lat: float
    zh: str
    en: str
    building: str = ""
    flat: str = ""
    under: str | None = None
    tags: tuple[str, ...] = ()
    params: dict[str, float] = {}


def put_gateway(*, id: str, site: str, zh: str, en: str) -> None:  # noqa: A002
    """Put a gateway into the ledger; again overwrites."""
    facts = {"site": site, "zh": zh, "en": en, "in_service": True}
    if not Gateway.objects.filter(id=id, **facts).exists():
        with transaction.atomic():
            Gateway.objects.update_or_create(id=id, defaults=facts)
            speakers_changed()


@transaction.atomic
def put_devices(*, devices: Iterable[NewDevice]) -> int:
    """Put devices into the ledger; again overwrites. Returns how many changed."""
    known = Device.objects.in_bulk()
    rows = [_row(new) for new in devices]
    changed = [row for row in rows if _differs(row, known.get(row.id), _FACTS)]
    if changed:
        Device.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[name.removesuffix("_id") for name in _FACTS],
            batch_size=CHUNK,
        )
        concerned = [row for row in changed if _differs(row, known.get(row.id), _ENGINES)]
        _on_the_road(LedgerSet(tuple(map(_for_engine, piece))) for piece in _pieces(concerned))
        speakers_changed()
    return len(changed)


@transaction.atomic
def retire(*, ids: Sequence[str], by: str = "", now: int = 0) -> int:
    """Take devices out of service, for good: they may not speak any more, and their secrets end.
    `by` is an account, `now` is ms. Returns how many were in service."""
    there = Device.objects.filter(id__in=ids, in_service=True).order_by("id")
    gone = list(there.values_list("id", flat=True))
    if gone:
        Device.objects.filter(id__in=gone).update(in_service=False)
        Credential.objects.filter(holder__in=gone).delete()
        note_steps(gone, LedgerStep.What.RETIRED, by, now)
        _on_the_road(LedgerRemove(tuple(piece)) for piece in _pieces(gone))
        speakers_changed()
    return len(gone)


@transaction.atomic
def retire_gateway(*, id: str, by: str, now: int) -> bool:  # noqa: A002
    """Take a gateway out of service: its secret ends, and its connections within about a second.
    Devices under it stay in service, and speak only with secrets of their own from now on. `by` is
    an account, `now` is ms. Returns whether it was in service."""
    if not Gateway.objects.filter(id=id, in_service=True).update(in_service=False):
        return False
    Credential.objects.filter(holder=id).delete()
    note_steps([id], LedgerStep.What.RETIRED, by, now)
    speakers_changed()
    return True


@transaction.atomic
def set_list(*, name: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> bool:
    """Bring tokens into or out of a named list, made if need be; returns whether it changed."""
    NamedList.objects.get_or_create(name=name)
    row = NamedList.objects.select_for_update().get(name=name)
    held = set(row.members.values_list("token", flat=True))
    fresh, gone = sorted(set(add) - held), sorted(set(remove) & held)
    if not fresh and not gone:
        return False
    ListMember.objects.bulk_create((ListMember(list=row, token=t) for t in fresh), batch_size=CHUNK)
    for piece in _pieces(gone):
        row.members.filter(token__in=piece).delete()
    _on_the_road(ListSet(name, add=tuple(piece)) for piece in _pieces(fresh))
    _on_the_road(ListSet(name, remove=tuple(piece)) for piece in _pieces(gone))
    speakers_changed()  # the doors know plates by these lists
    return True


def note_readings(readings: Iterable[tuple[str, int, int, str]]) -> None:
    """Note the newest readings: (device, its time ms, arrival ms, JSON line). Older ones pass by.

    Inside the caller's transaction; not told to the feed, pages ask when they show it.
    """
    with connection.cursor() as cursor:
        cursor.executemany(_SEEN, sorted(readings))  # one order of locks for all writers


def note_links(broken: Mapping[str, int]) -> None:
    """Note since when devices' connections are broken (log time, ms); 0: they stand. Inside the
    caller's transaction."""
    DeviceState.objects.bulk_create(
        (DeviceState(device_id=device, lost=at) for device, at in sorted(broken.items())),
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["lost"],
        batch_size=CHUNK,
    )


def set_levels(levels: Mapping[str, str]) -> None:
    """Say how devices stand (`models.Level`), in the caller's transaction."""
    held = dict(DeviceState.objects.filter(device__in=levels).values_list("device", "level"))
    changed = {
        device: level
        for device, level in sorted(levels.items())
        if held.get(device, Level.WELL) != level
    }
    DeviceState.objects.bulk_create(
        (DeviceState(device_id=device, level=level) for device, level in changed.items()),
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=["level"],
    )


def note_steps(holders: Iterable[str], what: LedgerStep.What, by: str, now: int) -> None:
    """Add to the history of devices or gateways, in the caller's transaction; `now` is ms."""
    LedgerStep.objects.bulk_create(
        (LedgerStep(holder=holder, what=what, at=now or now_ms(), by=by) for holder in holders),
        batch_size=CHUNK,
    )


def _row(new: NewDevice) -> Device:
    facts = msgspec.structs.asdict(new)
    under = facts.pop("under")
    return Device(**facts | {"under_id": under, "tags": list(new.tags)})


def _differs(row: Device, known: Device | None, names: Sequence[str]) -> bool:
    return known is None or any(getattr(row, name) != getattr(known, name) for name in names)


def _for_engine(row: Device) -> control.Device:
    return control.Device(
        id=row.id,
        kind=row.kind,
        site=row.site,
        place=row.place,
        building=row.building,
        flat=row.flat,
        tags=tuple(row.tags),
        params=row.params,
    )


def _pieces(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while piece := list(islice(rest, CHUNK)):
        yield piece


def _on_the_road(changes: Iterable[Change]) -> None:
    outbox.put_many((uuid4().hex, change) for change in changes)


def speakers_changed() -> None:
    """The doors read the ledger again, within about half a second of this transaction's end."""
    sequence.take(LEDGER, 1)
