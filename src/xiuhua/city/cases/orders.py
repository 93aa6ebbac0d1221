"""What dispatch reads: cases that wait for somebody to be sent, and what everybody has in hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from .machine import Stage, Step
from .models import Case, CaseStep
from .reckoning import book, end_if_sent, marks
from .routing import Matrix
from .ways import WITH_TEAM

__all__ = [
    "Case",
    "Matrix",
    "ends_if_sent",
    "handed_back",
    "in_hand",
    "last_places",
    "sent_since",
    "waiting",
    "waiting_of",
]


def waiting() -> list[Case]:
    """Cases that are to be dispatched, the most pressing first. What is put off waits for its day,
    and what is bundled goes with its lead."""
    by_limit = _waiting().select_related("case_class", "standard").order_by("due", "id")
    return list(by_limit.prefetch_related("steps"))


def waiting_of(classes: Iterable[str]) -> set[str]:
    """The numbers of those that are of these classes, or put a life at risk."""
    found = _waiting().filter(Q(life_safety=True) | Q(case_class__in=set(classes)))
    return set(found.values_list("number", flat=True))


def _waiting() -> QuerySet[Case]:
    return Case.objects.filter(stage=Stage.FILED, hold="", bundle=None)


def ends_if_sent(cases: Iterable[Case], now: datetime) -> dict[str, datetime | None]:
    """By number, until when each would have to be handled if somebody were sent now; None where
    the calendar ends before. The handling clock runs only while a team has the case."""
    entries = book()
    found = {}
    for case in cases:
        trail = marks(sorted(case.steps.all(), key=lambda step: step.seq))
        found[case.number] = end_if_sent(case, trail, now, entries)
    return found


def in_hand(teams: Iterable[str]) -> list[Case]:
    """What these teams have and have not done yet, the most pressing first."""
    found = Case.objects.filter(stage__in=WITH_TEAM, team__in=set(teams))
    return list(found.select_related("case_class", "standard").order_by("handle_by", "id"))


def handed_back(cases: Iterable[Case]) -> dict[str, set[str]]:
    """By number, the teams that have handed a case back: it is not theirs."""
    steps = CaseStep.objects.filter(case__in=[case.pk for case in cases], step=Step.RETURN)
    found: dict[str, set[str]] = {}
    for number, data in steps.values_list("case__number", "data"):
        found.setdefault(number, set()).add(data.get("team", ""))
    return found


def sent_since(since: datetime) -> dict[str, int]:
    """By team, how many cases were sent to it since then. Every page means this by orders."""
    steps = CaseStep.objects.filter(at__gte=since, to=Stage.DISPATCHED).exclude(case__team="")
    rows = steps.values("case__team").annotate(n=Count("case", distinct=True))
    return {row["case__team"]: row["n"] for row in rows.order_by()}


def last_places(people: Iterable[str], since: datetime) -> dict[str, tuple[float, float]]:
    """By account, the spot of the last case that this person took on or handled since then."""
    steps = CaseStep.objects.filter(
        by__in=set(people),
        at__gte=since,
        step__in=[Step.ACCEPT, Step.HANDLE],
        case__lon__isnull=False,
    )
    rows = steps.order_by("at", "id").values_list("by", "case__lon", "case__lat")
    return {by: (lon, lat) for by, lon, lat in rows if lon is not None and lat is not None}
