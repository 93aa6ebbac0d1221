"""One incident on the desk for alerts that are one matter: seen by the house (`kinship`) as they
come, corrected by people. One set of calls serves an incident, but a new kind of danger and a new
place call again (`covered`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q

from xiuhua.city import feed
from xiuhua.city.devices import queries as devices
from xiuhua.city.places import queries as places

from .incident_models import Incident, IncidentStep, Kinship
from .kinship import USUAL, Facts, Row, kin
from .models import Alert, Call
from .queries import RANK, brief

MOST = 500
"""So many of the newest alerts are looked through for kin: a flood may not slow the worker."""
COVERS = timedelta(minutes=10)
"""So long a call serves the same danger at the same place after its own alert is over."""


class NotTogether(Exception):
    """The alerts are of one incident already, or of none; nothing has changed."""


def rows() -> list[Row]:
    """What belongs together, as it is set: the house's own rows, then the database's by code, for
    the first that fits is the one that counts."""
    own = {row.code: row for row in Kinship.objects.order_by("code")}
    set_ = [
        Row(row.code, tuple(row.words), row.scope, row.minutes, row.metres)
        for row in own.values()
        if row.on
    ]
    return [row for row in USUAL if row.code not in own] + set_


def gather(new: Sequence[Alert], now: datetime) -> list[Alert]:
    """Put these new, saved alerts into the incidents that they belong to; returns the others whose
    standing changed by it. Inside the caller's transaction; a few queries for one or hundreds."""
    fresh = [one for one in new if one.parent is None]
    if not fresh:
        return []
    by = rows()
    span = timedelta(minutes=max((row.minutes for row in by), default=0))
    starts = [one.start for one in fresh]
    around = Q(start__gte=min(starts) - span, start__lte=max(starts) + span)
    known = Alert.objects.filter(around, parent=None, false=None).select_related("incident")
    newest = known.order_by("-start", "id")[:MOST]
    pool = {one.id: one for one in (*newest, *fresh)}
    facts = _facts(pool.values())
    steps: list[IncidentStep] = []
    seen = [facts[id_] for id_ in pool if id_ not in {one.id for one in fresh}]
    for alert in fresh:
        found = kin(facts[alert.id], seen, by)
        seen.append(facts[alert.id])
        if found is None:
            continue
        other = pool[UUID(found[0].id)]
        if other.incident is None:
            other.incident = Incident.objects.create(opened=now)
            steps.append(_step(other, now, kinship=found[1].code))
        alert.incident = other.incident
        steps.append(_step(alert, now, kinship=found[1].code))
    IncidentStep.objects.bulk_create(steps)
    moved = [pool[step.alert] for step in steps]
    Alert.objects.bulk_update(moved, ["incident"])
    fresh_ids = {alert.id for alert in new}
    return [one for one in moved if one.id not in fresh_ids]


def _step(alert: Alert, now: datetime, **more: str) -> IncidentStep:
    facts = {"what": "joined"} | more
    return IncidentStep(incident=alert.incident, alert=alert.id, at=now, **facts)


def _facts(alerts: Iterable[Alert]) -> dict[UUID, Facts]:
    all_ = list(alerts)
    codes = {alert.place or alert.site for alert in all_}
    homes, buildings = places.above(codes, "flat"), places.above(codes, "building")
    spots, stands = places.spots(codes), devices.stands(one.device for one in all_ if one.device)
    found = {}
    for one in all_:
        code, (under, spot) = one.place or one.site, stands.get(one.device, ("", None))
        found[one.id] = Facts(
            id=str(one.id), rule=one.rule, case_class=one.case_class, subject=one.subject,
            start=one.start, site=one.site, home=homes.get(code, ""), gateway=under,
            building=buildings.get(code, ""), spot=spot or spots.get(code),
        )  # fmt: skip
    return found


def lead_anew(incidents: Iterable[int | None]) -> list[Alert]:
    """Who stands for each of these incidents now, the first by number where several weigh alike;
    returns the members of those where that is another alert than before, for the pages to learn
    of it."""
    wanted = {id_ for id_ in incidents if id_}
    members: dict[int, list[Alert]] = {}
    for alert in Alert.objects.filter(incident__in=wanted).order_by("id"):
        members.setdefault(alert.incident_id or 0, []).append(alert)
    changed: list[Alert] = []
    for incident in Incident.objects.filter(id__in=wanted).order_by("id"):
        own = members.get(incident.pk, [])
        lead = max(own, key=_weight).id if own else None
        if lead != incident.lead:
            Incident.objects.filter(pk=incident.pk).update(lead=lead)
            changed += own
    return changed


def _weight(alert: Alert) -> tuple[bool, bool, bool, int, float]:
    up = alert.status == Alert.Status.RAISED and alert.false is None
    apart = alert.parent is None and not alert.held
    return up, apart, alert.life_safety, RANK[alert.level], -alert.start.timestamp()


# ── whom the calls of an incident serve ───────────────────────────────────────────────────────────


def serving(alert: Alert, now: datetime) -> list[Call]:
    """The calls because of other alerts of the incident that serve this one too: same danger, same
    place, not false, not long over."""
    if alert.incident_id is None:
        return []
    found = Call.objects.filter(_lasting(now), alert__incident=alert.incident_id)
    others = found.filter(alert__false=None).exclude(alert=alert.id).select_related("alert")
    return [call for call in others if _matter(call.alert) == _matter(alert)]


class Served:
    """Who need not be called for alerts of incidents, because they were. One query for a batch."""

    def __init__(self, alerts: Iterable[Alert], now: datetime) -> None:
        found = Call.objects.filter(_lasting(now), alert__false=None)
        ids = {alert.incident_id for alert in alerts if alert.incident_id}
        calls = found.filter(alert__incident__in=ids).select_related("alert") if ids else ()
        self._known = {(*_matter(call.alert), *_who(call)): call.alert_id for call in calls}

    def has(self, alert: Alert, call: Call) -> bool:
        """Whether this call is put down already because of another alert of the incident."""
        if alert.incident_id is None:
            return False
        return self._known.get((*_matter(alert), *_who(call)), alert.id) != alert.id

    def add(self, alert: Alert, call: Call) -> None:
        """From now on this call serves the others."""
        self._known.setdefault((*_matter(alert), *_who(call)), alert.id)


def _lasting(now: datetime) -> Q:
    return Q(alert__status=Alert.Status.RAISED) | Q(created__gte=now - COVERS)


def _who(call: Call) -> tuple[str, str, str]:
    return call.team, call.person, call.outside


def _matter(alert: Alert) -> tuple[int | None, str, str]:
    return alert.incident_id, alert.case_class or alert.rule, alert.place or alert.site


def members(incident: int | None) -> list[Alert]:
    """The alerts of an incident, in the order in which they began."""
    return list(Alert.objects.filter(incident=incident).order_by("start", "id")) if incident else []


class Stand(NamedTuple):
    """How an alert stands in its incident: who stands for it, how many others there are, and how
    many of those are up."""

    lead: UUID | None
    all: int
    up: int


def stands(ids: Iterable[UUID]) -> dict[UUID, Stand]:
    """By alert, how it stands in its incident; alerts of none are left out."""
    of = dict(
        Alert.objects.filter(id__in=set(ids)).exclude(incident=None).values_list("id", "incident")
    )
    up = Q(members__status=Alert.Status.RAISED, members__false=None)
    found = Incident.objects.filter(id__in=set(of.values())).annotate(
        all=Count("members"), up=Count("members", filter=up & ~Q(members__id=F("lead")))
    )
    stand = {row.pk: Stand(row.lead, row.all - 1, row.up) for row in found}
    return {id_: stand[incident] for id_, incident in of.items() if incident in stand}


def open_now() -> list[tuple[Incident, list[Alert]]]:
    """The incidents of which something is up, newest first, each with its members, at most 50."""
    up = Alert.objects.filter(status=Alert.Status.RAISED, false=None).exclude(incident=None)
    found = Incident.objects.filter(pk__in=up.values("incident")).order_by("-opened", "-id")[:50]
    own: dict[int | None, list[Alert]] = {}
    for alert in Alert.objects.filter(incident__in=list(found)).order_by("start", "id"):
        own.setdefault(alert.incident_id, []).append(alert)
    return [(one, own.get(one.pk, [])) for one in found]


def steps(incident: int | None) -> list[IncidentStep]:
    """What was done with an incident, in order."""
    return list(IncidentStep.objects.filter(incident=incident)) if incident else []


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────


def add(alert_id: UUID, other_id: UUID, *, by: str, why: str, now: datetime) -> Incident:
    """Say that an alert belongs to the matter of another. Raises `NotTogether`."""
    with transaction.atomic():
        alert, other = _locked(alert_id, other_id)
        if alert.id == other.id or (alert.incident and alert.incident_id == other.incident_id):
            raise NotTogether
        if other.incident is None:
            other.incident = Incident.objects.create(opened=now, by=by)
            _move(other, other.incident, "added", by, why, now)
        before = alert.incident_id
        if alert.incident:
            IncidentStep.objects.create(
                incident=alert.incident, alert=alert.id, what="out", at=now, by=by, note=why
            )
        _move(alert, other.incident, "added", by, why, now)
        _moved({before, other.incident.pk}, [alert, other])
    return other.incident


def take_out(alert_ids: Sequence[UUID], *, by: str, why: str, now: datetime) -> list[Alert]:
    """Say that these are a matter apart: one stands alone then, several are an incident of their
    own. Whoever was called for the old one is called for them, unless they were. Returns those who
    must be called for. Raises `NotTogether`."""
    with transaction.atomic():
        alerts = _locked(*alert_ids)
        before = {alert.incident_id for alert in alerts}
        if len(before) != 1 or None in before:
            raise NotTogether
        old = alerts[0].incident
        assert old is not None
        several = len(alerts) > 1
        own = Incident.objects.create(opened=now, by=by) if several else None
        word = "split" if several else "out"
        for alert in alerts:
            IncidentStep.objects.create(
                incident=old, alert=alert.id, what=word, at=now, by=by, note=why
            )
            if own:
                _move(alert, own, "split", by, why, now)
            else:
                alert.incident = None
                alert.save(update_fields=["incident"])
        _moved({old.pk, own.pk if own else None}, alerts)
        return [*alerts, *members(old.pk)]


def _locked(*ids: UUID) -> list[Alert]:
    """In one order for all, so that two desks never wait for each other. Raises `DoesNotExist`."""
    rows_ = Alert.objects.select_for_update().filter(id__in=ids).order_by("id")
    found = {one.id: one for one in rows_}
    if len(found) != len(set(ids)):
        raise Alert.DoesNotExist
    return [found[id_] for id_ in ids]


def _move(alert: Alert, to: Incident, what: str, by: str, why: str, now: datetime) -> None:
    alert.incident = to
    alert.save(update_fields=["incident"])
    IncidentStep.objects.create(incident=to, alert=alert.id, what=what, at=now, by=by, note=why)


def _moved(incidents: set[int | None], alerts: Sequence[Alert]) -> None:
    told = {one.id: one for one in [*alerts, *lead_anew(incidents)]}
    feed.tell_many(("alert", str(one.id), brief(one)) for one in told.values())
