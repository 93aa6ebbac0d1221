"""Who goes where: what waits with its proposals, one's own round, and the tables behind them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.cases.commands import NotDone
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from . import commands, queries
from .gathering import scene


@needs("case.dispatch")
def desk(request: HttpRequest) -> HttpResponse:
    """What waits, who should go, who is there."""
    now = timezone.now()
    of = scene(now)
    rows = queries.rows(of)
    shown = {
        "now": now,
        "rows": rows,
        "ready": sum(row.best is not None for row in rows),
        "people": sorted(of.people, key=lambda one: (one.team, one.id)),
        "members": of.members,
        "teams": {team.code: team.name for team in staff.teams()},
        "left": of.left,
        "skills": staff.skills(),
        "shares": queries.shares(now),
        "may_edit": may(request.user, "standard.edit"),
        "default_cloth": "paper",
    }
    return render(request, "dispatch/desk.html", shown)


@needs("case.dispatch")
@require_POST
def send(request: HttpRequest, number: str) -> HttpResponse:
    """Send somebody to one case."""
    person, reason = request.POST.get("person", ""), request.POST.get("reason", "")
    try:
        version = int(request.POST.get("version", ""))
        commands.send(
            number, person=person, version=version, reason=reason, by=request.user,
            now=timezone.now(),
        )  # fmt: skip
    except commands.NoReason:
        messages.error(request, _("Please say why somebody else than proposed should go."))
    except NotDone as refused:
        messages.error(request, str(refused))
    except ValueError:
        messages.error(
            request, _("It no longer waits, or they are not on duty; please look again.")
        )
    else:
        messages.success(request, _("Sent."))
    return redirect("dispatch:desk")


@needs("case.dispatch")
@require_POST
def send_all(request: HttpRequest) -> HttpResponse:
    """Send as proposed to everything that the page showed."""
    versions = {
        number: int(version)
        for number, _at, version in (one.partition("@") for one in request.POST.getlist("case"))
        if version.isdecimal()
    }
    went, wait = commands.send_all(versions=versions, by=request.user, now=timezone.now())
    messages.success(
        request, _("Sent: %(went)d. Waiting on: %(wait)d.") % {"went": went, "wait": wait}
    )
    return redirect("dispatch:desk")


@needs("case.accept")
def going_round(request: HttpRequest) -> HttpResponse:
    """One's own round."""
    now = timezone.now()
    planned, cases = queries.going_round(request.user.get_username(), now)
    labels = places.many_labels({case.place or case.site for case in cases.values()})
    stops = [
        (stop, cases[stop.order], labels[cases[stop.order].place or cases[stop.order].site])
        for stop in planned.stops
    ]
    shown = {"now": now, "round": planned, "stops": stops, "default_cloth": "paper"}
    return render(request, "dispatch/round.html", shown)


@needs("case.dispatch")
def matrix(request: HttpRequest) -> HttpResponse:
    """Whose each class is in each place, and what it asks of whoever goes."""
    told, history = queries.matrix(), staff.responsibility_history(30)
    shown = {
        "sites": told.sites,
        "places": places.assignable(),
        "table": told.classes,
        "others": told.others,
        "holes": [(one, cell) for one, cells in told.classes for cell in cells if cell.hole],
        "overlaps": [(one, cell) for one, cells in told.classes for cell in cells if cell.beside],
        "teams": {team.code: team.name for team in staff.teams()},
        "asks": queries.asks(),
        "work": queries.usual_work(),
        "skills": staff.skills(),
        "people": [one for one in staff.active() if one.team_id],
        "history": history,
        "labels": dict(told.sites)
        | places.many_labels(row.place for row in (*told.others, *history) if row.place),
        "classes": {one.code: one.name for one, _cells in told.classes},
        "may_edit": may(request.user, "standard.edit"),
        "may_plan": may(request.user, "staff.plan"),
        "default_cloth": "paper",
    }
    return render(request, "dispatch/matrix.html", shown)
