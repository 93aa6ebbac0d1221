"""Alerts as the engine told them, each change of them, and who was called because of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """预警 ●, 严重 ▲, 紧急 ◆, in rising order."""

    WARN = "warn", _("Warning")
    SERIOUS = "serious", _("Serious")
    CRITICAL = "critical", _("Critical")


class Alert(models.Model):
    """One alert, from the moment it was raised; `id` is the engine's, `seq` its newest change here.

    What the engine decides (`level` … `evidence`) is written by `commands.record` alone; what
    people say of it (acknowledged, false) never feeds back. `subject` is a device's id or the code
    of a place. `parent` is the storm that it belongs to; a storm's own alert has `children`: the
    most that belonged to it when the engine told of it.
    """

    class Status(models.TextChoices):
        RAISED = "raised", _("Raised")
        CLEARED = "cleared", _("Cleared")

    id = models.UUIDField(primary_key=True, editable=False)
    seq = models.PositiveIntegerField()
    rule = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    zh = models.CharField(max_length=120)
    en = models.CharField(max_length=120)
    life_safety = models.BooleanField(default=False)
    health = models.BooleanField(default=False)
    case_class = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=80)
    device = models.CharField(max_length=80, blank=True)
    place = models.CharField(max_length=80, blank=True)
    site = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=Level)
    worst = models.CharField(max_length=10, choices=Level)
    status = models.CharField(max_length=10, choices=Status)
    start = models.DateTimeField()
    changed = models.DateTimeField()
    cleared = models.DateTimeField(null=True)
    sentence_zh = models.TextField()
    sentence_en = models.TextField()
    evidence = models.JSONField(default=dict)
    parent = models.UUIDField(null=True, editable=False)
    children = models.PositiveIntegerField(default=0)
    acknowledged = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    false = models.DateTimeField(null=True)
    false_by = models.CharField(max_length=150, blank=True)
    false_reason = models.TextField(blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["site", "-start"], name="alert_site_start"),
            models.Index(fields=["device", "-start"], name="alert_device_start"),
            models.Index(fields=["start"], name="alert_raised", condition=Q(status="raised")),
            models.Index(fields=["parent"], name="alert_parent", condition=~Q(parent=None)),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status="raised", cleared=None)
                | Q(status="cleared", cleared__isnull=False),
                name="alert_cleared_when_cleared",
            ),
        )
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")

    def __str__(self) -> str:
        return f"{self.rule} {self.subject} {self.start:%Y-%m-%d %H:%M:%S}"

    @property
    def name(self) -> str:
        """What is the matter, in the reader's language."""
        return self.en if get_language() == "en" else self.zh

    @property
    def of_device(self) -> bool:
        """Whether it is about the device itself, and not about a place where that spoke."""
        return self.subject == self.device

    @property
    def sentence(self) -> str:
        """Why, in the reader's language."""
        return self.sentence_en if get_language() == "en" else self.sentence_zh


class AlertChange(models.Model):
    """One change as the engine told it, never altered. `position` is the log's."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="changes")
    seq = models.PositiveIntegerField()
    what = models.CharField(max_length=10)
    level = models.CharField(max_length=10, choices=Level)
    time = models.DateTimeField()
    position = models.BigIntegerField()
    zh = models.TextField()
    en = models.TextField()
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering = ("seq",)
        constraints = (models.UniqueConstraint(fields=["alert", "seq"], name="alert_change_once"),)
        verbose_name = _("change of an alert")
        verbose_name_plural = _("changes of alerts")

    def __str__(self) -> str:
        return f"{self.alert_id} {self.seq} {self.what}"

    @property
    def sentence(self) -> str:
        """Why, in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class Call(models.Model):
    """A team that has to know of an alert: when it was called, told, and who answered.

    `shown` is when the call stood on the team's own pages; `told` when it had also gone out by the
    channels of the house, if there are any. A row is `claimed` by the process that is sending it.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Being told")
        TOLD = "told", _("Told")
        FAILED = "failed", _("Not reached")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="calls")
    team = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=Level)
    created = models.DateTimeField()
    shown = models.DateTimeField(null=True)
    told = models.DateTimeField(null=True)
    answered = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=150, blank=True)
    channel = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["next_try"], name="call_waiting", condition=Q(outcome="waiting")),
            models.Index(fields=["team", "-created"], name="call_team"),
        )
        constraints = (models.UniqueConstraint(fields=["alert", "team"], name="call_once"),)
        verbose_name = _("call")
        verbose_name_plural = _("calls")

    def __str__(self) -> str:
        return f"{self.team} {self.outcome}"
