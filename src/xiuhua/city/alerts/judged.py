"""What people found of alerts, for a rule's own score."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from xiuhua import epoch

from .byhand import BY_HAND
from .models import Alert, AlertChange
from .queries import millis

AT_ONCE = 5000
"""So many alerts are asked after in one query."""


class Verdict(NamedTuple):
    """An alert about which somebody has said whether it was true. Times are ms; `end` is None
    while it is up, `seen` until the desk saw it; `incident` is None where it stands alone."""

    rule: str
    zh: str
    en: str
    subject: str
    start: int
    end: int | None
    true: bool
    alert: UUID
    seen: int | None
    incident: int | None


def verdicts(
    *, confirmed: Collection[UUID], since: datetime | None = None, until: datetime | None = None
) -> list[Verdict]:
    """What people found of the alerts that began in that time: false where they said so, true where
    it is among `confirmed`. A rule's alerts of one incident are one finding, true if one of them
    is; what a person reported counts for no rule."""
    wanted = Q(false__isnull=False) | Q(id__in=confirmed)
    if since and until:
        wanted &= Q(start__gte=since, start__lt=until)
    facts = (
        "rule", "zh", "en", "subject", "start", "cleared", "false", "incident", "id",
        "acknowledged",
    )  # fmt: skip
    rows = Alert.objects.filter(wanted).exclude(rule=BY_HAND).order_by("start", "id")
    found: dict[object, Verdict] = {}
    for row in rows.values_list(*facts):
        rule, zh, en, subject, start, cleared, false, incident, id_, seen = row
        own = Verdict(
            rule, zh, en, subject, epoch.millis(start), millis(cleared), false is None,
            alert=id_, seen=millis(seen), incident=incident,
        )  # fmt: skip
        key = (rule, incident) if incident else id_
        first = found.setdefault(key, own)
        if own.true and not first.true:
            found[key] = own
    return list(found.values())


def began(alerts: Iterable[UUID]) -> dict[UUID, int]:
    """By alert, when (ms) what it tells of began, by the evidence with which the engine raised it:
    later changes carry their own. Where the engine knew of none, or a person told of it, there is
    no entry."""
    wanted = list(alerts)
    known: dict[UUID, int | None] = {}
    first = AlertChange.objects.filter(seq=1).exclude(alert__rule=BY_HAND)
    for n in range(0, len(wanted), AT_ONCE):
        rows = first.filter(alert__in=wanted[n : n + AT_ONCE])
        known |= dict(rows.values_list("alert", "evidence__since"))
    return {alert: since for alert, since in known.items() if since}


def raised(since: datetime, until: datetime) -> dict[str, int]:
    """By rule, how many alerts of it began in that time."""
    found = Alert.objects.filter(start__gte=since, start__lt=until).exclude(rule=BY_HAND)
    rows = found.order_by().values("rule").annotate(n=Count("id"))
    return {row["rule"]: row["n"] for row in rows}


def last_names(rules: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """By rule, its Chinese and its English name and the class of case that its alerts ask for, as
    its last alert has them: for rules that are no longer in force."""
    found = Alert.objects.filter(rule__in=list(rules)).order_by("start", "id")
    return {rule: (zh, en, case_class) for rule, zh, en, case_class in found.values_list(
        "rule", "zh", "en", "case_class")}  # fmt: skip


def told_by_people(since: datetime, until: datetime) -> QuerySet[Alert, UUID]:
    """Ids of the alerts that people raised by hand in that time, but for those of an incident of
    which a rule told as well."""
    rules = Alert.objects.filter(incident=OuterRef("incident"), false=None).exclude(rule=BY_HAND)
    own = Alert.objects.filter(rule=BY_HAND, start__gte=since, start__lt=until)
    return own.exclude(Exists(rules)).values_list("id", flat=True)
