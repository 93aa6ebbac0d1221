"""The named doors to personal data. Each writes who looked, at what and why, in the transaction
that reads; where that cannot be written, nothing is shown."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
from django.contrib.auth.models import AbstractUser
from django.db import transaction

from xiuhua.city import access
from xiuhua.city.crypto import unseal

from . import looks
from .marks import name_mark, phone_mark
from .models import Look, Reporter, Resident, Token

NoReason = looks.NoReason
"""Somebody asked without saying why: what `note_look` raises to other rooms."""


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
    return _contact_of(found)


@transaction.atomic
def reporters_called(
    *, name: str, phone: str, looker: AbstractUser, reason: str, now: datetime
) -> list[str]:
    """The ids of those who gave exactly this name and this number, newest reports or not; an empty
    word leaves that open. The look keeps marks, never the words. Raises PermissionDenied,
    looks.NoReason."""
    access.require(looker, "case.reach")
    asked = {"name_mark": name_mark(name), "phone_mark": phone_mark(phone)}
    known = {column: mark for column, mark in asked.items() if mark}
    told = " ".join(f"{column[:-5]} {mark[:16]}" for column, mark in known.items())
    note_look(looker=looker, what=f"reporters searched by {told}", why=reason, now=now)
    return list(Reporter.objects.filter(**known).values_list("id", flat=True)) if known else []


@transaction.atomic
def contacts_of_reporters(
    *, reporters: Collection[str], looker: AbstractUser, reason: str, now: datetime
) -> dict[str, Contact]:
    """Who reported and how to reach them, by id, for a list that leaves the house: one look for
    all of them. Raises PermissionDenied, looks.NoReason."""
    access.require(looker, "case.reach")
    found = list(Reporter.objects.filter(id__in=reporters).order_by("id"))
    named = " ".join(reporter.id for reporter in found)
    what = f"reporters exported name,phone {len(found)}: {named}"
    note_look(looker=looker, what=what, why=reason, now=now)
    return {reporter.id: _contact_of(reporter) for reporter in found}


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


def _contact_of(reporter: Reporter) -> Contact:
    name, phone = (
        unseal(bytes(getattr(reporter, field)), field_of_reporter(reporter, field))
        for field in ("name", "phone")
    )
    return Contact(name=name, phone=phone, tags=())


def _open(resident: Resident, field: str) -> str:
    return unseal(bytes(getattr(resident, field)), field_of(resident, field))
