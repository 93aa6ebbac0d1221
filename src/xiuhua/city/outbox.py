"""The outbox: a room's change waits here, in the room's own transaction, for the gateway to copy it
into the log as a control record. So a change is in the house and on the road, or in neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import uuid4

from django.db import models

from xiuhua.engine.control import Change, encode
from xiuhua.epoch import now_ms
from xiuhua.gateway.ports import Pending

from . import sequence

SEQUENCE = "outbox"


class OutboxRow(models.Model):
    """One change. `seq` is its place in the order; `copied` is when, ms, null while it waits."""

    seq = models.BigIntegerField(primary_key=True)
    id = models.CharField(max_length=64, unique=True)
    body = models.BinaryField()
    at = models.BigIntegerField()
    copied = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        app_label = "road"
        indexes = (
            models.Index(
                fields=["seq"], name="outbox_waiting", condition=models.Q(copied__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.id}"


def put(change: Change, id: str | None = None) -> str:  # noqa: A002
    """Put a change on its way, inside the caller's transaction; returns its id.

    With an `id` given, the change counts once, however often it is put.
    """
    name = id or uuid4().hex
    put_many([(name, change)])
    return name


def put_many(changes: Iterable[tuple[str, Change]]) -> None:
    """Put changes, each with its id, on their way in the given order; known ids are passed over."""
    wanted = dict(changes)
    known = set(OutboxRow.objects.filter(id__in=list(wanted)).values_list("id", flat=True))
    fresh = [(name, change) for name, change in wanted.items() if name not in known]
    if not fresh:
        return
    at = now_ms()
    numbers = sequence.take(SEQUENCE, len(fresh))
    OutboxRow.objects.bulk_create(
        OutboxRow(seq=number, id=name, body=encode(change), at=at)
        for number, (name, change) in zip(numbers, fresh, strict=True)
    )


def pending(limit: int) -> list[Pending]:
    """The oldest changes not yet copied, in order."""
    rows = OutboxRow.objects.filter(copied__isnull=True).order_by("seq")
    return [Pending(name, bytes(body)) for name, body in rows.values_list("id", "body")[:limit]]


def copied(ids: Sequence[str]) -> None:
    """These stand in the log now; telling it twice does no harm."""
    OutboxRow.objects.filter(id__in=ids, copied__isnull=True).update(copied=now_ms())


def trim(before: int) -> int:
    """Drop rows copied before that moment (ms); returns how many."""
    return OutboxRow.objects.filter(copied__lt=before).delete()[0]
