"""One-time codes: whoever holds one fetches the secret of a device or a gateway, once, soon.

A code is 80 random bits made here; only its hash is kept, by which it is found, so that how long a
search takes says nothing of how nearly a guess was right. It is bound to one device or gateway of
the ledger, or to a kind and a place, where the device that comes gets the next free id.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from django.db import transaction

from xiuhua.gateway.credentials import hashed, new_secret
from xiuhua.gateway.ports import BadCode, Enrolled
from xiuhua.kinds import all_kinds, kind

from . import commands, credentials
from .commands import NewDevice, note_steps
from .enrolment import Spots
from .models import Device, EnrolCode, Gateway, LedgerStep

LIFE = 60 * 60_000
"""How long a code may be used, ms: the walk from the desk to the device."""

OPEN_MOST = 200
"""Codes that may be open at once."""

KEPT = 90 * 86_400_000
"""How long a code that is over is remembered, ms, so that it can be told what became of it."""


class CannotMake(Exception):
    """What a code is asked for is not there: nobody of that id in service, no such kind or place,
    or a place that lies nowhere; or too many codes are open."""


@dataclass(frozen=True)
class Made:
    """A new code, the only time it is seen. `until` is ms."""

    code: str
    until: int


@transaction.atomic
def make(*, by: str, now: int, holder: str = "", kind: str = "", place: str = "") -> Made:
    """A code for `holder`, or for a new device of a kind in a place. `by` is an account, `now` ms.
    Raises CannotMake."""
    if EnrolCode.objects.filter(used=0, revoked=0, until__gt=now).count() >= OPEN_MOST:
        raise CannotMake("codes")
    if holder and not _in_service(holder):
        raise CannotMake(holder)
    if not holder:
        spot = Spots().of(place)
        known = kind in {one.code for one in all_kinds()}
        if not known or spot is None or not spot.site or None in {spot.lon, spot.lat}:
            raise CannotMake(f"{kind} {place}")
    EnrolCode.objects.filter(until__lt=now - KEPT).delete()
    code = _new_code()
    row = EnrolCode.objects.create(
        hash=hashed(_plain(code)), holder=holder, kind=kind, place=place, by=by, at=now,
        until=now + LIFE,
    )  # fmt: skip
    if holder:
        note_steps([holder], LedgerStep.What.CODE_MADE, by, now)
    return Made(code, row.until)


@transaction.atomic
def revoke(*, id: int, by: str, now: int) -> bool:  # noqa: A002
    """Withdraw a code that nobody has used; returns whether it was open."""
    row = EnrolCode.objects.select_for_update().filter(id=id, used=0, revoked=0).first()
    if row is None:
        return False
    row.revoked = now
    row.save(update_fields=["revoked"])
    if row.holder:
        note_steps([row.holder], LedgerStep.What.CODE_ENDED, by, now)
    return True


@transaction.atomic
def redeem(code: str, now: int) -> Enrolled:
    """The secret that a code is good for; the code is used then. Raises BadCode, which says what
    became of the code, with nothing changed. `now` is ms."""
    row = EnrolCode.objects.select_for_update().filter(hash=hashed(_plain(code))).first()
    if row is None:
        raise BadCode("unknown")
    if row.revoked:
        raise BadCode("revoked")
    if row.used:
        raise BadCode("used")
    if now >= row.until:
        raise BadCode("expired")
    holder = row.holder or _register(row, now)
    if not _in_service(holder):
        raise BadCode("not_in_service")
    row.used, row.holder = now, holder
    row.save(update_fields=["used", "holder"])
    secret = credentials.rotate(id=holder, by=row.by, now=now) if row.kind == "" else new_secret()
    if row.kind:
        credentials.set_secrets(secrets={holder: secret}, by=row.by, now=now)
    note_steps([holder], LedgerStep.What.ENROLLED, row.by, now)
    return Enrolled(holder, secret)


def open_codes(now: int, holder: str = "") -> list[EnrolCode]:
    """Codes that can be used at `now` (ms): of a device or gateway, or all."""
    found = EnrolCode.objects.filter(used=0, revoked=0, until__gt=now)
    return list(found.filter(holder=holder) if holder else found)


def _register(row: EnrolCode, now: int) -> str:
    """Put the device that a code of a kind and a place is for into the ledger; its id."""
    spot = Spots().of(row.place)
    if spot is None or spot.lon is None or spot.lat is None:
        raise BadCode("not_in_service")
    id_ = _next_id(f"{spot.site}-{row.kind}-")
    named = kind(row.kind)
    new = NewDevice(
        id=id_, kind=row.kind, site=spot.site, place=row.place, building=spot.building,
        flat=spot.flat, lon=spot.lon, lat=spot.lat, zh=f"{named.zh} {id_}", en=f"{named.en} {id_}",
    )  # fmt: skip
    commands.put_devices(devices=[new])
    note_steps([id_], LedgerStep.What.REGISTERED, row.by, now)
    return id_


def _next_id(stem: str) -> str:
    rest = Device.objects.filter(id__startswith=stem).values_list("id", flat=True)
    numbers = [int(id_[len(stem) :]) for id_ in rest if id_[len(stem) :].isdecimal()]
    return f"{stem}{max(numbers, default=0) + 1:04d}"


def _in_service(holder: str) -> bool:
    return any(
        model.objects.filter(id=holder, in_service=True).exists() for model in (Device, Gateway)
    )


def _new_code() -> str:
    """Sixteen letters and digits in fours, none of which looks like another."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _plain(code: str) -> str:
    """The code without what people put between its letters."""
    return "".join(letter for letter in code.upper() if letter.isalnum())
