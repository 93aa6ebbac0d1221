"""The named doors to personal data. Each writes who looked, at what and why, in the transaction
that reads; where that cannot be written, nothing is shown."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.contrib.auth.models import AbstractUser
from django.db import transaction

from xiuhua.city import access
from xiuhua.city.crypto import unseal

from . import looks
from .models import Look, Reporter, Resident, Token


class Contact(msgspec.Struct, frozen=True):
    """How to reach a resident in need, and what helpers must know (`tags`: lives alone, deaf …)."""

    name: str
    phone: str
    tags: tuple[str, ...]


@transaction.atomic
def contacts_of_flat(
    *, flat: str, looker: AbstractUser, reason: str, now: datetime
) -> list[Contact]:
    """Whom to ring and whom to look for in a flat. Raises PermissionDenied, looks.NoReason."""
    access.require(looker, "people.contact")
    residents = list(Resident.objects.filter(flat=flat).order_by("id"))
    named = " ".join(resident.id for resident in residents)
    what = f"flat {flat} name,phone,tags {named}".strip()
    note_look(looker=looker, what=what, why=reason, now=now)
    return [_contact(resident) for resident in residents]


@transaction.atomic
def contact_of_token(
    *, token: str, looker: AbstractUser, reason: str, now: datetime
) -> Contact | None:
    """Whose card or vehicle this is, or None. Raises PermissionDenied, looks.NoReason."""
    access.require(looker, "people.contact")
    note_look(looker=looker, what=f"token {token} name,phone,tags", why=reason, now=now)
    found = Token.objects.select_related("resident").filter(token=token).first()
    return _contact(found.resident) if found else None


@transaction.atomic
def contact_of_reporter(
    *, reporter: str, looker: AbstractUser, reason: str, now: datetime
) -> Contact | None:
    """Who reported a matter and how to reach them, or None. Raises PermissionDenied,
    looks.NoReason."""
    access.require(looker, "case.reach")
    note_look(looker=looker, what=f"reporter {reporter} name,phone", why=reason, now=now)
    found = Reporter.objects.filter(id=reporter).first()
    if found is None:
        return None
    name, phone = (
        unseal(bytes(getattr(found, field)), field_of_reporter(found, field))
        for field in ("name", "phone")
    )
    return Contact(name=name, phone=phone, tags=())


def looks_of(*, auditor: AbstractUser, limit: int = 200) -> list[Look]:
    """The newest looks, for the auditor. Raises PermissionDenied."""
    access.require(auditor, "looks.look")
    return list(Look.objects.order_by("-seq")[:limit])


def field_of(resident: Resident, field: str) -> str:
    """A sealed field's place, to which it is bound."""
    return f"people.resident/{resident.id}/{field}"


def field_of_reporter(reporter: Reporter, field: str) -> str:
    """A sealed field's place, to which it is bound."""
    return f"people.reporter/{reporter.id}/{field}"


def note_look(*, looker: AbstractUser, what: str, why: str, now: datetime) -> None:
    """Write a look into the one record of looks, inside the transaction that reads; other rooms
    that show what may speak of a person do so too. Raises NoReason for an empty `why`."""
    role = getattr(looker, "member").role  # noqa: B009  (reverse one-to-one, unknown to the type)
    looks.write(who=looker.username, role=role, what=what, why=why, now=now)


def _contact(resident: Resident) -> Contact:
    tags = _open(resident, "tags")
    return Contact(
        name=_open(resident, "name"),
        phone=_open(resident, "phone"),
        tags=tuple(tags.split(",")) if tags else (),
    )


def _open(resident: Resident, field: str) -> str:
    return unseal(bytes(getattr(resident, field)), field_of(resident, field))
