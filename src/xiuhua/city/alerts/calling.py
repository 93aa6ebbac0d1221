"""Calling those who must know of alerts, each once; whoever calls is followed up until somebody
answers (`escalating`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from xiuhua.city.staff import queries as staff

from . import incidents
from .calls import team_kinds
from .chains import chain
from .models import Alert, Call, Escalation
from .outside import outsiders


def call(calling: Iterable[tuple[Alert, str | None]], now: datetime) -> None:
    """Put down a call for each team, family and, where it is set, 119 that must know; who was
    called already, for this alert or for the same danger at the same place in its incident, is not
    called again. A level of None calls nobody."""
    teams = cache(staff.teams_serving)  # for this batch
    found = [
        (alert, level, teams(alert.site, _kinds(alert, level))) for alert, level in calling if level
    ]
    called = [one for one in found if one[2] or one[0].life_safety]
    outside = outsiders(alert for alert, _, _ in called)
    served = incidents.Served([alert for alert, _, _ in called], now)
    rows = []
    for alert, level, codes in called:  # one after the other: the first's calls serve the second
        for name, code in [("team", team) for team in codes] + outside.get(alert.id, []):
            row = Call(alert=alert, level=level, created=now, **{name: code})
            row.ring_at = now if alert.life_safety else None
            if served.has(alert, row):
                continue
            served.add(alert, row)
            rows.append(row)
    Call.objects.bulk_create(rows, ignore_conflicts=True)
    begin([alert for alert, _, _ in called], now)


def begin(alerts: Iterable[Alert], now: datetime) -> None:
    """From now on the first rung's patience runs for these. Known ones go on."""
    Escalation.objects.bulk_create(
        [
            Escalation(alert=alert, due=now + chain(life_safety=alert.life_safety)[0].patience)
            for alert in alerts
        ],
        ignore_conflicts=True,
    )


def _kinds(alert: Alert, level: str) -> tuple[str, ...]:
    return team_kinds(
        rule=alert.rule, case=alert.case_class, life_safety=alert.life_safety, level=level
    )
