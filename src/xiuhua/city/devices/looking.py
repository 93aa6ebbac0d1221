"""Readings that speak of people are shown for a reason, and each look is recorded before it is
shown, in the one record of looks."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.contrib.auth.models import AbstractBaseUser, AbstractUser, AnonymousUser
from django.db import transaction

from xiuhua.city.access import require
from xiuhua.city.people.queries import note_look
from xiuhua.city.places import queries as places
from xiuhua.kinds import kind

from .models import Device

LONGEST_REASON = 300


def private(device: Device) -> bool:
    """Whether what it says speaks of people: it stands in a home, or its kind is about people."""
    if device.flat or kind(device.kind).personal:
        return True
    place = places.place(device.place)
    return place is not None and place.kind == "flat"


def note(
    device: Device,
    what: str,
    *,
    looker: AbstractBaseUser | AnonymousUser,
    why: str,
    now: datetime,
) -> None:
    """Record a look at `what` of the device, where it is private; call it before anything is read.

    Raises PermissionDenied, and people's NoReason for an empty `why`: then nothing may be shown.
    """
    require(looker, "device.look")
    if not private(device):
        return
    with transaction.atomic():
        note_look(
            looker=cast("AbstractUser", looker),
            what=f"device {device.id} {what}",
            why=why[:LONGEST_REASON],
            now=now,
        )
