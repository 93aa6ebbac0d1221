"""Every read of the alerts room. Times leave as epoch milliseconds, words in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from xiuhua import epoch
from xiuhua.city.access import User, may
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff
from xiuhua.engine.changes import LEVELS, Evidence, Level
from xiuhua.engine.changes import AlertChange as EngineChange

from .models import (
    RESCUE,
    Alert,
    AlertChange,
    AlertStep,
    Budget,
    Call,
    Channel,
    Delivery,
    Escalation,
    Held,
    QuietWindow,
)  # fmt: skip

__all__ = ["RESCUE"]

RANK: dict[str, int] = {level: rank for rank, level in enumerate(LEVELS)}
"""A level as a number that rises with danger."""

DANGER = Case(*(When(level=level, then=Value(rank)) for level, rank in RANK.items()))
"""The same, for the database to sort by."""

MOST = 1000
"""So many alerts a list hands out at most, the gravest first."""


def millis(at: datetime | None) -> int | None:
    """A moment as epoch milliseconds; None stays None."""
    return None if at is None else epoch.millis(at)


def brief(alert: Alert) -> dict[str, Any]:
    """An alert as lists, pages and the change feed show it, ready for JSON."""
    return {
        "id": str(alert.id),
        "seq": alert.seq,
        "rule": alert.rule,
        "version": alert.version,
        "zh": alert.zh,
        "en": alert.en,
        "life_safety": alert.life_safety,
        "health": alert.health,
        "case_class": alert.case_class,
        "subject": alert.subject,
        "device": alert.device,
        "place": alert.place,
        "site": alert.site,
        "parent": str(alert.parent) if alert.parent else None,
        "children": alert.children,
        "level": alert.level,
        "worst": alert.worst,
        "status": alert.status,
        "start": millis(alert.start),
        "changed": millis(alert.changed),
        "cleared": millis(alert.cleared),
        "sentence_zh": alert.sentence_zh,
        "sentence_en": alert.sentence_en,
        "acknowledged": millis(alert.acknowledged),
        "acknowledged_by": alert.acknowledged_by,
        "false": millis(alert.false),
        "held": alert.held,
        "held_until": millis(alert.held_until),
    }


_UP = Q(status=Alert.Status.RAISED, false=None)
"""Raised now, and not known to be false."""
LISTED = _UP & Q(held="")
"""What the desk's list shows of it."""


def by_danger(found: QuerySet[Alert]) -> QuerySet[Alert]:
    return found.alias(danger=DANGER).order_by("-danger", "start", "id")


def current(*, site: str = "", children: bool = True) -> list[dict[str, Any]]:
    """What is raised now, not known to be false and not held back, by danger, then the longest
    waiting first; without those that belong to a storm that is raised itself, if their `children`
    are not wanted.
    """
    found = by_danger(Alert.objects.filter(LISTED))
    if site:
        found = found.filter(site=site)
    if not children:
        found = found.exclude(parent__in=Alert.objects.filter(LISTED).values("id"))
    return [brief(alert) for alert in found[:MOST]]


def up_at(site: str) -> list[Alert]:
    """What is raised now and listed, of one site first, at most fifty."""
    here = Case(When(site=site, then=Value(0)), default=Value(1))
    return list(Alert.objects.filter(LISTED, parent=None).order_by(here, "start", "id")[:50])


def children_of(id_: UUID) -> list[Alert]:
    """The alerts of a storm: those that are raised first, by danger, then by age."""
    found = list(by_danger(Alert.objects.filter(parent=id_))[:MOST])
    return sorted(found, key=lambda alert: alert.cleared is not None)


@dataclass(frozen=True)
class Placed:
    """An alert, and where it is in the reader's language."""

    alert: Alert
    place: str


def placed(found: Iterable[Alert]) -> list[Placed]:
    """These alerts with their places, as `alerts/_belonging.html` lists them."""
    where = [(alert, alert.place or alert.site) for alert in found]
    labels = places.many_labels(code for _, code in where)
    return [Placed(alert, labels[code]) for alert, code in where]


def belonging(ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """By storm, how many alerts belong to it, and how many of them are still raised."""
    found = Alert.objects.filter(parent__in=set(ids)).values("parent")
    numbers = found.annotate(all=Count("id"), up=Count("id", filter=_UP))
    return {row["parent"]: (row["all"], row["up"]) for row in numbers if row["parent"]}


def briefs(ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Alerts by id, as `brief` shows them; unknown ids are left out."""
    return {id_: brief(alert) for id_, alert in Alert.objects.in_bulk(set(ids)).items()}


def matters(since: datetime) -> QuerySet[Alert]:
    """Alerts that began since then: those about a sensor itself left out, a storm and an incident
    counted once."""
    alone = Q(incident=None) | Q(incident__lead=F("id"))
    return Alert.objects.filter(alone, start__gte=since, health=False, parent=None)


def raised_since(at: datetime) -> list[dict[str, Any]]:
    """The matters that `matters_since` counts, oldest first."""
    return [brief(alert) for alert in _came(at).order_by("start", "id")]


def _came(since: datetime) -> QuerySet[Alert]:
    return matters(since).exclude(held=Held.BUDGET)


def params_of(ids: Iterable[UUID]) -> dict[UUID, dict[str, float]]:
    """By alert, the rule's numbers as they held for its device."""
    rows = Alert.objects.filter(id__in=set(ids)).values_list("id", "evidence")
    return {id_: evidence.get("params", {}) for id_, evidence in rows}


def raised_at(devices: Iterable[str]) -> list[tuple[str, str, bool]]:
    """What is raised at these devices themselves (not at a place where they spoke) and not known
    to be false: device, level, and whether it is about the device's health."""
    found = Alert.objects.filter(_UP, device__in=set(devices), subject=F("device"))
    return list(found.values_list("device", "level", "health"))


MOST_MATTERS = 30
"""Alerts that one shift can give their due, where the centre has set no number of its own."""

CENTRE = ""
"""The command centre as a post."""


def budget(post: str = CENTRE) -> int:
    """How many alerts the centre, or orders a team, can take in one shift."""
    set_ = Budget.objects.filter(post=post).values_list("most", flat=True).first()
    return MOST_MATTERS if set_ is None else set_


def budgets() -> dict[str, int]:
    """By post, the number that somebody has set for it."""
    return dict(Budget.objects.values_list("post", "most"))


def matters_since(since: datetime) -> int:
    """How many matters have come to the desk since then: a storm or an incident once, nothing held
    for its number, nothing about a sensor itself. Every page means this by alerts of the shift."""
    return _came(since).count()


def held_among(ids: Iterable[UUID]) -> set[UUID]:
    """Those of these alerts that are held back."""
    found = Alert.objects.filter(id__in=list(ids)).exclude(held="")
    return set(found.values_list("id", flat=True))


def released() -> list[Alert]:
    """What was held back, has come back, is still up, and stands for itself, oldest first."""
    back = AlertStep.objects.filter(what="released", alert__status=Alert.Status.RAISED)
    found = Alert.objects.filter(LISTED, id__in=back.values("alert"), parent=None)
    return list(found.exclude(case_class="").order_by("start", "id"))


def as_raised(alert: Alert) -> EngineChange:
    """The alert as the engine told of it first, at the level that it has now."""
    first = AlertChange.objects.get(alert=alert, seq=1)
    return EngineChange(
        id=str(alert.id),
        seq=1,
        what="raised",
        rule=alert.rule,
        version=alert.version,
        subject=alert.subject,
        device=alert.device,
        place=alert.place,
        site=alert.site,
        level=cast("Level", alert.level),
        start=epoch.millis(alert.start),
        time=epoch.millis(first.time),
        position=first.position,
        evidence=msgspec.convert(first.evidence, Evidence),
        zh=alert.sentence_zh,
        en=alert.sentence_en,
    )


def held_now() -> list[Alert]:
    """What is held back while it is raised and not known to be false, the longest waiting first."""
    return list(_held().order_by("start", "id"))


def held_count() -> int:
    """How many alerts `held_now` has."""
    return _held().count()


def _held() -> QuerySet[Alert]:
    return Alert.objects.filter(_UP).exclude(held="")


class Eater(NamedTuple):
    """A rule in this shift: how many alerts it brought, how many of them were held back, and how
    many of those judged were false."""

    rule: str
    came: int
    held: int
    false: int


def eaters(since: datetime) -> list[Eater]:
    """The rules that brought most matters since then, at most eight."""
    found = matters(since).exclude(rule="").values("rule")
    held = Count("id", filter=~Q(held=""))
    false = Count("id", filter=Q(false__isnull=False))
    rows = found.annotate(came=Count("id"), kept=held, wrong=false).order_by("-came", "rule")
    return [Eater(row["rule"], row["came"], row["kept"], row["wrong"]) for row in rows[:8]]


def channels() -> list[Channel]:
    """Every channel that was entered."""
    return list(Channel.objects.all())


def failed_deliveries() -> list[Delivery]:
    """What did not get through, newest first, at most fifty."""
    found = Delivery.objects.filter(outcome=Delivery.Outcome.FAILED)
    return list(found.select_related("call__alert").order_by("-id")[:50])


def deliveries(calls: Iterable[Call]) -> dict[int, list[Delivery]]:
    """By call, how it went by each channel."""
    found: dict[int, list[Delivery]] = {}
    for delivery in Delivery.objects.filter(call__in=list(calls)):
        found.setdefault(delivery.call_id, []).append(delivery)
    return found


def alert(id_: UUID) -> Alert | None:
    """The alert of that id, or None."""
    return Alert.objects.filter(id=id_).first()


def changes(id_: UUID) -> list[AlertChange]:
    """All changes of an alert, in order."""
    return list(AlertChange.objects.filter(alert=id_))


def steps(id_: UUID) -> list[AlertStep]:
    """What people and the house did with an alert, in order."""
    return list(AlertStep.objects.filter(alert=id_))


def escalation(id_: UUID) -> Escalation | None:
    """How far an alert has called, or None where it called nobody."""
    return Escalation.objects.filter(alert=id_).first()


def first_handled(id_: UUID) -> datetime | None:
    """When somebody first did something about an alert: saw it, answered, recorded; None: not
    yet."""
    did = AlertStep.objects.filter(alert=id_, what__in=("acknowledged", "safety"))
    answered = Call.objects.filter(alert=id_).exclude(answered=None)
    found = [*did.values_list("at", flat=True), *answered.values_list("answered", flat=True)]
    return min((at for at in found if at), default=None)


def quiet_windows(now: datetime) -> list[QuietWindow]:
    """Planned work that goes on, is to come, or ended in the last week."""
    return list(QuietWindow.objects.filter(until__gt=now - timedelta(days=7)))


def calls_since(since: datetime) -> dict[str, int]:
    """By team, how many alerts have called it since then."""
    found = Call.objects.filter(created__gte=since).exclude(team="").values("team")
    return {row["team"]: row["n"] for row in found.annotate(n=Count("id")).order_by()}


def calls(id_: UUID) -> list[Call]:
    """Who was called because of an alert, in order."""
    return list(Call.objects.filter(alert=id_))


def calls_for(ids: Iterable[UUID]) -> dict[UUID, list[Call]]:
    """Who was called because of each of these alerts."""
    found: dict[UUID, list[Call]] = {}
    for call in Call.objects.filter(alert__in=set(ids)):
        found.setdefault(call.alert_id, []).append(call)
    return found


def called(team: str, person: str) -> Q:
    """Calls to this team, or to this very person for their office; "" is nobody."""
    return (Q(team=team) & ~Q(team="")) | (Q(team="", person=person) & ~Q(person=""))


def called_to(team: str, person: str) -> QuerySet[Call, UUID]:
    """The ids of the alerts to which the team, or the person for their office, was called."""
    return Call.objects.filter(called(team, person)).values_list("alert", flat=True)


def may_see(user: User, id_: UUID) -> bool:
    """Whether this person may see the alert: the desk sees all, a team those it was called to, and
    those of a storm or an incident that it was called to."""
    if may(user, "alert.look"):
        return True
    team, name = staff.own_team(user), user.get_username()
    found = Alert.objects.filter(id=id_).first()
    if found is None:
        return False
    about = Q(alert__in=[id_ for id_ in (found.id, found.parent) if id_])
    if found.incident_id:
        about |= Q(alert__incident=found.incident_id)
    return Call.objects.filter(about & called(team, name)).exists()
