"""How long history is kept, what is on hold, what somebody asked to be erased, and what ended."""

from __future__ import annotations

from django.db import models

from xiuhua.city.chain import Added, Head

LONGEST = 300
"""Characters of a reason or of a legal basis."""


class Term(models.Model):
    """Somebody's decision how many days a kind's readings stay; the newest in force counts.

    Only added, never changed. `at` and `effective` (from when it counts) are ms.
    """

    kind = models.CharField(max_length=32, db_index=True)
    days = models.IntegerField()
    basis = models.CharField(max_length=LONGEST)
    why = models.CharField(max_length=LONGEST)
    by = models.CharField(max_length=150)
    at = models.BigIntegerField()
    effective = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.kind}: {self.days} days"


class Hold(models.Model):
    """Days of arrival (both included) that are not deleted, of a kind, site or device ("": any).

    `case` is a case's number or "". `at` and `ended` are ms; `ended` is null while it lasts.
    """

    kind = models.CharField(max_length=32, blank=True)
    site = models.CharField(max_length=32, blank=True)
    device = models.CharField(max_length=64, blank=True)
    since = models.CharField(max_length=10)
    until = models.CharField(max_length=10)
    case = models.CharField(max_length=32, blank=True)
    why = models.CharField(max_length=LONGEST)
    by = models.CharField(max_length=150)
    at = models.BigIntegerField()
    ended = models.BigIntegerField(null=True, db_index=True)
    ended_by = models.CharField(max_length=150, blank=True)
    ended_why = models.CharField(max_length=LONGEST, blank=True)

    def __str__(self) -> str:
        return f"hold {self.pk}"


class Erasure(models.Model):
    """An order to erase what one device said up to `at` (ms), as the person concerned may ask.

    `done` is ms, null while it waits; then `rows` went, and `held` parts stayed for a hold.
    """

    device = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    why = models.CharField(max_length=LONGEST)
    by = models.CharField(max_length=150)
    at = models.BigIntegerField()
    done = models.BigIntegerField(null=True, db_index=True)
    rows = models.BigIntegerField(default=0)
    held = models.IntegerField(default=0)
    unreadable = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"erasure of {self.device}"


class Ending(Added):
    """The proof of one part's end, only ever added.

    `entry` is the manifest's entry as JSON, `left` that of what is in its place, "" for nothing.
    `digest` is the SHA-256 of the file as it was found. `mac` is keyed over the row and the `mac`
    before it.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.BigIntegerField()
    rule = models.CharField(max_length=8)
    who = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=LONGEST)
    device = models.CharField(max_length=64, blank=True)
    entry = models.TextField()
    digest = models.CharField(max_length=64, blank=True)
    removed = models.BigIntegerField()
    left = models.TextField(blank=True)
    mac = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"ending {self.seq}"


class EndingsHead(Head):
    """The end of the chain of endings."""


class Export(models.Model):
    """Who took history out of the house: what, why, how much.

    Its number stands in every row of the file. `device` or `site` is "" for all. `since`, `until`
    and `at` are ms. `rows` is null until the file was made whole: then it may have been handed out.
    """

    kind = models.CharField(max_length=32)
    site = models.CharField(max_length=32, blank=True)
    device = models.CharField(max_length=64, blank=True)
    form = models.CharField(max_length=8)
    since = models.BigIntegerField()
    until = models.BigIntegerField()
    why = models.CharField(max_length=LONGEST)
    by = models.CharField(max_length=150)
    at = models.BigIntegerField()
    rows = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"export {self.pk}"
