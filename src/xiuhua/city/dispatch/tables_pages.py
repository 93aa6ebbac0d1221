"""Changing the tables behind dispatch: whose a class is, what it asks, what people can do."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city import sheets
from xiuhua.city.access import needs
from xiuhua.city.cases import queries as cases
from xiuhua.city.places import queries as places
from xiuhua.city.staff import commands as staff_commands
from xiuhua.city.staff import queries as staff

from . import commands, tables


@needs("case.dispatch")
def as_csv(_request: HttpRequest) -> HttpResponse:
    """The whole matrix, to be kept, changed elsewhere and brought back."""
    return sheets.answer(tables.export(), "responsibility.csv")


@needs("standard.edit")
@require_POST
def bring_in(request: HttpRequest) -> HttpResponse:
    """Bring the matrix in from a CSV file: all of it, or none and the line that is wrong."""
    by, now = request.user.get_username(), timezone.now()
    sheets.bring(request, lambda text: tables.bring_in(text, by=by, now=now))
    return redirect("dispatch:matrix")


@needs("standard.edit")
@require_POST
def responsible(request: HttpRequest) -> HttpResponse:
    """Say whose a class is in a place or everywhere, or whose everything is in a place."""
    case_class, place = request.POST.get("case_class", ""), request.POST.get("place", "")
    if case_class not in {"", *_classes()} or (place and not places.known([place])):
        raise Http404
    if not case_class and not place:
        messages.error(request, _("Please choose a class or a place; nothing was changed."))
        return redirect("dispatch:matrix")
    try:
        staff_commands.set_responsible(
            case_class=case_class, place=place, main=request.POST.get("main", ""),
            helper=request.POST.get("helper", ""), by=request.user.get_username(),
            now=timezone.now(),
        )  # fmt: skip
    except staff_commands.UnknownTeam:
        messages.error(request, _("There is no such team; nothing was changed."))
    else:
        messages.success(request, _("Changed; what is sent from now on follows it."))
    return redirect("dispatch:matrix")


@needs("standard.edit")
@require_POST
def ask(request: HttpRequest, case_class: str) -> HttpResponse:
    """What a class asks of whoever goes, and whether the house sends by itself."""
    if case_class not in _classes():
        raise Http404
    work = request.POST.get("work", "")
    try:
        commands.put_ask(
            case_class=case_class, skills=request.POST.getlist("skill"), work=int(work),
            automatic="automatic" in request.POST, by=request.user.get_username(),
            now=timezone.now(),
        )  # fmt: skip
    except ValueError:
        messages.error(request, _("Minutes from 1 to 1440, and skills of the list, please."))
    else:
        messages.success(request, _("Changed; what is sent from now on follows it."))
    return redirect("dispatch:matrix")


@needs("staff.plan")
@require_POST
def skills(request: HttpRequest, username: str) -> HttpResponse:
    """What somebody can do."""
    if staff.member(username) is None:
        raise Http404
    try:
        staff_commands.set_skills(username, request.POST.getlist("skill"))
    except staff_commands.UnknownSkill:
        messages.error(request, _("There is no such skill; nothing was changed."))
    else:
        messages.success(request, _("Changed; what is sent from now on follows it."))
    return redirect("dispatch:matrix")


def _classes() -> set[str]:
    return {one.code for one in cases.classes()}
