"""A danger that a person reports: an alert without a rule, which calls, escalates and is followed
like any other. The engine knows nothing of it; it is over when its case is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from xiuhua.city import feed

from .calls import team_kinds
from .commands import call_at_once
from .models import Alert, Level
from .queries import brief
from .rescue import automatic

BY_HAND = ""
"""Stands where the rule's id does."""


LEVEL = Level.CRITICAL
"""So grave is whatever danger a person reports."""


def called_for(case_class: str) -> tuple[str, ...]:
    """The kinds of team that a danger of that class calls, in order; the home's family besides."""
    return team_kinds(rule=BY_HAND, case=case_class, life_safety=True, level=LEVEL)


def rings_rescue() -> bool:
    """Whether 119 is rung besides, by the voice gateway."""
    return automatic()


@transaction.atomic
def raise_by_hand(
    *, case_class: str, zh: str, en: str, told_zh: str, told_en: str, place: str, site: str,
    now: datetime,
) -> Alert:  # fmt: skip
    """Raise it and call everybody, in the caller's transaction. `told_*` is how it became known;
    the reporter's own words are not spread."""
    alert = Alert.objects.create(
        id=uuid4(), seq=1, rule=BY_HAND, version=0, zh=zh, en=en, life_safety=True,
        case_class=case_class, subject=place, place=place, site=site, level=LEVEL,
        worst=LEVEL, status=Alert.Status.RAISED, start=now, changed=now,
        sentence_zh=f"有人报告（{told_zh}）：{zh}。", sentence_en=f"Reported ({told_en}): {en}.",
    )  # fmt: skip
    call_at_once([alert], now)
    return alert


def over(alert_id: UUID, now: datetime) -> None:
    """Its case has ended: so has the alert. One of the engine's is the engine's to clear."""
    raised = Alert.objects.filter(id=alert_id, rule=BY_HAND, status=Alert.Status.RAISED)
    if raised.update(status=Alert.Status.CLEARED, cleared=now, changed=now):
        feed.tell("alert", str(alert_id), brief(Alert.objects.get(id=alert_id)))
