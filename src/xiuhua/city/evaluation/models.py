"""What evaluation keeps: each case as the few facts that are counted, and reports of matters."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from xiuhua.city.chain import Added


class Fact(models.Model):
    """A case as it is counted; made anew from the case and its history whenever that moves on, and
    never the other way round. `*_due` is until when it should have been done, `*_late` whether it
    was done behind that; empty times have not happened. `suspended` and `exempt` are as of now.
    """

    number = models.CharField(max_length=40, primary_key=True)
    case_class = models.CharField(max_length=40)
    source = models.CharField(max_length=12)
    site = models.CharField(max_length=80)
    team = models.CharField(max_length=80, blank=True)
    stage = models.CharField(max_length=12)
    life_safety = models.BooleanField(default=False)
    opened = models.DateTimeField()
    filed = models.BooleanField(default=False)
    void = models.BooleanField(default=False)
    suspended = models.BooleanField(default=False)
    exempt = models.BooleanField(default=False)
    returns = models.PositiveIntegerField(default=0)
    reworks = models.PositiveIntegerField(default=0)
    satisfied = models.BooleanField(null=True)
    accept_due = models.DateTimeField(null=True)
    accept_at = models.DateTimeField(null=True)
    accept_late = models.BooleanField(default=False)
    accept_by = models.CharField(max_length=150, blank=True)
    verify_due = models.DateTimeField(null=True)
    verify_at = models.DateTimeField(null=True)
    verify_late = models.BooleanField(default=False)
    verify_by = models.CharField(max_length=150, blank=True)
    dispatch_due = models.DateTimeField(null=True)
    dispatch_at = models.DateTimeField(null=True)
    dispatch_late = models.BooleanField(default=False)
    dispatch_by = models.CharField(max_length=150, blank=True)
    handle_due = models.DateTimeField(null=True)
    handle_at = models.DateTimeField(null=True)
    handle_late = models.BooleanField(default=False)
    handle_by = models.CharField(max_length=150, blank=True)
    inspect_due = models.DateTimeField(null=True)
    inspect_at = models.DateTimeField(null=True)
    inspect_late = models.BooleanField(default=False)
    inspect_by = models.CharField(max_length=150, blank=True)
    close_at = models.DateTimeField(null=True)
    close_late = models.BooleanField(default=False)

    class Meta:
        indexes = (
            *(
                models.Index(fields=[column], name=f"fact_{column}")
                for column in (
                    "opened", "accept_due", "verify_due", "dispatch_due", "handle_due",
                    "handle_at", "inspect_due", "close_at",
                )
            ),
            models.Index(
                fields=["handle_due"], name="fact_not_handled",
                condition=models.Q(handle_at=None, void=False, suspended=False),
            ),
        )  # fmt: skip
        verbose_name = _("fact")
        verbose_name_plural = _("facts")

    def __str__(self) -> str:
        return self.number


class Followed(models.Model):
    """Up to which row of the change feed the facts follow the cases. One row."""

    feed = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.feed)


class MonthReport(Added):
    """What the report of a month said once it was over; only ever added. `figures` is by team, ""
    for all, and by indicator: numerator, denominator, numerator with exempted cases."""

    month = models.CharField(max_length=7, unique=True)
    at = models.DateTimeField()
    figures = models.JSONField()

    class Meta:
        ordering = ("month",)
        verbose_name = _("report of a month")
        verbose_name_plural = _("reports of months")

    def __str__(self) -> str:
        return self.month


class Bulletin(models.Model):
    """A report upwards of a serious matter 突发事件信息报送: a first one soon, follow-ups while it
    goes on, a final one. Only ever added to; `number` counts within the case."""

    class Kind(models.TextChoices):
        FIRST = "first", _("First report")
        FOLLOW_UP = "follow_up", _("Follow-up report")
        FINAL = "final", _("Final report")

    case = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    what = models.TextField()
    done = models.TextField()
    next = models.TextField(blank=True)
    people = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "number")
        constraints = (
            models.UniqueConstraint(fields=["case", "number"], name="bulletin_once"),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(kind="first"), name="bulletin_one_first"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(kind="final"), name="bulletin_one_final"
            ),
        )
        verbose_name = _("report of a matter")
        verbose_name_plural = _("reports of matters")

    def __str__(self) -> str:
        return f"{self.case} {self.number}"
