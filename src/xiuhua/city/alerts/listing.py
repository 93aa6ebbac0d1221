"""The list of alerts: which stand under each tab, narrowed by what is asked for, page by page.

Nothing counts every alert: how many there are is counted up to `COUNTED`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from xiuhua.city.almanac import queries as almanac
from xiuhua.city.places import queries as places
from xiuhua.epoch import SHANGHAI, midnight

from . import danger
from .models import Alert, Call
from .queries import DANGER, LISTED

PAGE = 50
COUNTED = 1000
"""How many are found is counted up to here; beyond it is "more than"."""
DEEPEST = 2000
"""The last page that can be asked for; who needs more narrows it down."""


class Tab(TextChoices):
    """How an alert stands: `UNANSWERED` are those of `UP` that nobody has seen or answered, and
    risks to life that have cleared by themselves while no team answered."""

    UP = "up", _("Up now")
    UNANSWERED = "unanswered", _("Unanswered")
    CLEARED = "cleared", _("Cleared")
    FALSE = "false", _("False alarms")
    OFF = "off", _("Put off")


class When(TextChoices):
    """Since when it began, by shifts and days of Shanghai."""

    SHIFT = "shift", _("This shift")
    BEFORE = "before", _("The shift before")
    TODAY = "today", _("Today")
    WEEK = "week", _("The last seven days")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for; an empty word or None leaves that open. `place` includes all that lies
    in it; `day` is Shanghai's, and stands before `when`."""

    when: str = ""
    day: date | None = None
    rule: str = ""
    place: str = ""
    level: str = ""
    life_safety: bool = False


@dataclass(frozen=True)
class Found:
    """A page of alerts; `more` whether another follows."""

    alerts: list[Alert]
    more: bool


def page(tab: Tab, wanted: Wanted, *, now: datetime, number: int = 1) -> Found:
    """A page of a tab: what is up or held back the gravest first, then the newest; what is over the
    newest first. `number` begins at 1."""
    found = _under(tab, wanted, now)
    if tab in {Tab.CLEARED, Tab.FALSE}:
        ordered = found.order_by("-start", "-id")
    else:
        ordered = found.alias(danger=DANGER).order_by("-danger", "-start", "-id")
    first = (number - 1) * PAGE
    rows = list(ordered[first : first + PAGE + 1])
    return Found(rows[:PAGE], len(rows) > PAGE)


def counts(wanted: Wanted, *, now: datetime) -> dict[Tab, int]:
    """How many there are under each tab, at most one more than `COUNTED`."""
    return {
        tab: _under(tab, wanted, now).order_by().values("pk")[: COUNTED + 1].count() for tab in Tab
    }


def told(counted: dict[Tab, int]) -> list[tuple[Tab, str]]:
    """What `counts` says, as the tabs show it."""
    return [(tab, f"{COUNTED}+" if n > COUNTED else str(n)) for tab, n in counted.items()]


def sizes(alerts: Iterable[Alert]) -> dict[UUID, int]:
    """By alert, how many stand behind it: in its storm, or in its incident, itself included; those
    that stand alone are left out."""
    all_ = list(alerts)
    storms = Alert.objects.filter(parent__in=[one.id for one in all_]).values("parent")
    inside = {row["parent"]: row["n"] for row in storms.annotate(n=Count("id"))}
    of = [one.incident_id for one in all_ if one.incident_id]
    matters = Alert.objects.filter(incident__in=of).values("incident")
    mates = {row["incident"]: row["n"] for row in matters.annotate(n=Count("id"))} if of else {}
    numbers = {
        one.id: max(inside.get(one.id, 0), mates.get(one.incident_id or 0, 0)) for one in all_
    }
    return {id_: n for id_, n in numbers.items() if n > 1}


def answerers(alerts: Iterable[Alert]) -> dict[UUID, str]:
    """By alert, the account that answered its calls first; those that nobody answered are left
    out."""
    ids = [one.id for one in alerts]
    said = Call.objects.filter(alert__in=ids).exclude(answered=None).order_by("-answered", "-id")
    return dict(said.values_list("alert", "answered_by"))


def _under(tab: Tab, wanted: Wanted, now: datetime) -> QuerySet[Alert]:
    standing = _STANDING[tab]
    if tab is Tab.UNANSWERED:
        heard = Call.objects.filter(alert=OuterRef("pk"), answered__isnull=False)
        standing &= Q(~Exists(heard), acknowledged=None)
        standing |= Q(pk__in=danger.unanswered(now).values("pk"))
    found = Alert.objects.filter(standing, *_conditions(wanted, now))
    if tab in {Tab.UP, Tab.UNANSWERED} and not wanted.place:
        spoken_for = Alert.objects.filter(LISTED, children__gt=0).values("id")
        found = found.exclude(parent__in=spoken_for)  # the storm is the row
    return found


_RAISED = Q(status=Alert.Status.RAISED, false=None)
_STANDING: dict[Tab, Q] = {
    Tab.UP: LISTED,
    Tab.UNANSWERED: LISTED,
    Tab.CLEARED: Q(status=Alert.Status.CLEARED, false=None),
    Tab.FALSE: Q(false__isnull=False),
    Tab.OFF: _RAISED & ~Q(held=""),
}


def _conditions(wanted: Wanted, now: datetime) -> list[Q]:
    asked = list(_span(wanted, now))
    if wanted.rule:
        asked.append(Q(rule=wanted.rule))
    if wanted.place:
        asked.append(_at(wanted.place))
    if wanted.level:
        asked.append(Q(level=wanted.level))
    if wanted.life_safety:
        asked.append(Q(life_safety=True))
    return asked


def _span(wanted: Wanted, now: datetime) -> Iterable[Q]:
    began = almanac.shift(now).since
    if wanted.day:
        day = midnight(wanted.day)
        yield Q(start__gte=day, start__lt=day + timedelta(days=1))
    elif wanted.when == When.SHIFT:
        yield Q(start__gte=began)
    elif wanted.when == When.BEFORE:
        before = almanac.shift(began - timedelta(seconds=1)).since
        yield Q(start__gte=before, start__lt=began)
    elif wanted.when == When.TODAY:
        yield Q(start__gte=midnight(now.astimezone(SHANGHAI).date()))
    elif wanted.when == When.WEEK:
        yield Q(start__gte=now - timedelta(days=7))


def _at(code: str) -> Q:
    """At a place or in it. A compound is the site of its alerts: that is one look into an index."""
    if code in places.site_codes():
        return Q(site=code)
    inside = places.within(code).values("code")
    return Q(place__in=inside) | Q(place="", site__in=inside)
