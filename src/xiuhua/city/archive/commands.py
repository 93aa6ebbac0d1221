"""What people decide about history. Each asks for the right of whoever decides, and says why."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from xiuhua.city.access import require
from xiuhua.city.devices import queries as devices
from xiuhua.kinds import kind as kind_of

from .models import Erasure, Hold, Term
from .terms import DELAY, standings

MOST_DAYS = 3650


class Refused(ValueError):
    """What was asked cannot be; `args[0]` says why, in one of the words of `pages.REFUSED`."""


@transaction.atomic
def set_term(*, kind: str, days: int, basis: str, why: str, user: AbstractUser, now: int) -> Term:
    """Decide how long a kind's readings stay. A longer term counts at once, a shorter a day later.

    Raises Refused: "days", "basis", "reason"; KeyError for an unknown kind.
    """
    require(user, "history.keep")
    kind_of(kind)
    if not 1 <= days <= MOST_DAYS:
        raise Refused("days")
    if not basis.strip():
        raise Refused("basis")
    before = standings(now)[kind].days
    return Term.objects.create(
        kind=kind,
        days=days,
        basis=basis.strip(),
        why=_reason(why),
        by=user.get_username(),
        at=now,
        effective=now + DELAY if days < before else now,
    )


def hold(
    *, kind: str, site: str, device: str, since: date, until: date, case: str, why: str,
    user: AbstractUser, now: int,
) -> Hold:  # fmt: skip
    """Keep days of history from being deleted. Raises Refused: "span", "reason", "device"."""
    require(user, "history.hold")
    if until < since:
        raise Refused("span")
    if device:
        known = devices.one(device)
        if known is None:
            raise Refused("device")
        kind, site = known.kind, ""  # it may have stood at another site then
    return Hold.objects.create(
        kind=kind, site=site, device=device, since=since.isoformat(), until=until.isoformat(),
        case=case.strip(), why=_reason(why), by=user.get_username(), at=now,
    )  # fmt: skip


def let_go(*, number: int, why: str, user: AbstractUser, now: int) -> bool:
    """End a hold; what is over goes within the hour. Returns whether it was still on."""
    require(user, "history.hold")
    rows = Hold.objects.filter(pk=number, ended=None)
    return bool(rows.update(ended=now, ended_by=user.get_username(), ended_why=_reason(why)))


@transaction.atomic
def ask_erasure(*, whom: str, why: str, user: AbstractUser, now: int) -> int:
    """Order that what a device, or every device in a flat, has said is erased (PIPL art. 47).

    `whom` is a device's id or a flat's code. Returns how many devices. Raises Refused: "device",
    "reason".
    """
    require(user, "history.erase")
    reason = _reason(why)
    one = devices.one(whom)
    found = [one] if one else devices.in_flat(whom)
    if not found:
        raise Refused("device")
    by = user.get_username()
    Erasure.objects.bulk_create(
        Erasure(device=one.id, kind=one.kind, why=reason, by=by, at=now) for one in found
    )
    return len(found)


def _reason(why: str) -> str:
    if not why.strip():
        raise Refused("reason")
    return why.strip()
