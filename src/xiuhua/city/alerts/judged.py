"""What people found of alerts, for a rule's own score."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from xiuhua import epoch

from .models import Alert
from .queries import millis


class Verdict(NamedTuple):
    """An alert about which somebody has said whether it was true. Times are ms; `end` is None
    while it is up."""

    rule: str
    zh: str
    en: str
    subject: str
    start: int
    end: int | None
    true: bool


def verdicts(
    *, confirmed: Collection[UUID], since: datetime | None = None, until: datetime | None = None
) -> list[Verdict]:
    """What people found of the alerts that began in that time: false where they said so, true where
    it is among `confirmed`. A
    rule's alerts of one incident are one finding, true if one of them is; what a person reported
    counts for no rule."""
    wanted = Q(false__isnull=False) | Q(id__in=confirmed)
    if since and until:
        wanted &= Q(start__gte=since, start__lt=until)
    facts = ("rule", "zh", "en", "subject", "start", "cleared", "false", "incident")
    rows = Alert.objects.filter(wanted).exclude(rule="").order_by("start", "id")
    found: dict[object, Verdict] = {}
    for n, (rule, zh, en, subject, start, cleared, false, incident) in enumerate(
        rows.values_list(*facts)
    ):
        own = Verdict(rule, zh, en, subject, epoch.millis(start), millis(cleared), false is None)
        key = (rule, incident) if incident else n
        first = found.setdefault(key, own)
        if own.true and not first.true:
            found[key] = own
    return list(found.values())


def seen_after(since: datetime, until: datetime) -> dict[str, list[float]]:
    """By rule, how many seconds each alert that began in that time was up before it was seen."""
    found = Alert.objects.filter(start__gte=since, start__lt=until, acknowledged__isnull=False)
    found = found.exclude(rule="")
    waits: dict[str, list[float]] = {}
    for rule, start, seen in found.values_list("rule", "start", "acknowledged"):
        if seen is not None:
            waits.setdefault(rule, []).append((seen - start).total_seconds())
    return waits


def classes_of_rules(rules: Iterable[str]) -> dict[str, str]:
    """By rule, the class of case that its alerts ask for."""
    found = Alert.objects.filter(rule__in=list(rules)).exclude(case_class="")
    return dict(found.order_by("start", "id").values_list("rule", "case_class"))
