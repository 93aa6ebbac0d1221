"""The change feed: what pages learn of, in one order, whoever wrote it.

A room's command calls `tell` inside its own transaction: what is rolled back was never told. One
poller in each web process reads `after` and passes it on to the open pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec
from django.db import models

from xiuhua.epoch import now_ms

from . import sequence

SEQUENCE = "feed"

Told: TypeAlias = tuple[str, str, Mapping[str, Any]]
"""Topic ("alert", "case", "device" …), key of the thing within it, what a page must know."""


class FeedRow(models.Model):
    """One thing told. `at` is wall time in ms, for trimming only."""

    id = models.BigIntegerField(primary_key=True)
    at = models.BigIntegerField(db_index=True)
    topic = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    body = models.TextField()

    class Meta:
        app_label = "road"

    def __str__(self) -> str:
        return f"{self.id} {self.topic} {self.key}"


class Event(msgspec.Struct, frozen=True):
    """A row of the feed as readers get it. `body` is JSON text, ready to be sent on."""

    id: int
    topic: str
    key: str
    body: str


def tell(topic: str, key: str, body: Mapping[str, Any]) -> None:
    """Append one row to the feed, inside the caller's transaction."""
    tell_many([(topic, key, body)])


def tell_many(told: Iterable[Told]) -> None:
    """Append rows in the given order, inside the caller's transaction."""
    rows = list(told)
    if not rows:
        return
    at = now_ms()
    numbers = sequence.take(SEQUENCE, len(rows))
    FeedRow.objects.bulk_create(
        FeedRow(id=number, at=at, topic=topic, key=key, body=msgspec.json.encode(body).decode())
        for number, (topic, key, body) in zip(numbers, rows, strict=True)
    )


def after(position: int, limit: int = 500) -> list[Event]:
    """Rows with an id above `position`, oldest first."""
    rows = FeedRow.objects.filter(id__gt=position).order_by("id")
    return [Event(*row) for row in rows.values_list("id", "topic", "key", "body")[:limit]]


def head() -> int:
    """The newest id; a page that starts afresh reads on from here."""
    return sequence.newest(SEQUENCE)


def reaches(position: int) -> bool:
    """Whether everything after `position` is still kept; if not, a page must start afresh."""
    oldest = FeedRow.objects.order_by("id").values_list("id", flat=True).first()
    return position <= head() and (position >= head() if oldest is None else position >= oldest - 1)


def trim(before: int) -> int:
    """Drop rows told before that moment (ms); returns how many."""
    return FeedRow.objects.filter(at__lt=before).delete()[0]
