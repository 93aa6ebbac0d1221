"""Rules and their versions. A version's text never changes; who wrote and who approved it stays."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = {"zh": 100, "en": 200}


class Rule(models.Model):
    """A rule by its id. `standing` is the version in force, null where the rule is withdrawn."""

    id = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=32, db_index=True)
    zh = models.CharField(max_length=LONGEST_NAME["zh"])
    en = models.CharField(max_length=LONGEST_NAME["en"])
    standing = models.OneToOneField(
        "RuleVersion", models.PROTECT, null=True, blank=True, related_name="stands_as"
    )

    def __str__(self) -> str:
        return self.id

    @property
    def name(self) -> str:
        """The rule's name in the reader's language."""
        return self.en if get_language() == "en" else self.zh


class State(models.TextChoices):
    PROPOSED = "proposed", _("Waiting for a second pair of eyes")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class RuleVersion(models.Model):
    """One version. `approved_by` is never `author`; both are null for what the house came with."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    text = models.TextField()
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PROPOSED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    trial = models.ForeignKey("Trial", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["rule", "number"], name="version_once"),
            models.CheckConstraint(
                condition=models.Q(author__isnull=True)
                | models.Q(approved_by__isnull=True)
                | ~models.Q(author=models.F("approved_by")),
                name="four_eyes",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.number}"


class Trial(models.Model):
    """A rule's text tried on the past by somebody, before it is handed in: what it would change.

    `result` is what `xiuhua trial` found: totals, alerts per day, some of the alerts that change.
    Where it failed, `failure` says how, `detail` in whose words.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Failure(models.TextChoices):
        NOTHING = "nothing", _("There is nothing of that time to try it on. Choose another period.")
        SLOW = "slow", _("It took too long and was ended. Choose a shorter period.")
        DIED = "died", _("The trial ended before it was over. Try again, or a shorter period.")
        REFUSED = "refused", _("It cannot be tried; the reason stands below.")

    rule = models.CharField(max_length=64)
    text = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    begun = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    failure = models.CharField(max_length=8, choices=Failure.choices, blank=True)
    detail = models.TextField(blank=True)
    result = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = (models.Index(fields=["by", "-begun"], name="trial_by"),)
        constraints = (
            models.UniqueConstraint(
                fields=["by"], condition=models.Q(state="running"), name="one_trial_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.begun:%Y-%m-%d %H:%M:%S}"


class Setback(models.Model):
    """Somebody asks to withdraw a rule for risks to life (no `version`), or to go back from the
    version `standing` to an earlier one. Nothing changes before somebody else agrees."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="setbacks")
    version = models.ForeignKey(RuleVersion, models.CASCADE, null=True, related_name="+")
    standing = models.ForeignKey(RuleVersion, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided = models.DateTimeField(null=True)
    agreed = models.BooleanField(default=False)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["rule"], condition=models.Q(decided=None), name="setback_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(agreed=False)
                | (models.Q(decided_by__isnull=False) & ~models.Q(by=models.F("decided_by"))),
                name="setback_four_eyes",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule_id} {self.at:%Y-%m-%d %H:%M}"


class Enactment(models.Model):
    """A version came into force, or the rule was withdrawn (no version). Only ever added to.

    `control` is the id of the control record that says so on the road: the version stands from
    that record's position in the log. `by` is null for what the house came with.
    """

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="enactments")
    version = models.ForeignKey(RuleVersion, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    control = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.rule_id} {self.at:%Y-%m-%d %H:%M:%S}"
