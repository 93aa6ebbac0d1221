"""Acting first, writing up afterwards 先处置、后补录: what is recorded while a life may be at risk.

Each record is a step of the alert, made with one press; nothing of it waits for a form, and nothing
of it stops a case. The telephone check 电话核警 is asked for, never waited for.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from xiuhua.city import feed

from .models import Alert, AlertStep, Escalation
from .queries import brief


class Record(TextChoices):
    """What can be recorded."""

    CHECK_TRUE = "check-true", _("Telephone check: it is true")
    CHECK_FALSE = "check-false", _("Telephone check: nothing there")
    CHECK_SILENT = "check-silent", _("Telephone check: nobody answers")
    RESCUE_CALLED = "rescue-called", _("119 was called")
    FAMILY_REACHED = "family-reached", _("The family was reached")
    FAMILY_SILENT = "family-silent", _("The family does not answer")
    ON_SITE = "on-site", _("Somebody is on site")
    ENTRY_AUTHORISED = "entry-authorised", _("Forced entry authorised")
    ENTRY_MADE = "entry-made", _("The door was forced")


WITH_REASON = frozenset({Record.ENTRY_AUTHORISED, Record.ENTRY_MADE})
"""These need a sentence: why, and who stood by."""


class NotLifeSafety(Exception):
    """The alert is not about a risk to life; nothing was recorded."""


class NeedsAuthorisation(Exception):
    """Nobody has authorised forced entry for this alert; nothing was recorded."""


class SentenceMissing(Exception):
    """A sentence belongs to such a record; nothing was recorded."""


@transaction.atomic
def record(alert_id: UUID, what: Record, *, by: str, note: str, now: datetime) -> AlertStep:
    """Record it. Raises `NotLifeSafety`, `SentenceMissing`, `NeedsAuthorisation`."""
    alert = Alert.objects.select_for_update().get(id=alert_id)
    if not alert.life_safety:
        raise NotLifeSafety
    if what in WITH_REASON and not note.strip():
        raise SentenceMissing
    if what == Record.ENTRY_MADE and not _authorised(alert):
        raise NeedsAuthorisation
    facts = {"by": by, "note": note.strip(), "data": {"record": what.value}}
    step = AlertStep.objects.create(alert=alert, what="safety", at=now, **facts)
    if what == Record.CHECK_TRUE:  # it is true after all: whom an earlier record spared is called
        spared = Escalation.objects.filter(alert=alert).exclude(ended__in=("", "exhausted"))
        spared.update(ended="", due=now)
    feed.tell("alert", str(alert.id), brief(alert))
    return step


def recorded(alert_id: UUID) -> list[AlertStep]:
    """All that was recorded while acting, in order."""
    return list(AlertStep.objects.filter(alert=alert_id, what="safety"))


def owed(alert_id: UUID) -> list[Record]:
    """What is still asked for: somebody to ring the place, and somebody to ring 119 if it is so."""
    said = {step.data["record"] for step in recorded(alert_id)}
    if not any(word.startswith("check-") for word in said):
        return [Record.CHECK_TRUE, Record.CHECK_FALSE, Record.CHECK_SILENT]
    if Record.CHECK_FALSE not in said and Record.RESCUE_CALLED not in said:
        return [Record.RESCUE_CALLED]
    return []


def _authorised(alert: Alert) -> bool:
    return any(s.data["record"] == Record.ENTRY_AUTHORISED for s in recorded(alert.id))
