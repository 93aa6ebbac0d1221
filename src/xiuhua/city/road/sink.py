"""Where the worker writes (`runners.ports.AlertSink`): alerts and cases, progress, state, history.

Each method is one transaction that first locks the bucket's progress and compares the epoch, so a
worker that was taken over writes nothing, however late it wakes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import transaction

from xiuhua.city.alerts import commands as alerts
from xiuhua.city.alerts.queries import raised_at
from xiuhua.city.cases import commands as cases
from xiuhua.city.devices import commands as devices
from xiuhua.city.manifest import Manifest
from xiuhua.engine.changes import AlertChange
from xiuhua.epoch import moment
from xiuhua.history.parts import Part
from xiuhua.runners.ports import Fenced, LastReading, Resume

from .lasting import fresh_after_failure
from .models import Chunk, Progress
from .queries import saved_chunks

PIECE = 1 << 20
"""Most bytes of state in one row: a writer never holds the database long over one value."""

_GRAVITY = ("well", "silent", "warn", "serious", "critical")


class Sink:
    """The sink of one bucket of sites."""

    def __init__(self, bucket: int = 0) -> None:
        self._bucket = bucket

    def claim(self) -> Resume:
        """Take over from whichever worker was there before."""
        with fresh_after_failure(), transaction.atomic():
            Progress.objects.get_or_create(bucket=self._bucket)
            progress = Progress.objects.select_for_update().get(bucket=self._bucket)
            progress.epoch += 1
            progress.save(update_fields=["epoch"])
            return Resume(
                epoch=progress.epoch,
                applied=progress.applied,
                snapshot=progress.snapshot,
                chunks=saved_chunks(self._bucket),
            )

    def commit(self, epoch: int, *, applied: int, at: int, changes: Sequence[AlertChange]) -> None:
        """Write the changes, what follows from them and the applied position together.

        Changes at or below the position that is applied already are passed over: a worker that
        folds again from its snapshot tells them a second time.
        """
        now = moment(at)
        with self._held(epoch) as progress:
            fresh = [change for change in changes if change.position > progress.applied]
            if applied > progress.applied:
                progress.applied, progress.at = applied, at
                progress.save(update_fields=["applied", "at"])
            if fresh:
                alerts.record(fresh, now)
                cases.open_for(fresh, now)
                devices.set_levels(_levels({change.device for change in fresh}))

    def seen(self, epoch: int, readings: Sequence[LastReading]) -> None:
        """Note the newest reading of each of these devices."""
        with self._held(epoch):
            devices.note_readings((r.device, r.time, r.arrival, r.line.decode()) for r in readings)

    def linked(self, epoch: int, broken: Mapping[str, int]) -> None:
        """Note since when these devices' connections are broken, ms; 0: they stand."""
        with self._held(epoch):
            devices.note_links(broken)

    def checkpoint(
        self,
        epoch: int,
        *,
        position: int,
        chunks: Mapping[str, bytes | None],
        parts: Sequence[Part],
    ) -> None:
        """Save the changed chunks of state as of `position`, make the parts readable, together."""
        with self._held(epoch) as progress:
            progress.snapshot = position
            progress.save(update_fields=["snapshot"])
            Chunk.objects.filter(bucket=self._bucket, name__in=list(chunks)).delete()
            for name, body in chunks.items():
                if body is not None:
                    Chunk.objects.bulk_create(self._pieces(name, body), batch_size=8)
            Manifest().add(parts)

    @contextmanager
    def _held(self, epoch: int) -> Iterator[Progress]:
        """The bucket's progress, locked; raises Fenced for an epoch that is over."""
        with fresh_after_failure(), transaction.atomic():
            progress = Progress.objects.select_for_update().filter(bucket=self._bucket).first()
            if progress is None or progress.epoch != epoch:
                raise Fenced(f"epoch {epoch} of bucket {self._bucket} is over")
            yield progress

    def _pieces(self, name: str, body: bytes) -> Iterator[Chunk]:
        for piece, start in enumerate(range(0, len(body) or 1, PIECE)):
            yield Chunk(
                bucket=self._bucket, name=name, piece=piece, body=body[start : start + PIECE]
            )


def _levels(concerned: Collection[str]) -> dict[str, str]:
    """How these devices stand now: by their gravest alert; by silence where only they are ill."""
    levels = dict.fromkeys(concerned, "well")
    for device, level, health in raised_at(concerned):
        levels[device] = max(levels[device], "silent" if health else level, key=_GRAVITY.index)
    return levels
