"""The ledger: devices and gateways, what each said last, and named lists of opaque tokens."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Gateway(models.Model):
    """A box that speaks for the devices under it. `secret` is a hash, empty: may not log in."""

    id = models.CharField(primary_key=True, max_length=64)
    site = models.CharField(max_length=32, db_index=True)
    zh = models.CharField(max_length=100)
    en = models.CharField(max_length=200)
    secret = models.CharField(max_length=200, blank=True)
    in_service = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.id


class Device(models.Model):
    """A sensor. Places are codes of the places room; `params` overrides rules' numbers for it."""

    id = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=32, db_index=True)
    site = models.CharField(max_length=32, db_index=True)
    place = models.CharField(max_length=64, db_index=True)
    building = models.CharField(max_length=64, blank=True)
    flat = models.CharField(max_length=64, blank=True)
    lon = models.FloatField()
    lat = models.FloatField()
    under = models.ForeignKey(
        Gateway, models.PROTECT, null=True, blank=True, related_name="devices"
    )
    tags = models.JSONField(default=list)
    params = models.JSONField(default=dict)
    zh = models.CharField(max_length=100)
    en = models.CharField(max_length=200)
    secret = models.CharField(max_length=200, blank=True)
    in_service = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.id

    @property
    def name(self) -> str:
        """The device's name in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class Level(models.TextChoices):
    """How a device stands, in rising order of what it asks of a person."""

    WELL = "well", _("Well")
    SILENT = "silent", _("Silent")
    WARN = "warn", _("Warning")
    SERIOUS = "serious", _("Serious")
    CRITICAL = "critical", _("Critical")


UNHEARD = "unheard"
"""How a device stands that has to speak and was never heard: whether it is silent, only the rule of
silence says, which gives it the time to speak."""

STANDINGS = {
    Level.WELL.value: Level.WELL.label,
    UNHEARD: _("Not heard yet"),
    **dict(Level.choices[1:]),
}
"""All that a device may stand at, with its word, in rising order."""


class DeviceState(models.Model):
    """What a device said last: `time` is its own, `arrival` ours (ms); `line` is flat JSON."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="state", db_constraint=False
    )
    time = models.BigIntegerField(default=0)
    arrival = models.BigIntegerField(default=0)
    line = models.TextField(blank=True)
    level = models.CharField(max_length=16, choices=Level.choices, default=Level.WELL)

    class Meta:
        indexes = (
            models.Index(
                fields=["level"], name="state_unwell", condition=~models.Q(level=Level.WELL)
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.level}"


class NamedList(models.Model):
    """A list that rules ask: who is a member? For example `vehicles@tl04`."""

    name = models.CharField(primary_key=True, max_length=100)

    def __str__(self) -> str:
        return self.name


class ListMember(models.Model):
    """A member of a list, an opaque token: plates became tokens before they came here."""

    list = models.ForeignKey(NamedList, models.CASCADE, related_name="members")
    token = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["list", "token"], name="member_once"),)

    def __str__(self) -> str:
        return self.token
