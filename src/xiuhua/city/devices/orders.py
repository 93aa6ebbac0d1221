"""Commands to devices: given by people, carried by the gateway, answered by the device.

queued → sent → delivered (the device's PUBACK) → done or failed (the device's answer), or expired.
A stage is never taken back; an answer that comes after the time still counts, for it is the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.db import transaction

from xiuhua.gateway import ports
from xiuhua.kinds import kind

from .models import Command, Device

OPEN_MOST = 10
"""Commands of one device that may be under way."""

LIFE = 10 * 60_000
"""How long a command waits for its device, ms. A door that opens an hour late is a danger."""

_BEFORE = {
    "sent": ["queued"],
    "delivered": ["queued", "sent"],
    "done": ["queued", "sent", "delivered", "expired"],
    "failed": ["queued", "sent", "delivered", "expired"],
}
_UNDER_WAY = ["queued", "sent", "delivered"]
_MOMENT = {"sent": "sent", "delivered": "delivered", "done": "ended", "failed": "ended"}


class UnknownOrder(Exception):
    """The device's kind knows no such order, or the device is out of service."""


class TooMany(Exception):
    """So many commands are under way to this device that one more would not help."""


@transaction.atomic
def give(*, device: str, name: str, by: str, now: int) -> Command:
    """Tell a device in service to do something; `name` is an order of its kind, `by` an account,
    `now` ms. Raises UnknownOrder and TooMany."""
    row = Device.objects.select_for_update().filter(id=device, in_service=True).first()
    if row is None or name not in {order.name for order in kind(row.kind).orders}:
        raise UnknownOrder(device, name)
    expire(now)
    if row.commands.filter(stage__in=_UNDER_WAY).count() >= OPEN_MOST:
        raise TooMany(device)
    return Command.objects.create(
        id=uuid4().hex, device=row, name=name, by=by, at=now, expires=now + LIFE
    )


def expire(now: int) -> int:
    """End the commands whose time is up; returns how many."""
    late = Command.objects.filter(stage__in=_UNDER_WAY, expires__lte=now)
    if not late.exists():
        return 0
    with transaction.atomic():
        return late.update(stage=Command.Stage.EXPIRED)


def waiting(now: int) -> list[ports.Command]:
    """What the gateway should bring to devices at `now` (ms), oldest first."""
    expire(now)
    rows = Command.objects.filter(stage__in=["queued", "sent"], device__in_service=True)
    facts = rows.order_by("at", "id").values_list("id", "device_id", "name", "expires")
    return [ports.Command(*row) for row in facts]


@transaction.atomic
def told(news: Sequence[ports.News]) -> set[tuple[str, str]]:
    """Note how far commands have come. What came further already, and what is not the device's
    own command, is passed over. Returns which there are, by id and device."""
    for one in news:
        rows = Command.objects.filter(id=one.id, device=one.device, stage__in=_BEFORE[one.stage])
        rows.update(**{"stage": one.stage, "why": one.why, _MOMENT[one.stage]: one.at})
    asked = {(one.id, one.device) for one in news}
    found = Command.objects.filter(id__in={id_ for id_, _device in asked})
    return asked & set(found.values_list("id", "device"))


def of(device: str) -> list[Command]:
    """The newest commands to a device."""
    return list(Command.objects.filter(device=device)[:20])
