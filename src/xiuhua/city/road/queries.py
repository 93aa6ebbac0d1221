"""Reads of the road: how far the worker has come, and what waits."""

from __future__ import annotations

import msgspec

from .models import Chunk, OutboxRow, Progress


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
