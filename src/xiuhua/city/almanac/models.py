"""The calendar that rules ask: days that differ from the plain week, and flags with their past."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .words import FLAGS


class Day(models.Model):
    """A day off, or a day of rest that is worked (调休); `works` says which. Shanghai's days."""

    date = models.DateField(primary_key=True)
    works = models.BooleanField()
    zh = models.CharField(max_length=40)
    en = models.CharField(max_length=80)

    class Meta:
        ordering = ("date",)
        verbose_name = _("day")
        verbose_name_plural = _("days")

    def __str__(self) -> str:
        return f"{self.date} {self.zh}"

    @property
    def name(self) -> str:
        """What the day belongs to, in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class Hours(models.Model):
    """The hours of a working day, one row: `spans` are pairs of minutes after midnight."""

    name = models.CharField(primary_key=True, max_length=8, default="usual")
    spans = models.JSONField()

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")

    def __str__(self) -> str:
        return f"{self.name} {self.spans}"


class Flag(models.Model):
    """Something out there that rules ask for, such as rain: up or down."""

    name = models.CharField(primary_key=True, max_length=41)
    up = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")

    def __str__(self) -> str:
        return f"{self.name} {'up' if self.up else 'down'}"

    @property
    def word(self) -> str:
        """What it is called, in the reader's language."""
        zh, en = FLAGS.get(self.name, (self.name, self.name))
        return en if get_language() == "en" else zh


class FlagChange(models.Model):
    """A flag went up or down. Only ever added to. `by` is null where it was no person on a page:
    then `program` says what it was, and under which account of the machine."""

    flag = models.ForeignKey(Flag, models.CASCADE, related_name="changes")
    up = models.BooleanField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    program = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(by=None) ^ Q(program=""), name="flag_change_by_somebody"
            ),
        )
        verbose_name = _("change of a flag")
        verbose_name_plural = _("changes of flags")

    def __str__(self) -> str:
        return f"{self.flag_id} {'up' if self.up else 'down'} {self.at:%Y-%m-%d %H:%M:%S}"
