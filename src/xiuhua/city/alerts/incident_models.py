"""Incidents: alerts of several kinds that are one matter, and what people did with the grouping."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Incident(models.Model):
    """Alerts that are one matter on the desk. `lead` is the alert that stands for it: a risk to
    life before all others, then what is gravest, then what is oldest."""

    opened = models.DateTimeField()
    lead = models.UUIDField(null=True, editable=False)
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")

    def __str__(self) -> str:
        return f"incident {self.pk}"


class IncidentStep(models.Model):
    """One change of who belongs to an incident. Only ever added to; `by` is an account, "" for the
    house, `kinship` the row by which the house saw that they belong together."""

    class What(models.TextChoices):
        JOINED = "joined", _("Joined")
        ADDED = "added", _("Added by hand")
        OUT = "out", _("Taken out")
        SPLIT = "split", _("Split off")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="steps")
    alert = models.UUIDField()
    what = models.CharField(max_length=8, choices=What)
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True)
    kinship = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ("at", "id")
        verbose_name = _("step of an incident")
        verbose_name_plural = _("steps of incidents")

    def __str__(self) -> str:
        return f"{self.incident_id} {self.what}"


class Kinship(models.Model):
    """Which kinds of alert belong together, how near, within how long: a row here stands before the
    house's own of that code (`kinship.py`). `words` are rules or classes of case; * stands for any
    letters."""

    class Scope(models.TextChoices):
        DEVICE = "device", _("same device, same rule")
        HOME = "home", _("same home")
        BUILDING = "building", _("same building")
        SITE = "site", _("same compound")
        METRES = "metres", _("so many metres")
        GATEWAY = "gateway", _("same gateway")

    code = models.SlugField(primary_key=True, max_length=40)
    words = models.JSONField(default=list)
    scope = models.CharField(max_length=10, choices=Scope)
    metres = models.PositiveIntegerField(default=0)
    minutes = models.PositiveIntegerField(default=10)
    on = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("what belongs together")
        verbose_name_plural = _("what belongs together")

    def __str__(self) -> str:
        return self.code
