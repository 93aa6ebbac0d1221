"""When alerts keep quiet, and how many a shift can give their due."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class QuietWindow(models.Model):
    """A time of planned work: what a place, a device or a rule says then calls nobody, and nothing
    is escalated, unless a life may be at risk. Each of the three that is named must fit."""

    place = models.CharField(max_length=80, blank=True)
    device = models.CharField(max_length=80, blank=True)
    rule = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    why = models.TextField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("-since", "-id")
        indexes = (models.Index(fields=["until"], name="quiet_until"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(place="", device="", rule=""), name="quiet_about_something"
            ),
            models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="quiet_lasts"),
        )
        verbose_name = _("quiet window")
        verbose_name_plural = _("quiet windows")

    def __str__(self) -> str:
        return f"{self.place or self.device or self.rule} {self.since:%m-%d %H:%M}"


class Budget(models.Model):
    """How many alerts (the centre, post "") or orders (a team's code) a shift can give their due,
    and who said so. Without a row the house's own number counts."""

    post = models.CharField(primary_key=True, max_length=80)
    most = models.PositiveIntegerField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.post or 'centre'} {self.most}"
