"""What an alert rests on speaks of people where it stands in a home: it is shown to who acts on the
alert, or for a reason; each look is recorded once a sitting, before it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.http import HttpRequest

from xiuhua.city.access import may
from xiuhua.city.people.queries import note_look
from xiuhua.city.places import queries as places

from . import danger
from .models import Alert

LONGEST_REASON = 300
_SEEN, _KEPT = "alerts-looked-at", 100
"""In the session: the last so many alerts that its person has looked at."""


def private(alert: Alert) -> bool:
    """Whether the alert is about a home."""
    place = places.place(alert.place) if alert.place else None
    return place is not None and place.kind == "flat"


def may_see(request: HttpRequest, alert: Alert, *, called: bool, now: datetime) -> bool:
    """Whether to show what it rests on. Who is called, or may follow it while it is up, acts on it:
    acting comes first, and the look is recorded by itself."""
    if not private(alert) or str(alert.id) in request.session.get(_SEEN, []):
        return True
    acting = danger.goes_on(alert, now) and (called or may(request.user, "alert.ack"))
    if acting:
        note(request, alert, why="acting on alert", now=now)
    return acting


def note(request: HttpRequest, alert: Alert, *, why: str, now: datetime) -> None:
    """Record the look. Raises people's NoReason for an empty `why`: then nothing may be shown."""
    with transaction.atomic():
        note_look(
            looker=cast("AbstractUser", request.user),
            what=f"alert {alert.id} evidence",
            why=why.strip()[:LONGEST_REASON],
            now=now,
        )
    seen = request.session.get(_SEEN, [])
    request.session[_SEEN] = [*seen, str(alert.id)][-_KEPT:]
