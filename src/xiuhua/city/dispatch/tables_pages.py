"""Changing the tables behind dispatch: whose a class is, what it asks, what people can do."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import needs
from xiuhua.city.cases import queries as cases
from xiuhua.city.places import queries as places
from xiuhua.city.staff import commands as staff_commands
from xiuhua.city.staff import queries as staff

from . import commands, tables

MOST_BYTES = 2 << 20


@needs("case.dispatch")
def as_csv(_request: HttpRequest) -> HttpResponse:
    """The whole matrix, to be kept, changed elsewhere and brought back."""
    answer = HttpResponse(tables.export(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="responsibility.csv"'
    return answer


@needs("standard.edit")
@require_POST
def bring_in(request: HttpRequest) -> HttpResponse:
    """Bring the matrix in from a CSV file: all of it, or none and the line that is wrong."""
    file = request.FILES.get("file")
    try:
        text = file.read(MOST_BYTES).decode("utf-8") if file else ""
        count = tables.bring_in(text, by=request.user.get_username(), now=timezone.now())
    except UnicodeDecodeError:
        messages.error(request, _("The file is not UTF-8; nothing was changed."))
    except tables.BadRow as bad:
        facts = {"line": bad.line, "column": bad.column, "value": bad.value}
        said = _("Line %(line)s, %(column)s: “%(value)s” cannot be; nothing was changed.")
        messages.error(request, said % facts)
    else:
        messages.success(request, _("%(n)d rows were taken over.") % {"n": count})
    return redirect("dispatch:matrix")


@needs("standard.edit")
@require_POST
def responsible(request: HttpRequest) -> HttpResponse:
    """Say whose a class is at a site, or everywhere."""
    case_class, site = request.POST.get("case_class", ""), request.POST.get("site", "")
    if case_class not in _classes() or (site and site not in places.site_codes()):
        raise Http404
    try:
        staff_commands.set_responsible(
            case_class=case_class, site=site, main=request.POST.get("main", ""),
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
