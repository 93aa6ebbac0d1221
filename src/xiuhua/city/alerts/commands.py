"""Every write of the alerts room. Each is one transaction; the feed is told last, because its
numbers are a lock that all writers queue at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from xiuhua.city import feed
from xiuhua.city.places import queries as places
from xiuhua.city.rules import queries as rules
from xiuhua.engine.changes import AlertChange

from . import calling, danger, holding, incidents, recording
from .models import Alert, AlertStep, Budget, Call, Held, QuietWindow
from .models import AlertChange as ChangeRow
from .queries import brief, called
from .telling import tell_call


class ReasonMissing(Exception):
    """A false alarm was claimed without saying why it was one; nothing has changed."""


class SecondPerson(Exception):
    """One person alone does not make a risk to life a false alarm, where nobody was there and no
    telephone check found nothing; their wish is recorded, and a second person's makes it one."""


class LifeAtRisk(Exception):
    """A life may be at risk: that is never put off; nothing has changed."""


class BadTime(Exception):
    """The end lies in the past, before its beginning, or further away than `LONGEST`."""


class NothingNamed(Exception):
    """A quiet window names neither a known place nor a device nor a rule."""


LONGEST = timedelta(days=7)
"""How long something may be put off or kept quiet at a stretch."""


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
    new, known = recording.brought_up_to_date(fresh, cache(rules.rule))
    steps = holding.hold(new, now)
    each = {alert.id: alert for alert in new + known}
    alerts = [each[id_] for id_ in fresh]
    recording.save(alerts)
    AlertStep.objects.bulk_create(steps)
    ChangeRow.objects.bulk_create(
        recording.change_row(change) for changes_ in fresh.values() for change in changes_
    )
    _let_go(holding.worsened(known), now)
    others = incidents.gather(new, now)
    for other in others:  # the same rows, read again
        if other.id in each:
            each[other.id].incident = other.incident
    calling.call([(alert, _calling(alert, fresh[alert.id])) for alert in alerts], now)
    led = incidents.lead_anew({alert.incident_id for alert in alerts})
    told = {alert.id: alert for alert in [*led, *others, *_storms_of(alerts), *alerts]}
    _tell(told.values())


def acknowledge(alert_id: UUID, *, by: str, team: str, now: datetime) -> Alert:
    """Note that `by` has seen the alert, which also answers their team's call, if it was called.
    Who was first stays first; a second one does no harm."""
    with transaction.atomic():
        unseen = Alert.objects.filter(id=alert_id, acknowledged=None)
        first = unseen.update(acknowledged=now, acknowledged_by=by)
        calls = _answered(alert_id, team, by, now)
        alert = Alert.objects.get(id=alert_id)
        if first:
            AlertStep.objects.create(alert=alert, what="acknowledged", at=now, by=by)
            _tell([alert])
        for call in calls:
            tell_call(call)
    return alert


def false_alarm(alert_id: UUID, *, by: str, reason: str, now: datetime) -> Alert:
    """Note that the alert was a false one, and why. The engine does not learn of it; the first
    verdict stands. What is said of a storm is said of what belongs to it, unless a life may be at
    risk: there each is judged by itself, and one person alone judges only what `danger` allows.
    Raises `ReasonMissing`, `SecondPerson`."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        own = Alert.objects.select_for_update().filter(id=alert_id, false=None).first()
        alone = own is not None and not _judged_by_two(own, by=by, note=reason.strip(), now=now)
        if not alone:
            _put_false(alert_id, by=by, reason=reason, now=now)
    if alone:
        raise SecondPerson
    return Alert.objects.get(id=alert_id)


@transaction.atomic
def judged_by_case(alert_id: UUID, *, by: str, reason: str, now: datetime) -> None:
    """A false alarm by the word of whoever inspected on the spot and says so in the case: no second
    person is asked."""
    _put_false(alert_id, by=by, reason=reason, now=now)


def _put_false(alert_id: UUID, *, by: str, reason: str, now: datetime) -> None:
    meant = Q(id=alert_id) | Q(parent=alert_id, life_safety=False)
    unjudged = list(
        Alert.objects.select_for_update().filter(meant, false=None).order_by("start", "id")
    )
    for one in unjudged:
        one.false, one.false_by, one.false_reason = now, by, reason.strip()
    Alert.objects.bulk_update(unjudged, ["false", "false_by", "false_reason"])
    AlertStep.objects.bulk_create(
        AlertStep(alert=one, what="false", at=now, by=by, note=reason.strip()) for one in unjudged
    )
    _call_rest(unjudged, now)
    led = incidents.lead_anew({one.incident_id for one in unjudged})
    _tell({one.id: one for one in [*led, *unjudged]}.values())


def _judged_by_two(alert: Alert, *, by: str, note: str, now: datetime) -> bool:
    """Whether enough is known, or enough people say so, to call it a false alarm; else this
    person's wish is written down, once."""
    asked = {step.by for step in danger.wishes(alert)}
    if asked - {by} or danger.may_be_false(alert):
        return True
    if not asked:
        AlertStep.objects.create(alert=alert, what="false-asked", at=now, by=by, note=note)
        _tell([alert])
    return False


def _call_rest(false: Sequence[Alert], now: datetime) -> None:
    """The calls of a false alarm serve nobody else: what is still up in its incident calls for
    itself."""
    incidents_ = {one.incident_id for one in false if one.incident_id}
    rest = Alert.objects.filter(incident__in=incidents_, status=Alert.Status.RAISED, false=None)
    if incidents_:
        up = rest.filter(held="").order_by("start", "id")
        calling.call([(one, _calling_held(one)) for one in up], now)


def take_out(alert_ids: Sequence[UUID], *, by: str, why: str, now: datetime) -> None:
    """Take alerts out of their incident: they and what stays call for themselves, where the calls
    that served them went with the others. Raises `ReasonMissing`, `incidents.NotTogether`."""
    if not why.strip():
        raise ReasonMissing
    with transaction.atomic():
        apart = incidents.take_out(alert_ids, by=by, why=why.strip(), now=now)
        up = [one for one in apart if one.status == Alert.Status.RAISED and one.false is None]
        calling.call([(one, _calling_held(one)) for one in up if not one.held], now)


def add_to_incident(alert_id: UUID, other_id: UUID, *, by: str, why: str, now: datetime) -> None:
    """Put an alert into the matter of another. Raises `ReasonMissing`, `incidents.NotTogether`."""
    if not why.strip():
        raise ReasonMissing
    incidents.add(alert_id, other_id, by=by, why=why.strip(), now=now)


def answer_call(alert_id: UUID, *, team: str, by: str, now: datetime) -> Call:
    """The team, or the person called for their office, has heard and says so, of a storm for all
    that belongs to it. The first answer stands. Raises `NotCalled`."""
    with transaction.atomic():
        for call in _answered(alert_id, team, by, now):
            tell_call(call)
    about = Q(alert=alert_id) | Q(pk__in=_serving(alert_id, now))
    earlier = Call.objects.filter(about & called(team, by)).order_by("answered", "id").first()
    if earlier is None:
        raise NotCalled
    return earlier


def suppress(alert_id: UUID, *, by: str, why: str, until: datetime, now: datetime) -> Alert:
    """Put an alert off until a moment: it leaves the list and nobody is called further. It comes
    back then if it is still up, and at once if it grows worse. Raises `ReasonMissing`,
    `BadTime`, `LifeAtRisk`."""
    if not why.strip():
        raise ReasonMissing
    if not now < until <= now + LONGEST:
        raise BadTime
    with transaction.atomic():
        alert = Alert.objects.select_for_update().get(id=alert_id)
        if alert.life_safety:
            raise LifeAtRisk
        alert.held, alert.held_level, alert.held_until = Held.SUPPRESSED, alert.level, until
        alert.save(update_fields=_HELD)
        AlertStep.objects.create(alert=alert, what="held", at=now, by=by, note=why.strip())
        _tell([alert])
    return alert


@transaction.atomic
def release(alert_id: UUID, *, by: str, now: datetime) -> Alert:
    """Bring what is held back to the list now; it calls as if it had just begun."""
    alert = Alert.objects.select_for_update().get(id=alert_id)
    if alert.held:
        _let_go([alert], now, by=by)
        calling.call([(alert, _calling_held(alert))], now)
        _tell([alert])
    return alert


def release_due(now: datetime) -> int:
    """Bring back all whose wait is over; returns how many. Looks before it takes the database to
    write: the clock asks every second, and nearly always nothing is due."""
    if not holding.waited_out(now).exists():
        return 0
    with transaction.atomic():
        alerts = holding.due(now)
        _let_go(alerts, now)
        calling.call([(alert, _calling_held(alert)) for alert in alerts], now)
        _tell(alerts)
    return len(alerts)


def put_quiet(
    *, place: str, device: str, rule: str, since: datetime, until: datetime,
    why: str, by: str, now: datetime,
) -> QuietWindow:  # fmt: skip
    """Announce planned work. Raises `ReasonMissing`, `BadTime`, `NothingNamed`."""
    if not why.strip():
        raise ReasonMissing
    if until <= max(since, now) or until > since + LONGEST:
        raise BadTime
    if not (place or device or rule) or (place and not places.known([place])):
        raise NothingNamed
    facts = {"place": place, "device": device, "rule": rule, "since": since, "until": until}
    return QuietWindow.objects.create(**facts, why=why.strip(), by=by, at=now)


@transaction.atomic
def end_quiet(window_id: int, *, by: str, now: datetime) -> bool:
    """End planned work early: what it held comes back within a second, unless other work covers
    it. Returns whether it was still going on or to come."""
    window = QuietWindow.objects.select_for_update().filter(id=window_id, until__gt=now).first()
    if window is None:
        return False
    if window.since >= now:
        window.delete()
        return True
    window.until, window.ended_by = now, by
    window.save(update_fields=["until", "ended_by"])
    waiting = Alert.objects.filter(held=Held.QUIET, status=Alert.Status.RAISED)
    waiting.filter(held_until__gt=now).update(held_until=now)
    return True


def set_budget(*, post: str, most: int, by: str, now: datetime) -> Budget:
    """Say how many alerts the centre (post "") or orders a team can give their due in a shift."""
    facts = {"most": most, "by": by, "at": now}
    return Budget.objects.update_or_create(post=post, defaults=facts)[0]


_HELD = ("held", "held_level", "held_until")


def _let_go(alerts: Sequence[Alert], now: datetime, by: str = "") -> None:
    for alert in alerts:
        alert.held, alert.held_level, alert.held_until = "", "", None
    Alert.objects.bulk_update(alerts, _HELD)
    AlertStep.objects.bulk_create(
        AlertStep(alert=alert, what="released", at=now, by=by) for alert in alerts
    )


def _calling_held(alert: Alert) -> str | None:
    """At which level one that was held calls now: nobody, if a storm speaks for it."""
    return None if alert.parent else alert.worst


def _answered(alert_id: UUID, team: str, by: str, now: datetime) -> list[Call]:
    """The calls that were answered by this: to the alert and to what belongs to it."""
    about = Q(alert=alert_id) | Q(alert__parent=alert_id) | Q(pk__in=_serving(alert_id, now))
    found = Call.objects.select_for_update().filter(about & called(team, by), answered=None)
    calls = list(found)
    for call in calls:
        call.answered, call.answered_by = now, by
        if call.outcome == Call.Outcome.SHOWN:
            call.outcome, call.told = Call.Outcome.TOLD, now
    Call.objects.bulk_update(calls, ["answered", "answered_by", "outcome", "told"])
    return calls


def _serving(alert_id: UUID, now: datetime) -> list[int]:
    """The calls of its incident that serve an alert: to answer here answers them."""
    alert = Alert.objects.filter(id=alert_id).first()
    return [call.pk for call in incidents.serving(alert, now)] if alert else []


def _calling(alert: Alert, changes: Sequence[AlertChange]) -> str | None:
    """At which level an alert calls because of these changes, if it does. What belongs to a storm
    calls nobody from then on: the storm does, unless a life may be at risk. What is held back
    calls when it comes back."""
    if alert.held:
        return None
    if alert.life_safety or not alert.parent:
        return alert.worst
    return recording.level_alone(changes)


def call_at_once(alerts: Sequence[Alert], now: datetime) -> None:
    """Call whoever must know of these new, saved alerts, and tell the open pages. Inside the
    caller's transaction."""
    others = incidents.gather(alerts, now)
    calling.call([(alert, alert.worst) for alert in alerts], now)
    led = incidents.lead_anew({alert.incident_id for alert in alerts})
    _tell({alert.id: alert for alert in [*led, *others, *alerts]}.values())


def _storms_of(alerts: Sequence[Alert]) -> Iterable[Alert]:
    """The storms that these belong to and that are not among them: their numbers have changed."""
    parents = {alert.parent for alert in alerts if alert.parent} - {alert.id for alert in alerts}
    return Alert.objects.filter(id__in=parents) if parents else ()


def _tell(alerts: Iterable[Alert]) -> None:
    feed.tell_many(("alert", str(alert.id), brief(alert)) for alert in alerts)
