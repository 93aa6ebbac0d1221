"""Where the rooms meet the road. Feed, outbox, manifest and their numbers lie beside their doors,
so that every room may use them; here is what the worker keeps."""

from __future__ import annotations

from django.db import models

from xiuhua.city.feed import FeedRow
from xiuhua.city.manifest import HistoryPart
from xiuhua.city.outbox import OutboxRow
from xiuhua.city.sequence import Sequence

__all__ = ["Chunk", "FeedRow", "HistoryPart", "OutboxRow", "Progress", "Replay", "Sequence"]


class Progress(models.Model):
    """How far the worker of a bucket has come. `epoch` counts claims: the newest one may write.

    `applied`: alerts are written up to here. `at`: log time there, ms. `snapshot`: state is saved
    as of here; never above `applied` for long, since the state is saved rarely.
    """

    bucket = models.IntegerField(primary_key=True)
    epoch = models.IntegerField(default=0)
    applied = models.BigIntegerField(default=0)
    at = models.BigIntegerField(default=0)
    snapshot = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"bucket {self.bucket} at {self.applied}"


class Replay(models.Model):
    """An order to play rejected messages again, and what came of it.

    Which: `reason` and `device` ("": any), arrival from `since` on and before `until` (ms), numbers
    up to `upto`; `messages` of them waited then. `reached`: tried up to there. `refused`: how
    many were refused again, by reason. Times in ms; `finished` is null while it is under way.
    """

    at = models.BigIntegerField()
    by = models.CharField(max_length=150)
    reason = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=64, blank=True)
    since = models.BigIntegerField()
    until = models.BigIntegerField()
    upto = models.BigIntegerField()
    messages = models.IntegerField()
    reached = models.BigIntegerField(default=0)
    refused = models.JSONField(default=dict)
    finished = models.BigIntegerField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"replay {self.pk} by {self.by}"

    @property
    def refused_again(self) -> int:
        """How many were refused again so far."""
        return sum(self.refused.values())

    @property
    def taken(self) -> int:
        """How many were taken, once it is finished."""
        return max(0, self.messages - self.refused_again)


class Chunk(models.Model):
    """A piece of the worker's saved state. Pieces of one name, in order, are the chunk."""

    bucket = models.IntegerField()
    name = models.CharField(max_length=200)
    piece = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["bucket", "name", "piece"], name="chunk_piece"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.piece}"
