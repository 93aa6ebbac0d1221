"""Whom of a home's family to ring: entered with their consent, sealed, numbers given out one at a
time and only for an alert."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, time

from django.db import transaction

from xiuhua.city.crypto import seal, unseal

from . import looks
from .models import FamilyContact, Resident
from .queries import field_of

HOUSE = "xiuhua"
"""Who looks when the house itself rings; its role in the record is "house"."""

_CONTACT, _RESIDENT = "c", "r"


@transaction.atomic
def put(
    *, flat: str, name: str, phone: str, agreed: bool, quiet_since: time | None,
    quiet_until: time | None, by: str, now: datetime,
) -> FamilyContact:  # fmt: skip
    """Enter a contact behind those of the home that are there. Without `agreed` they are kept and
    never rung by the house."""
    row = FamilyContact(id=secrets.token_hex(16), flat=flat, by=by, at=now)
    row.rank = FamilyContact.objects.filter(flat=flat).count() + 1
    row.name, row.phone = seal(name, _place(row, "name")), seal(phone, _place(row, "phone"))
    row.agreed = now if agreed else None
    row.quiet_since, row.quiet_until = quiet_since, quiet_until
    row.save(force_insert=True)
    return row


def drop(contact: str) -> bool:
    """Forget a contact, as their consent is taken back; returns whether they were known."""
    return bool(FamilyContact.objects.filter(id=contact).delete()[0])


def of_flat(flat: str) -> list[FamilyContact]:
    """The contacts of a home in the order in which they are rung; nothing of them is opened."""
    return list(FamilyContact.objects.filter(flat=flat).order_by("rank", "at", "id"))


def lines(flat: str) -> list[str]:
    """Whom to ring where a life may be at risk, as opaque words: contacts who agreed, then those
    who live there. A wish for quiet does not count then."""
    agreed = [f"{_CONTACT}:{one.id}" for one in of_flat(flat) if one.agreed]
    living = Resident.objects.filter(flat=flat).order_by("id").values_list("id", flat=True)
    return agreed + [f"{_RESIDENT}:{one}" for one in living]


def known(flats: Iterable[str]) -> set[str]:
    """Those of these homes of which somebody can be rung."""
    wanted = set(flats)
    agreed = FamilyContact.objects.filter(flat__in=wanted).exclude(agreed=None)
    living = Resident.objects.filter(flat__in=wanted)
    return {*agreed.values_list("flat", flat=True), *living.values_list("flat", flat=True)}


@transaction.atomic
def number(line: str, *, alert: str, now: datetime) -> str:
    """The number of one of `lines`, "" where none is known. The look is written first."""
    sort, _, key = line.partition(":")
    what, why = f"family {line} phone", f"acting on alert {alert}"
    looks.write(who=HOUSE, role="house", what=what, why=why, now=now)
    if sort == _RESIDENT:
        living = Resident.objects.filter(id=key).first()
        return unseal(bytes(living.phone), field_of(living, "phone")) if living else ""
    found = FamilyContact.objects.filter(id=key).exclude(agreed=None).first()
    return unseal(bytes(found.phone), _place(found, "phone")) if found else ""


def _place(row: FamilyContact, field: str) -> str:
    return f"people.familycontact/{row.id}/{field}"
