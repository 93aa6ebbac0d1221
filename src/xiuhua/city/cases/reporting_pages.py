"""Reporting by hand, one form a source; and reaching who reported a matter."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import needs
from xiuhua.city.people import queries as people
from xiuhua.city.places import queries as places

from . import photos, queries
from .commands import NotDone, Proof
from .forms import ACCEPT, ReportForm
from .models import Case, Source, Voice
from .photos import BadPhoto
from .reporting import Report, report
from .sources import BY_HAND, TERMS, open_to


@needs("case.report")
def sources(request: HttpRequest) -> HttpResponse:
    """How did it become known?"""
    shown = [(source, TERMS[source]) for source in open_to(request.user)]
    return render(request, "cases/sources.html", {"sources": shown, "default_cloth": "paper"})


@needs("case.report")
def new(request: HttpRequest, source: str) -> HttpResponse:
    """The form of one source; sent, it is a case."""
    if source not in BY_HAND:
        raise Http404
    wanted = Source(source)
    if wanted not in open_to(request.user):
        raise PermissionDenied(source)
    if request.method != "POST":
        return _form(request, wanted, ReportForm(wanted, place=request.GET.get("place", "")))
    form = ReportForm(wanted, request.POST)
    if not form.is_valid():
        return _form(request, wanted, form, status=422)
    try:
        case = report(
            _told(wanted, form),
            by=request.user,
            now=timezone.now(),
            proof=Proof(before=photos.read(request.FILES.getlist("before"))),
        )
    except (NotDone, BadPhoto) as refused:
        return _form(request, wanted, form, status=422, sentence=str(refused))
    messages.success(request, _("Reported · %(number)s") % {"number": case.number})
    return redirect("cases:case", number=case.number)


def _told(source: Source, form: ReportForm) -> Report:
    told = form.cleaned_data
    return Report(
        source=source, case_class=told["case_class"], place=told["place"], words=told["words"],
        name=told.get("name", ""), phone=told.get("phone", ""), order=told.get("order", ""),
        spot=form.spot, key=told["key"],
    )  # fmt: skip


def _form(
    request: HttpRequest, source: Source, form: ReportForm, *, status: int = 200, sentence: str = ""
) -> HttpResponse:
    shown = {
        "source": source,
        "terms": TERMS[source],
        "form": form,
        "accept": ACCEPT,
        "refused": sentence,
        "default_cloth": "paper",
    }
    return render(request, "cases/new.html", shown, status=status)


@needs("case.report")
def similar(request: HttpRequest) -> HttpResponse:
    """While the form is filled in: cases of that class at that place since yesterday."""
    wanted = request.GET.get("case_class", ""), request.GET.get("place", "")
    spot = places.spots([wanted[1]]).get(wanted[1], (None, None))
    now: datetime = timezone.now()
    draft = Case(
        case_class_id=wanted[0], place=wanted[1], lon=spot[0], lat=spot[1], opened=now
    )  # fmt: skip
    found = queries.similar(draft) if all(wanted) else []
    seen = queries.visible(request.user).filter(pk__in=[case.pk for case in found])
    shown = {"similar": queries.with_photos(seen), "now": now}
    return render(request, "cases/_similar_hint.html", shown)


@needs("case.reach")
@require_POST
def reach(request: HttpRequest, number: str, voice: int) -> HttpResponse:
    """Show who reported it, for a reason; the look is written down."""
    try:
        case = queries.seen_case(request.user, number)
    except Case.DoesNotExist as unseen:
        raise Http404 from unseen
    found: Voice | None = next((one for one in queries.voices(case) if one.pk == voice), None)
    if found is None or not found.reporter:
        raise Http404
    reason = request.POST.get("reason", "").strip() or f"{case.number}"
    contact = people.contact_of_reporter(
        reporter=found.reporter, looker=cast("AbstractUser", request.user), reason=reason,
        now=timezone.now(),
    )  # fmt: skip
    return render(request, "cases/_reporter.html", {"contact": contact, "case": case})
