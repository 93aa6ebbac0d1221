"""Alerts as the engine told them, each change of them, and who was called because of them."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .incident_models import Incident, IncidentStep, Kinship
from .quiet_models import Budget, QuietWindow

__all__ = [
    "RESCUE", "Alert", "AlertChange", "AlertStep", "Budget", "Call", "Channel", "Delivery",
    "Escalation", "Held", "Incident", "IncidentStep", "Kinship", "Level", "QuietWindow", "Ring",
]  # fmt: skip


class Level(models.TextChoices):
    """预警 ●, 严重 ▲, 紧急 ◆, in rising order."""

    WARN = "warn", _("Warning")
    SERIOUS = "serious", _("Serious")
    CRITICAL = "critical", _("Critical")


class Held(models.TextChoices):
    """Why an alert is held back from the list and calls nobody for now."""

    SUPPRESSED = "suppressed", _("Put off by the desk")
    QUIET = "quiet", _("Planned work")
    BUDGET = "budget", _("More than a shift can give their due")


class Alert(models.Model):
    """One alert, from the moment it was raised; `id` is the engine's, `seq` its newest change here.

    What the engine decides (`level` … `evidence`) is written by `commands.record` alone; what
    people say of it (acknowledged, false) never feeds back. `subject` is a device's id or the code
    of a place. `parent` is the storm that it belongs to; a storm's own alert has `children`: the
    most that belonged to it when the engine told of it. `incident` is the matter that it is part of
    on the desk, by the house's own sight or by hand (`incidents.py`).

    `held`: why the desk's list lacks it, until when, since which level; a risk to life never."""

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
    incident = models.ForeignKey(
        "Incident", models.SET_NULL, null=True, related_name="members", editable=False
    )
    children = models.PositiveIntegerField(default=0)
    acknowledged = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    false = models.DateTimeField(null=True)
    false_by = models.CharField(max_length=150, blank=True)
    false_reason = models.TextField(blank=True)
    held = models.CharField(max_length=10, choices=Held, blank=True)
    held_level = models.CharField(max_length=10, choices=Level, blank=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["site", "-start"], name="alert_site_start"),
            models.Index(fields=["device", "-start"], name="alert_device_start"),
            models.Index(fields=["start"], name="alert_start"),
            models.Index(fields=["start"], name="alert_raised", condition=Q(status="raised")),
            models.Index(fields=["-start"], name="alert_false", condition=~Q(false=None)),
            models.Index(fields=["parent"], name="alert_parent", condition=~Q(parent=None)),
            models.Index(
                fields=["held_until"], name="alert_held", condition=Q(status="raised") & ~Q(held="")
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status="raised", cleared=None)
                | Q(status="cleared", cleared__isnull=False),
                name="alert_cleared_when_cleared",
            ),
            models.CheckConstraint(
                condition=Q(held="", held_until=None)
                | Q(life_safety=False, held_until__isnull=False),
                name="alert_held_until_a_moment_and_never_life",
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


class AlertStep(models.Model):
    """What people, or the house by its settings, did with an alert. Only ever added to; `by` is an
    account, "" for the house."""

    class What(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("Seen")
        FALSE = "false", _("Recorded as a false alarm")
        FALSE_ASKED = "false-asked", _("Held for a false alarm; a second person decides")
        HELD = "held", _("Held back")
        RELEASED = "released", _("Back on the list")
        ESCALATED = "escalated", _("Nobody had answered: called further")
        UNANSWERED = "unanswered", _("Everybody was called and nobody has answered")
        SAFETY = "safety", _("Recorded while acting")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="steps")
    what = models.CharField(max_length=14, choices=What)
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ("at", "id")
        verbose_name = _("step of an alert")
        verbose_name_plural = _("steps of alerts")

    def __str__(self) -> str:
        return f"{self.alert_id} {self.what}"


class Escalation(models.Model):
    """Whom else an alert calls if nobody answers: which rung comes next, and when. One an alert."""

    class Ended(models.TextChoices):
        ANSWERED = "answered", _("Somebody answered")
        OVER = "over", _("The alert is over")
        EXHAUSTED = "exhausted", _("Nobody is left to be called")

    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, primary_key=True)
    rung = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField()
    ended = models.CharField(max_length=10, choices=Ended, blank=True)

    class Meta:
        indexes = (models.Index(fields=["due"], name="escalation_due", condition=Q(ended="")),)

    def __str__(self) -> str:
        return f"{self.alert_id} rung {self.rung}"


RESCUE = "119"
"""The fire service, as somebody outside the house who is called."""


class Call(models.Model):
    """A team or a person that has to know of an alert: when called, told, and who answered.

    `person` is an account, for those who are called for their office; then `team` is "". `outside`
    is who has no account here: RESCUE, or the code of a flat for its family; they are only rung.
    `ring_at` is when the next telephone is rung (`ringing.py`), null while none is.
    `shown` is when the call stood on the team's own pages; `told` when it had also gone out by one
    of the channels that serve it (`Delivery`), or when somebody who was called opened or answered
    it: that it stands on a page tells nobody.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Being told")
        SHOWN = "shown", _("Shown on the page only")
        TOLD = "told", _("Told")
        FAILED = "failed", _("Not reached")

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="calls")
    team = models.CharField(max_length=80, blank=True)
    person = models.CharField(max_length=150, blank=True)
    outside = models.CharField(max_length=80, blank=True)
    level = models.CharField(max_length=10, choices=Level)
    created = models.DateTimeField()
    ring_at = models.DateTimeField(null=True)
    shown = models.DateTimeField(null=True)
    told = models.DateTimeField(null=True)
    answered = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=150, blank=True)
    channel = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=["id"], name="call_new", condition=Q(outcome="waiting", shown=None)
            ),
            models.Index(fields=["team", "-created"], name="call_team"),
            models.Index(fields=["ring_at"], name="call_ring", condition=~Q(ring_at=None)),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["alert", "team", "person", "outside"], name="call_once"
            ),
        )
        verbose_name = _("call")
        verbose_name_plural = _("calls")

    def __str__(self) -> str:
        return f"{self.team or self.person or self.outside} {self.outcome}"


class Ring(models.Model):
    """One telephone rung for a call. `who` says whose, never its number: `p:` an account, `t:` a
    team's post, `c:` and `r:` a home's contact or resident, RESCUE. `id` is what the voice gateway
    knows it by, `channel` which gateway took it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Being handed over")
        PLACED = "placed", _("Being dialled")
        RINGING = "ringing", _("Ringing")
        ANSWERED = "answered", _("Picked up")
        PRESSED = "pressed", _("Pressed 1: on the way")
        UNREACHED = "unreached", _("Not reached")
        FAILED = "failed", _("No gateway took it")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="rings")
    who = models.CharField(max_length=160)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    channel = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()
    answered = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ("at", "id")
        verbose_name = _("telephone rung")
        verbose_name_plural = _("telephones rung")

    def __str__(self) -> str:
        return f"{self.who.partition(':')[0]} {self.state}"


class Channel(models.Model):
    """A way out of the house: an Apprise URL, sealed, for a team, a person, or (neither) for all.

    A `voice` channel rings: it is used for risks to life only. `down` is since when nothing got
    through, null while the last message did.
    """

    title = models.CharField(max_length=60)
    service = models.CharField(max_length=40)
    team = models.CharField(max_length=80, blank=True)
    person = models.CharField(max_length=150, blank=True)
    voice = models.BooleanField(default=False)
    sealed = models.BinaryField()
    on = models.BooleanField(default=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    through = models.DateTimeField(null=True)
    down = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(team="") | Q(person=""), name="channel_for_one"),
        )
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """A call by one channel: each is sent until it gets through, and once. `channel` is a
    channel's id, or `house-1` for the first of XIUHUA_NOTIFY. What failed keeps only the sort of
    failure: answers of services can hold secrets."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Did not get through")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=20)
    title = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField()
    sent = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=["next_try"], name="delivery_waiting", condition=Q(outcome="waiting")
            ),
        )
        constraints = (models.UniqueConstraint(fields=["call", "channel"], name="delivery_once"),)
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self) -> str:
        return f"{self.title} {self.outcome}"
