"""Cases 案卷: their classes, where each stands, every step taken, and the photos that prove it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from . import machine


class Stage(models.TextChoices):
    """What a case waits for, in words; the machine knows what may follow."""

    REPORTED = machine.Stage.REPORTED.value, _("To be filed")
    FILED = machine.Stage.FILED.value, _("To be dispatched")
    DISPATCHED = machine.Stage.DISPATCHED.value, _("To be taken on")
    HANDLING = machine.Stage.HANDLING.value, _("Being handled")
    HANDLED = machine.Stage.HANDLED.value, _("To be inspected")
    INSPECTED = machine.Stage.INSPECTED.value, _("To be closed")
    CLOSED = machine.Stage.CLOSED.value, _("Closed")
    VOID = machine.Stage.VOID.value, _("Void")


OPEN = sorted(stage.value for stage in machine.OPEN)


class CaseClass(models.Model):
    """A class of cases: who handles it, within how long, and when it counts as done. `sort` and
    `number` are its place in the city's table of categories."""

    code = models.CharField(max_length=40, primary_key=True)
    sort = models.CharField(max_length=12, blank=True)
    number = models.CharField(max_length=8, blank=True)
    zh = models.CharField(max_length=80)
    en = models.CharField(max_length=80)
    team_kind = models.CharField(max_length=20)
    limit_minutes = models.PositiveIntegerField()
    life_safety = models.BooleanField(default=False)
    closing_zh = models.TextField(blank=True)
    closing_en = models.TextField(blank=True)

    class Meta:
        ordering = ("code",)
        verbose_name = _("class of case")
        verbose_name_plural = _("classes of case")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What such cases are called, in the reader's language."""
        return self.en if get_language() == "en" else self.zh

    @property
    def closing(self) -> str:
        """When such a case counts as done, in the reader's language."""
        return self.closing_en if get_language() == "en" else self.closing_zh


class Case(models.Model):
    """One case. `version` counts its moves from stage to stage: who moves it says which version
    they saw, and the second of two is refused. `hands` are the accounts that took or handled it."""

    number = models.CharField(max_length=40, unique=True)
    subdistrict = models.CharField(max_length=12)
    case_class = models.ForeignKey(CaseClass, on_delete=models.PROTECT, related_name="cases")
    alert = models.UUIDField(unique=True, null=True)
    zh = models.CharField(max_length=120)
    en = models.CharField(max_length=120)
    device = models.CharField(max_length=80, blank=True)
    place = models.CharField(max_length=80, blank=True)
    site = models.CharField(max_length=80)
    stage = models.CharField(max_length=12, choices=Stage)
    version = models.PositiveIntegerField(default=1)
    team = models.CharField(max_length=80, blank=True)
    handler = models.CharField(max_length=150, blank=True)
    hands = models.JSONField(default=list, blank=True)
    life_safety = models.BooleanField(default=False)
    write_up_owed = models.BooleanField(default=False)
    opened = models.DateTimeField()
    due = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["due"], name="case_open_due", condition=Q(ended=None)),
            models.Index(fields=["team", "stage"], name="case_team_stage"),
            models.Index(fields=["site", "-opened"], name="case_site_opened"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(stage__in=OPEN, ended=None)
                | (~Q(stage__in=OPEN) & Q(ended__isnull=False)),
                name="case_ended_when_ended",
            ),
            models.CheckConstraint(
                condition=~Q(stage="closed", write_up_owed=True),
                name="case_closed_owes_no_write_up",
            ),
        )
        verbose_name = _("case")
        verbose_name_plural = _("cases")

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        """What is the matter, in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class CaseStep(models.Model):
    """One step taken: history is only ever added to. `by` is an account, or "": the house."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=12)
    frm = models.CharField(max_length=12, blank=True)
    to = models.CharField(max_length=12)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of cases")

    def __str__(self) -> str:
        return f"{self.case_id} {self.step}"


class Photo(models.Model):
    """A photo of a step; `name` is its file's, which nobody can guess."""

    class Shows(models.TextChoices):
        BEFORE = "before", _("Before")
        AFTER = "after", _("After")

    step = models.ForeignKey(CaseStep, on_delete=models.CASCADE, related_name="photos")
    shows = models.CharField(max_length=10, choices=Shows)
    name = models.CharField(max_length=40, unique=True)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self) -> str:
        return self.name
