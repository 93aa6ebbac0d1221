"""Where the rooms meet the road. Feed, outbox, manifest and their numbers lie beside their doors,
so that every room may use them; here is what the worker keeps."""

from __future__ import annotations

from django.db import models

from xiuhua.city.feed import FeedRow
from xiuhua.city.manifest import HistoryPart
from xiuhua.city.outbox import OutboxRow
from xiuhua.city.sequence import Sequence

__all__ = ["Chunk", "FeedRow", "HistoryPart", "OutboxRow", "Progress", "Sequence"]


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
