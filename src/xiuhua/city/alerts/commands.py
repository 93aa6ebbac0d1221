"""Every write of the alerts room. Each is one transaction; the feed is told last, because its
numbers are a lock that all writers queue at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from xiuhua.city import feed
from xiuhua.city.rules import queries as rules
from xiuhua.city.staff import queries as staff
from xiuhua.engine.changes import AlertChange

from . import recording
from .calls import team_kinds
from .models import Alert, Call
from .models import AlertChange as ChangeRow
from .queries import brief


class ReasonMissing(Exception):
    """A false alarm was claimed without saying why it was one; nothing has changed."""


class NotCalled(Exception):
    """That team was not called because of this alert; nothing has changed."""


@transaction.atomic
def record(changes: Sequence[AlertChange], now: datetime) -> None:
    """Write what the engine says, each change once, and call those who must know at once.

    Runs within the worker's transaction. Costs the same few queries for one change or hundreds.
    """
    fresh = recording.unknown(changes)
    if not fresh:
        return
    alerts = recording.brought_up_to_date(fresh, cache(rules.rule))
    recording.save(alerts)
    ChangeRow.objects.bulk_create(
        recording.change_row(change) for each in fresh.values() for change in each
    )
    _call([(alert, _calling(alert, fresh[alert.id])) for alert in alerts], now)
    _tell([*alerts, *_storms_of(alerts)])


def acknowledge(alert_id: UUID, *, by: str, team: str, now: datetime) -> Alert:
    """Note that `by` has seen the alert, which also answers their team's call, if it was called.
    Who was first stays first; a second one does no harm."""
    with transaction.atomic():
        unseen = Alert.objects.filter(id=alert_id, acknowledged=None)
        first = unseen.update(acknowledged=now, acknowledged_by=by)
        calls = _answered(alert_id, team, by, now)
        alert = Alert.objects.get(id=alert_id)
        if first:
            _tell([alert])
        for call in calls:
            tell_call(call)
    return alert


def false_alarm(alert_id: UUID, *, by: str, reason: str, now: datetime) -> Alert:
    """Note that the alert was a false one, and why. The engine does not learn of it; the first
    verdict stands. What is said of a storm is said of what belongs to it, unless a life may be at
    risk: there each is judged by itself. Raises `ReasonMissing`."""
    if not reason.strip():
        raise ReasonMissing
    meant = Q(id=alert_id) | Q(parent=alert_id, life_safety=False)
    with transaction.atomic():
        unjudged = list(Alert.objects.select_for_update().filter(meant, false=None))
        for one in unjudged:
            one.false, one.false_by, one.false_reason = now, by, reason.strip()
        Alert.objects.bulk_update(unjudged, ["false", "false_by", "false_reason"])
        _tell(unjudged)
    return Alert.objects.get(id=alert_id)


def answer_call(alert_id: UUID, *, team: str, by: str, now: datetime) -> Call:
    """The team has heard and says so, of a storm for all that belongs to it. The first answer
    stands. Raises `NotCalled`."""
    with transaction.atomic():
        for call in _answered(alert_id, team, by, now):
            tell_call(call)
    earlier = Call.objects.filter(alert=alert_id, team=team).first()
    if earlier is None:
        raise NotCalled
    return earlier


def _answered(alert_id: UUID, team: str, by: str, now: datetime) -> list[Call]:
    """The team's calls that were answered by this: to the alert and to what belongs to it."""
    called = Q(alert=alert_id) | Q(alert__parent=alert_id)
    calls = list(Call.objects.select_for_update().filter(called, team=team, answered=None))
    for call in calls:
        call.answered, call.answered_by = now, by
    Call.objects.bulk_update(calls, ["answered", "answered_by"])
    return calls


def tell_call(call: Call) -> None:
    """Let the open pages know how a call stands."""
    feed.tell(
        "call",
        str(call.alert_id),
        {"team": call.team, "outcome": call.outcome, "answered_by": call.answered_by},
    )


def _calling(alert: Alert, changes: Sequence[AlertChange]) -> str | None:
    """At which level an alert calls because of these changes, if it does. What belongs to a storm
    calls nobody from then on: the storm does, unless a life may be at risk."""
    if alert.life_safety or not alert.parent:
        return alert.worst
    return recording.level_alone(changes)


def _call(calling: Iterable[tuple[Alert, str | None]], now: datetime) -> None:
    """Put down a call for each team that must know; who was called already is not called again."""
    teams = cache(staff.teams_serving)  # for this batch
    Call.objects.bulk_create(
        [
            Call(alert=alert, team=team, level=level, created=now, next_try=now)
            for alert, level in calling
            if level
            for team in teams(alert.site, _kinds(alert, level))
        ],
        ignore_conflicts=True,
    )


def _kinds(alert: Alert, level: str) -> tuple[str, ...]:
    return team_kinds(
        rule=alert.rule, case=alert.case_class, life_safety=alert.life_safety, level=level
    )


def _storms_of(alerts: Sequence[Alert]) -> Iterable[Alert]:
    """The storms that these belong to and that are not among them: their numbers have changed."""
    parents = {alert.parent for alert in alerts if alert.parent} - {alert.id for alert in alerts}
    return Alert.objects.filter(id__in=parents) if parents else ()


def _tell(alerts: Iterable[Alert]) -> None:
    feed.tell_many(("alert", str(alert.id), brief(alert)) for alert in alerts)
