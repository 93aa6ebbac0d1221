"""The ledger: devices and gateways, what each said last, and named lists of opaque tokens."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Gateway(models.Model):
    """A box that speaks for the devices under it."""

    id = models.CharField(primary_key=True, max_length=64)
    site = models.CharField(max_length=32, db_index=True)
    zh = models.CharField(max_length=100)
    en = models.CharField(max_length=200)
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
    in_service = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.id

    @property
    def name(self) -> str:
        """The device's name in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class Credential(models.Model):
    """What a device or gateway (`holder`) logs in with. `secret` is a hash, empty: may not log in.
    `before` is the one that it replaces, good until the new one is used or `before_until` (ms).
    `issued` and `used` are ms, 0: never."""

    holder = models.CharField(primary_key=True, max_length=64)
    secret = models.CharField(max_length=200, blank=True)
    issued = models.BigIntegerField(default=0)
    used = models.BigIntegerField(default=0)
    before = models.CharField(max_length=200, blank=True)
    before_until = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.holder


class LedgerStep(models.Model):
    """What people, or the house, did with a device's or gateway's access or service. Only ever
    added to; `by` is an account, "" for the house. `at` is ms."""

    class What(models.TextChoices):
        ISSUED = "issued", _("New secret; the one before ended at once")
        ROTATED = "rotated", _("New secret; the one before goes on for a while")
        TAKEN_UP = "taken_up", _("First log-in with the new secret; the one before has ended")
        REVOKED = "revoked", _("Secret withdrawn")
        RETIRED = "retired", _("Taken out of service")
        REGISTERED = "registered", _("Put into the ledger")
        CODE_MADE = "code_made", _("One-time code made")
        CODE_ENDED = "code_ended", _("One-time code withdrawn")
        ENROLLED = "enrolled", _("Secret fetched with a one-time code")

    holder = models.CharField(max_length=64)
    what = models.CharField(max_length=10, choices=What)
    at = models.BigIntegerField()
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["holder", "id"], name="ledger_steps_of"),)

    def __str__(self) -> str:
        return f"{self.holder} {self.what}"


class EnrolCode(models.Model):
    """A one-time code, as its hash. It is for `holder`, or for a new device of a kind in a place,
    whose id then stands in `holder` too once it has come. Times are ms, 0: not."""

    hash = models.CharField(max_length=200, unique=True)
    holder = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=32, blank=True)
    place = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=150)
    at = models.BigIntegerField()
    until = models.BigIntegerField()
    used = models.BigIntegerField(default=0)
    revoked = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-at", "id")

    def __str__(self) -> str:
        return f"code {self.pk}"


class Command(models.Model):
    """What somebody told a device to do; `name` is an order of its kind. Times are ms, 0: not yet.
    `ended` is when the device said what became of it; `why` is its own word."""

    class Stage(models.TextChoices):
        QUEUED = "queued", _("Waits for the device")
        SENT = "sent", _("Sent to the device")
        DELIVERED = "delivered", _("The device has it")
        DONE = "done", _("Carried out")
        FAILED = "failed", _("The device could not")
        EXPIRED = "expired", _("Not in time")

    id = models.CharField(primary_key=True, max_length=32)
    device = models.ForeignKey(Device, models.CASCADE, related_name="commands", db_constraint=False)
    name = models.CharField(max_length=32)
    by = models.CharField(max_length=150)
    at = models.BigIntegerField()
    expires = models.BigIntegerField()
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.QUEUED)
    sent = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    ended = models.BigIntegerField(default=0)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-at", "id")
        indexes = (models.Index(fields=["stage", "at"], name="commands_by_stage"),)

    def __str__(self) -> str:
        return f"{self.device_id} {self.name} {self.stage}"


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

LOST = "lost"
"""How a device stands that was well when its connection broke without a farewell, and that has not
spoken since; it left word of it with its last will."""

STANDINGS = {
    Level.WELL.value: Level.WELL.label,
    UNHEARD: _("Not heard yet"),
    LOST: _("Connection lost (last will)"),
    **dict(Level.choices[1:]),
}
"""All that a device may stand at, with its word, in rising order."""


class DeviceState(models.Model):
    """What a device said last: `time` is its own, `arrival` ours (ms); `line` is flat JSON. `lost`
    is since when its connection is broken (ms), 0: not; what arrives later shows that it is not."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="state", db_constraint=False
    )
    time = models.BigIntegerField(default=0)
    arrival = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
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
