"""Search over all cases, under /cases/search/: list, map, who reported, kept searches, files."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city import exports
from xiuhua.city.access import may, needs
from xiuhua.city.people import queries as people
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from . import saved, search, spread
from .listing import as_sheet
from .search import Found, Wanted
from .searching import ReporterForm, SearchForm

_KINDS = {
    "csv": ("text/csv; charset=utf-8", exports.as_csv),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        exports.as_xlsx,
    ),
}


@needs("case.look")
def page(request: HttpRequest) -> HttpResponse:
    """The search. What is asked comes by POST and goes on to an address that can be shared."""
    if request.method == "POST":
        form = SearchForm(request.POST)
        if form.is_valid():
            return redirect(f"{reverse('cases:search')}?{form.query}")
        return _page(request, form, None, status=422)
    form = SearchForm(request.GET)
    if not form.is_valid():
        return _page(request, form, None, status=422)
    after, now = request.GET.get("after", ""), timezone.now()
    if request.GET.get("view") == "map" and may(request.user, "live.view"):
        return _page(request, form, None)
    return _page(request, form, search.search(request.user, form.wanted, now=now, after=after))


@needs("case.look")
def spots(request: HttpRequest) -> HttpResponse:
    """What fits within a stretch of the map, as JSON: single cases, or how many are where."""
    form = SearchForm(request.GET)
    try:
        box = spread.box(request.GET.get("box", ""))
    except ValueError as bad:
        raise Http404 from bad
    if not form.is_valid():
        raise Http404
    return JsonResponse(spread.spread(request.user, form.wanted, box, now=timezone.now()))


@needs("case.reach")
@require_POST
def by_reporter(request: HttpRequest) -> HttpResponse:
    """The cases that somebody reported, by their whole name or number; the look is recorded."""
    asked, form = ReporterForm(request.POST), SearchForm(QueryDict())
    form.is_valid()
    if not asked.is_valid():
        return _page(request, form, None, reporter=asked, status=422)
    now = timezone.now()
    ids = people.reporters_called(
        **asked.cleaned_data, looker=cast("AbstractUser", request.user), now=now
    )
    wanted = Wanted(reporters=frozenset(ids))
    found = search.search(request.user, wanted, now=now)
    return _page(request, form, found, reporter=asked)


@needs("case.look")
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The result as a file, its first `EXPORTED` cases; with who reported only for a reason."""
    form, kind = SearchForm(request.GET), request.POST.get("as", "")
    if not form.is_valid() or kind not in _KINDS:
        raise Http404
    found = list(search.matching(request.user, form.wanted, now=timezone.now())[: search.EXPORTED])
    reporters = None
    if request.POST.get("reporters"):
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, _("Please say why the names are needed."))
            return redirect(f"{reverse('cases:search')}?{form.query}")
        reporters = search.reporters_of(found)
        contacts = people.contacts_of_reporters(
            reporters={one for some in reporters.values() for one in some},
            looker=cast("AbstractUser", request.user), reason=reason, now=timezone.now(),
        )  # fmt: skip
        sheet = as_sheet(found, reporters=reporters, contacts=contacts)
    else:
        sheet = as_sheet(found)
    content, make = _KINDS[kind]
    answer = HttpResponse(make([sheet]), content_type=content)
    answer["Content-Disposition"] = f'attachment; filename="xiuhua-cases.{kind}"'
    answer["Cache-Control"] = "no-store"
    return answer


@needs("case.look")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep this search under a name, for oneself or for the whole team."""
    form, name = SearchForm(request.GET), request.POST.get("name", "").strip()
    if not form.is_valid() or not form.query:
        raise Http404
    try:
        saved.save(
            name=name, query=form.query, by=request.user, now=timezone.now(),
            shared=bool(request.POST.get("shared")),
        )  # fmt: skip
    except saved.NotKept as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Kept."))
    return redirect(f"{reverse('cases:search')}?{form.query}")


@needs("case.look")
@require_POST
def forget(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """Throw away a search that one has kept."""
    if not saved.forget(id, by=request.user):
        raise Http404
    return redirect("cases:search")


def _page(
    request: HttpRequest,
    form: SearchForm,
    found: Found | None,
    *,
    reporter: ReporterForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now: datetime = timezone.now()
    cases = found.cases if found else []
    query = form.query if form.is_valid() else ""
    shown: dict[str, Any] = {
        "form": form,
        "query": query,
        "found": found,
        "on_map": request.GET.get("view") == "map" and found is None and status == 200,
        "exported": search.EXPORTED,
        "labels": places.many_labels(case.place or case.site for case in cases),
        "teams": {team.code: team for team in staff.teams()},
        "people": staff.members(case.handler for case in cases if case.handler),
        "saved": saved.known_to(request.user),
        "has_team": bool(staff.own_team(request.user)),
        "by_reporter": reporter is not None and found is not None,
        "reporter": reporter or ReporterForm(),
        "asked_reporter": reporter is not None,
        "may_see_map": may(request.user, "live.view"),
        "may_reach": may(request.user, "case.reach"),
        "now": now,
        "default_cloth": "paper",
    }
    return render(request, "cases/search.html", shown, status=status)
