"""Nobody has answered: the clock calls further, rung after rung (`chains`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from xiuhua.city.staff import queries as staff

from . import danger, incidents
from .chains import chain
from .models import Alert, AlertStep, Call, Escalation
from .telling import BATCH, tell_call

log = structlog.get_logger()


def escalate(now: datetime) -> int:
    """Take each alert whose patience is over one rung further, risks to life first; returns how
    many were called further or ended."""
    waiting = Escalation.objects.filter(ended="", due__lte=now)
    due = waiting.order_by("-alert__life_safety", "due", "alert")[:BATCH]
    return sum(_further(alert, now) for alert in list(due.values_list("alert", flat=True)))


@transaction.atomic
def _further(alert_id: UUID, now: datetime) -> bool:
    found = Escalation.objects.select_for_update().filter(alert=alert_id, ended="", due__lte=now)
    step = found.select_related("alert").first()
    if step is None:
        return False  # another clock was first
    alert = step.alert
    if alert.held and alert.held_until:
        step.due = alert.held_until
    elif ended := _settled(alert, now):
        step.ended = ended
    else:
        _call_rung(step, now)
    step.save(update_fields=["rung", "due", "ended"])
    return True


def _settled(alert: Alert, now: datetime) -> str:
    """Why nobody else needs to be called, "" while somebody does. Where a life may be at risk the
    desk's having seen it is not enough, nor that it cleared by itself: somebody who goes there has
    to answer, or to be there, or the telephone check finds nothing (`danger`)."""
    if not danger.goes_on(alert, now):
        return Escalation.Ended.OVER
    serving = [call.pk for call in incidents.serving(alert, now)]
    answers = Call.objects.filter(Q(alert=alert) | Q(pk__in=serving)).exclude(answered=None)
    if alert.life_safety:
        desk = [team.code for team in staff.teams(kind="duty")]
        answered = answers.exclude(team="").exclude(team__in=desk).exists() or danger.met(alert)
    else:
        answered = alert.acknowledged is not None or answers.exists()
    return Escalation.Ended.ANSWERED if answered else ""


def _call_rung(step: Escalation, now: datetime) -> None:
    alert, rungs = step.alert, chain(life_safety=step.alert.life_safety)
    if step.rung == len(rungs):
        step.ended = Escalation.Ended.EXHAUSTED
        AlertStep.objects.create(alert=alert, what="unanswered", at=now)
        log.error("alert.unanswered", alert=str(alert.id), life_safety=alert.life_safety)
        return
    rung = rungs[step.rung]
    called = _call(alert, rung.kinds, rung.roles, now)
    AlertStep.objects.create(alert=alert, what="escalated", at=now, data=called)
    step.rung += 1
    step.due = now + rungs[min(step.rung, len(rungs) - 1)].patience


def _call(
    alert: Alert, kinds: Sequence[str], roles: Sequence[str], now: datetime
) -> dict[str, list[str]]:
    """Call whoever of these was not called yet; returns the codes of the teams and the accounts of
    the people, as a step keeps them."""
    known = set(Call.objects.filter(alert=alert).values_list("team", "person"))
    known |= {(call.team, call.person) for call in incidents.serving(alert, now)}
    people = [member for role in roles for member in staff.of_office(role, now)]
    wanted = [(code, "") for code in staff.teams_serving(alert.site, kinds)]
    wanted += [("", person.user.username) for person in people]
    fresh = [who for who in dict.fromkeys(wanted) if who not in known]
    for team, person in fresh:
        tell_call(
            Call.objects.create(
                alert=alert,
                team=team,
                person=person,
                level=alert.worst,
                created=now,
                ring_at=now if alert.life_safety else None,
            )
        )
    return {
        "teams": [team for team, _ in fresh if team],
        "people": [person for _, person in fresh if person],
    }
