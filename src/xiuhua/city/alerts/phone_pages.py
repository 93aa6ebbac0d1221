"""The page that a message's link opens: it fits a phone and has one big button. The link names the
alert and holds no secret; who is not logged in does so first."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from xiuhua.city.access import by_owner, may, needs
from xiuhua.city.staff import queries as staff

from . import danger, incidents, queries, telling, where
from .models import Alert, Call
from .rescue import words_for_rescue


@by_owner("the desk, and whoever was called")
@needs("case.look")
def page(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """What, where, since when, and the one thing to do: answer, or acknowledge."""
    found = queries.alert(id) if queries.may_see(request.user, id) else None
    if found is None:
        raise Http404
    mine = _mine(request, found)
    # to acknowledge answers the own team's call too
    seen = found.acknowledged is None and may(request.user, "alert.ack")
    answered = next((call for call in mine if call.answered), None)
    telling.opened(mine, timezone.now())
    waiting = any(call.answered is None for call in mine)
    wanted = danger.goes_on(found, timezone.now())
    shown = {
        "alert": found,
        "place": where.label(found),
        "action": "alerts:acknowledge" if seen else "alerts:answer" if waiting else "",
        "answered": answered,
        "people": staff.members(
            {found.acknowledged_by, *([answered.answered_by] if answered else [])}
        ),
        "rescue_words": words_for_rescue(found) if found.life_safety else "",
        "over": not wanted,
        "cleared_alone": wanted and found.cleared is not None,
        "default_cloth": "paper",
    }
    return render(request, "alerts/phone.html", shown)


def _mine(request: HttpRequest, alert: Alert) -> list[Call]:
    """The calls to this person and their team, because of it or of what serves it."""
    name, team = request.user.get_username(), staff.own_team(request.user)
    calls = [*queries.calls(alert.id), *incidents.serving(alert, timezone.now())]
    return [call for call in calls if call.person == name or (call.team and call.team == team)]
