"""Residents. What is personal is sealed by field; who looked is kept in a chain that tells.
Nobody outside this room touches these models: `queries.py` has the doors."""

from __future__ import annotations

from django.db import models

from xiuhua.city.chain import Added, Head


class Resident(models.Model):
    """A resident, by an opaque id. Sealed fields open only for their own row and name."""

    id = models.CharField(primary_key=True, max_length=64)
    flat = models.CharField(max_length=64, db_index=True)
    name = models.BinaryField()
    phone = models.BinaryField()
    birth_year = models.BinaryField()
    sex = models.BinaryField()
    tags = models.BinaryField()

    def __str__(self) -> str:
        return self.id


class Token(models.Model):
    """What stands for a resident at a door: an opaque card or plate token."""

    token = models.CharField(primary_key=True, max_length=64)
    resident = models.ForeignKey(Resident, models.CASCADE, related_name="tokens")
    sort = models.CharField(
        max_length=8, choices=[(sort, sort) for sort in ("card", "face", "plate")]
    )

    def __str__(self) -> str:
        return self.token


class Reporter(models.Model):
    """Somebody who reported a matter, by an opaque id; not necessarily a resident. By the marks
    (`marks.py`) they are found again by who knows the whole name or number; "" where none is."""

    id = models.CharField(primary_key=True, max_length=64)
    name = models.BinaryField()
    phone = models.BinaryField()
    name_mark = models.CharField(max_length=64, blank=True, db_index=True)
    phone_mark = models.CharField(max_length=64, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.id


class FamilyContact(models.Model):
    """Somebody to ring for a home, in the order of `rank`. `agreed` is when they consented to be
    rung by the house, null while they have not; the quiet hours are a wish, which does not count
    for a person's life."""

    id = models.CharField(primary_key=True, max_length=64)
    flat = models.CharField(max_length=64, db_index=True)
    rank = models.PositiveSmallIntegerField()
    name = models.BinaryField()
    phone = models.BinaryField()
    agreed = models.DateTimeField(null=True)
    quiet_since = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id


class Look(Added):
    """One look at personal data: written before anything is shown, never changed.

    `what` names the rows and fields, `why` the reason given. `mac` is keyed over this row and the
    `mac` before it.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.BigIntegerField()
    who = models.CharField(max_length=150)
    role = models.CharField(max_length=32)
    what = models.TextField()
    why = models.TextField()
    mac = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.seq} {self.who}"


class LooksHead(Head):
    """The end of the chain of looks."""
