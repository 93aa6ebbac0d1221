"""What is held back from the desk: put off by somebody, in a time of planned work, or more than a
shift can give their due. A risk to life never is. What is held ends its wait at a moment that is
known from the start, or earlier when it grows worse; then it calls as if it had just begun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from xiuhua.city.almanac import queries as almanac
from xiuhua.city.places import queries as places

from .models import Alert, AlertStep, Held, QuietWindow
from .queries import RANK, budget, matters_since


def hold(new: Sequence[Alert], now: datetime) -> list[AlertStep]:
    """Hold back those of these new alerts that planned work covers or the budget has no room for;
    they are changed but not saved. Returns the steps to save after them."""
    may_be = [alert for alert in new if not alert.life_safety]
    if not may_be:
        return []
    steps = _hold_for_quiet(may_be, now)
    rest = [alert for alert in may_be if _counts(alert)]
    return steps + (_hold_for_budget(rest, now) if rest else [])


def _counts(alert: Alert) -> bool:
    return not (alert.held or alert.health or alert.parent)


def _hold_for_quiet(alerts: Iterable[Alert], now: datetime) -> list[AlertStep]:
    windows = list(QuietWindow.objects.filter(since__lte=now, until__gt=now))
    if not windows:
        return []
    paths = places.paths(alert.place or alert.site for alert in alerts)
    steps = []
    for alert in alerts:
        path = paths.get(alert.place or alert.site, "")
        window = next((one for one in windows if _covers(one, alert, path)), None)
        if window:
            _set(alert, Held.QUIET, window.until)
            steps.append(AlertStep(alert=alert, what="held", at=now, by=window.by, note=window.why))
    return steps


def _covers(window: QuietWindow, alert: Alert, path: str) -> bool:
    """Each that is named must fit; a place covers what lies in it."""
    return (
        (not window.place or f"{window.place}/" in path or window.place == alert.site)
        and (not window.device or window.device == alert.device)
        and (not window.rule or window.rule == alert.rule)
    )


def _hold_for_budget(alerts: Sequence[Alert], now: datetime) -> list[AlertStep]:
    """Only warnings wait for the next shift; what is graver comes through and counts."""
    warnings = [alert for alert in alerts if alert.level == "warn"]
    if not warnings:
        return []
    room = budget() - matters_since(almanac.shift(now).since) - (len(alerts) - len(warnings))
    over = warnings[max(0, room) :]
    until = almanac.next_change(now)
    for alert in over:
        _set(alert, Held.BUDGET, until)
    return [AlertStep(alert=alert, what="held", at=now, note="budget") for alert in over]


def _set(alert: Alert, why: Held, until: datetime) -> None:
    alert.held, alert.held_level, alert.held_until = why, alert.level, until


def worsened(known: Iterable[Alert]) -> list[Alert]:
    """Those that wait but are graver now than when they began to; planned work explains even
    that."""
    return [
        alert
        for alert in known
        if alert.held not in {"", Held.QUIET} and RANK[alert.level] > RANK[alert.held_level]
    ]


def waited_out(now: datetime) -> QuerySet[Alert]:
    """What is held while it is raised, and whose moment has come."""
    over = Alert.objects.filter(status=Alert.Status.RAISED, held_until__lte=now)
    return over.exclude(held="")


def due(now: datetime) -> list[Alert]:
    """Those whose wait is over while they are still raised; what other planned work still covers
    waits on, and is saved so."""
    alerts = list(waited_out(now).select_for_update().order_by("start", "id"))
    quiet = [alert for alert in alerts if alert.held == Held.QUIET]
    _hold_for_quiet(quiet, now)
    still = [alert for alert in quiet if alert.held_until and alert.held_until > now]
    Alert.objects.bulk_update(still, ["held", "held_level", "held_until"])
    return [alert for alert in alerts if alert not in still]
