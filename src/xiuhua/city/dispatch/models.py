"""What each class of cases asks of whoever goes, and every sending with its reasons."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from xiuhua.city.chain import Added


class Ask(models.Model):
    """What a class of cases asks: skills, minutes on the spot, and whether the house sends somebody
    by itself (`automatic`) or a dispatcher presses."""

    case_class = models.CharField(primary_key=True, max_length=40)
    skills = models.JSONField(default=list, blank=True)
    work = models.PositiveIntegerField(default=20)
    automatic = models.BooleanField(default=False)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("what a class asks")
        verbose_name_plural = _("what classes ask")

    def __str__(self) -> str:
        return self.case_class


class Sending(Added):
    """Somebody was sent to a case: who, by whom ("": the house), as proposed or otherwise. `best`
    and `second` are the offers as they stood then, `reason` why a person chose differently. Rows
    are only ever added."""

    class How(models.TextChoices):
        PROPOSED = "proposed", _("As proposed")
        OVERRIDE = "override", _("Chosen by hand")
        AUTOMATIC = "automatic", _("By the house")

    number = models.CharField(max_length=40, db_index=True)
    person = models.CharField(max_length=150)
    team = models.CharField(max_length=80)
    how = models.CharField(max_length=10, choices=How)
    reason = models.CharField(max_length=300, blank=True)
    best = models.JSONField(null=True)
    second = models.JSONField(null=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(how="override", reason=""), name="override_has_a_reason"
            ),
        )
        verbose_name = _("sending")
        verbose_name_plural = _("sendings")

    def __str__(self) -> str:
        return f"{self.number} {self.person}"
