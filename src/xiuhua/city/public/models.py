"""Receipts of what the public reported, and how often each address knocked."""

from __future__ import annotations

from django.db import models


class Receipt(models.Model):
    """Lets a reporter without a log-in follow their matter. `tail` is the case's number without its
    sub-district, as people type it; `code` is keyed, the code itself is kept nowhere; `again` is
    the case that a disagreement began."""

    case = models.OneToOneField("cases.Case", models.PROTECT, related_name="receipt")
    again = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    tail = models.CharField(max_length=20, db_index=True)
    code = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.tail


class Knock(models.Model):
    """How often somebody came within one hour. `who` is an address under that day's own key: on
    the next day nobody can tell whose it was, and rows are dropped after a day."""

    who = models.CharField(max_length=32)
    what = models.CharField(max_length=12)
    hour = models.BigIntegerField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["who", "what", "hour"], name="knock_once_an_hour"),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.hour} {self.count}"
