"""When a risk to life is over for those who were called. That its sensor fell silent again is no
answer: smoke thins where a window bursts. Somebody has to answer, to be on site, or to have rung
the place and heard that there is nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from xiuhua.city.staff import queries as staff

from .models import Alert, AlertStep, Call
from .queries import called
from .safety import Record

COUNTS = timedelta(hours=24)
"""What began longer ago and has cleared calls nobody any more: an old world that is upgraded, or an
engine that catches up, does not ring everybody."""

SECOND_PERSON = _(
    "A life may be at risk: one person's word does not end it. Your word is recorded. Ring the "
    "place and record that there is nothing, or that somebody is on site; or let a second person "
    "record it as a false alarm too."
)
"""Why a false alarm is not taken from one person alone, and what to do."""


def unanswered(now: datetime) -> QuerySet[Alert]:
    """Risks to life that have cleared by themselves while nobody has answered them. One that a
    person reported (it has no rule) is over only by its case, so by people."""
    cleared = Alert.objects.filter(life_safety=True, status=Alert.Status.CLEARED, false=None)
    recent = cleared.filter(start__gte=now - COUNTS).exclude(rule="")
    return recent.exclude(_answered() | _on_site() | _since_true(Record.CHECK_FALSE))


def goes_on(alert: Alert, now: datetime) -> bool:
    """Whether those who were called are still wanted: while it is up, and a risk to life until it
    is answered."""
    if alert.false is not None:
        return False
    if alert.status == Alert.Status.RAISED:
        return True
    return alert.life_safety and unanswered(now).filter(pk=alert.pk).exists()


def met(alert: Alert) -> bool:
    """Whether somebody is on site, or the telephone check has found nothing."""
    return Alert.objects.filter(_on_site() | _since_true(Record.CHECK_FALSE), pk=alert.pk).exists()


def may_be_false(alert: Alert) -> bool:
    """Whether one person may call this a false alarm: of a risk to life somebody has to have been
    there, or to have rung and heard that there is nothing, and nobody has found it true since."""
    if not alert.life_safety:
        return True
    found = _since_true(Record.ON_SITE) | _since_true(Record.CHECK_FALSE)
    return Alert.objects.filter(found, pk=alert.pk).exists()


def wishes(alert: Alert) -> list[AlertStep]:
    """Who holds a risk to life for a false alarm since nobody has found it true any more: a second
    person makes it one."""
    asked = AlertStep.objects.filter(alert=alert, what=AlertStep.What.FALSE_ASKED)
    true = _said(Record.CHECK_TRUE).filter(alert=OuterRef("alert"), id__gt=OuterRef("id"))
    return list(asked.exclude(Exists(true)))


def calls_waiting(team: str, person: str = "", *, now: datetime) -> list[Call]:
    """Calls to the team, or to the person for their office, that are not answered while those who
    were called are still wanted, newest first."""
    wanted = Q(alert__status=Alert.Status.RAISED) | Q(alert__in=unanswered(now).values("pk"))
    waiting = Call.objects.filter(called(team, person), wanted, answered=None)
    return list(waiting.select_related("alert").order_by("-created", "-id"))


def _answered() -> Q:
    """Somebody who goes there has answered: for it, or for the same danger at the same place in its
    incident. The desk does not go."""
    desk = [team.code for team in staff.teams(kind="duty")]
    answers = Call.objects.exclude(answered=None).exclude(team="").exclude(team__in=desk)
    same = {
        f"alert__{name}": OuterRef(name) for name in ("incident", "case_class", "place", "site")
    }
    beside = answers.filter(**same, alert__false=None).exclude(alert__case_class="")
    return Q(Exists(answers.filter(alert=OuterRef("pk")))) | Q(Exists(beside))


def _said(what: Record) -> QuerySet[AlertStep]:
    return AlertStep.objects.filter(what="safety", data__record=what.value)


def _on_site() -> Q:
    return Q(Exists(_said(Record.ON_SITE).filter(alert=OuterRef("pk"))))


def _since_true(what: Record) -> Q:
    """It was recorded, and no telephone check after it found that it is true."""
    later = _said(Record.CHECK_TRUE).filter(alert=OuterRef("alert"), id__gt=OuterRef("id"))
    return Q(Exists(_said(what).filter(alert=OuterRef("pk")).exclude(Exists(later))))
