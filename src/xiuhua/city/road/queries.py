"""Reads of the road: how far the worker has come, and what waits."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from xiuhua.city.access import require
from xiuhua.city.people.queries import note_look
from xiuhua.gateway.kept import shown
from xiuhua.log.database import open_reader
from xiuhua.log.rejected import Kept, RejectedBox

from .models import Chunk, OutboxRow, Progress, Replay


class Standing(msgspec.Struct, frozen=True):
    """How the road stands. `at` is log time at the applied position, ms, 0 before the first."""

    applied: int
    at: int
    snapshot: int
    waiting: int


def standing(bucket: int = 0) -> Standing:
    """Progress of the bucket's worker, and how many changes wait in the outbox."""
    progress = Progress.objects.filter(bucket=bucket).first() or Progress(bucket=bucket)
    waiting = OutboxRow.objects.filter(copied__isnull=True).count()
    return Standing(progress.applied, progress.at, progress.snapshot, waiting)


def saved_chunks(bucket: int = 0) -> dict[str, bytes]:
    """The engine's newest saved state by name, empty before the first."""
    found: dict[str, list[bytes]] = {}
    rows = Chunk.objects.filter(bucket=bucket).order_by("name", "piece")
    for name, body in rows.values_list("name", "body").iterator(chunk_size=8):
        found.setdefault(name, []).append(bytes(body))
    return {name: b"".join(pieces) for name, pieces in found.items()}


def open_replays() -> list[Replay]:
    """Orders to play rejected messages again that are not finished, the oldest first."""
    return list(Replay.objects.filter(finished__isnull=True).order_by("pk"))


def replays(limit: int = 10) -> list[Replay]:
    """The newest orders to play rejected messages again, newest first."""
    return list(Replay.objects.order_by("-pk")[:limit])


def box() -> RejectedBox:
    """The log's rejected messages. Everything of it may raise LogUnavailable."""
    return _box(str(settings.LOG))


def sample(kept: Kept, *, looker: User, why: str, now: datetime) -> str:
    """What may be shown of a message (`gateway.kept.shown`). The look is written first, in the one
    record of looks. Raises PermissionDenied, and NoReason for an empty `why`."""
    require(looker, "rejected.mend")
    it = kept.message
    what = f"rejected message {kept.number} of {it.device or it.speaker}: content, masked"
    with transaction.atomic():
        note_look(looker=looker, what=what, why=why, now=now)
    return shown(it)


@cache
def _box(where: str) -> RejectedBox:
    return open_reader(where).rejected
