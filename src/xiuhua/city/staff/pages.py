"""Who is on duty when: the plan of two weeks, swaps between colleagues, absences."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.fields import MomentField
from xiuhua.epoch import SHANGHAI

from . import commands, queries
from .models import Member

AHEAD = timedelta(days=14)
"""How much of the plan the page shows."""


class WatchForm(forms.Form):
    """A turn of duty."""

    username = forms.ChoiceField(label=gettext_lazy("Whose turn"))
    since = MomentField(label=gettext_lazy("From when"))
    until = MomentField(label=gettext_lazy("Until when"))


class AbsenceForm(WatchForm):
    """Somebody is away."""

    why = forms.CharField(label=gettext_lazy("Why"), max_length=100)


@needs("staff.look")
def roster(request: HttpRequest) -> HttpResponse:
    """The plan from today on."""
    return _page(request, timezone.now())


@needs("staff.plan")
@require_POST
def watch(request: HttpRequest) -> HttpResponse:
    """Put a turn of duty on the plan."""
    now = timezone.now()
    form = _with_people(WatchForm(request.POST))
    if not form.is_valid():
        return _page(request, now, watch=form, status=422)
    try:
        commands.put_watch(**form.cleaned_data, by=request.user.get_username(), now=now)
    except commands.Overlaps:
        form.add_error("since", _("They have a turn of duty in that time already."))
        return _page(request, now, watch=form, status=422)
    except commands.EndsFirst:
        form.add_error("until", _("The end must come after the beginning."))
        return _page(request, now, watch=form, status=422)
    return redirect("staff:roster")


@needs("staff.plan")
@require_POST
def drop(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """Take a turn of duty off the plan."""
    if not commands.drop_watch(id):
        messages.info(request, _("It is off the plan already."))
    return redirect("staff:roster")


@needs("staff.plan")
@require_POST
def absence(request: HttpRequest) -> HttpResponse:
    """Note that somebody is away."""
    now = timezone.now()
    form = _with_people(AbsenceForm(request.POST))
    if form.is_valid():
        try:
            commands.put_absence(**form.cleaned_data, by=request.user.get_username(), now=now)
        except commands.EndsFirst:
            form.add_error("until", _("The end must come after the beginning."))
        else:
            return redirect("staff:roster")
    return _page(request, now, absence=form, status=422)


@needs("staff.look")
@require_POST
def ask(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """Ask a colleague to take one's own turn."""
    to, now = request.POST.get("to", ""), timezone.now()
    try:
        commands.ask_swap(id, by=request.user.get_username(), to=to, now=now)
    except commands.Overlaps:
        messages.error(request, _("That colleague has duty in that time."))
    except commands.NotTheirs:
        messages.error(request, _("Only a turn of your own, to a colleague of the same office."))
    except commands.UnknownTurn as unknown:
        raise Http404 from unknown
    else:
        messages.success(request, _("Asked. The turn stays yours until they agree."))
    return redirect("staff:roster")


@needs("staff.look")
@require_POST
def answer(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """Agree to take a colleague's turn, or decline."""
    agree = request.POST.get("agree") == "1"
    try:
        commands.answer_swap(id, by=request.user.get_username(), agree=agree, now=timezone.now())
    except commands.Overlaps:
        messages.error(request, _("You have duty in that time."))
    except commands.NotTheirs:
        messages.error(request, _("It is not yours to answer, or no longer open."))
    except commands.UnknownTurn as unknown:
        raise Http404 from unknown
    return redirect("staff:roster")


def _with_people(form: WatchForm) -> WatchForm:
    people = [(one.user.username, f"{one.name} · {one.get_role_display()}") for one in _people()]
    form.fields["username"].choices = people  # type: ignore[attr-defined]
    return form


def _people() -> list[Member]:
    return queries.active()


def _page(
    request: HttpRequest,
    now: datetime,
    *,
    watch: WatchForm | None = None,
    absence: WatchForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    name = request.user.get_username()
    own = queries.member(name)
    swaps = queries.open_swaps()
    beginning = {"since": today + timedelta(hours=8), "until": today + timedelta(hours=20)}
    shown = {
        "now": now,
        "watches": queries.watches(today, today + AHEAD),
        "absences": queries.absences(today, today + AHEAD),
        "asked_of_me": [swap for swap in swaps if swap.to.user.username == name],
        "asked": {swap.watch_id: swap.to for swap in swaps},
        "me": name,
        "colleagues": [
            one for one in _people() if own and one.role == own.role and one.pk != own.pk
        ],
        "may_plan": may(request.user, "staff.plan"),
        "watch_form": watch or _with_people(WatchForm(initial=beginning)),
        "absence_form": absence or _with_people(AbsenceForm(initial=beginning)),
        "default_cloth": "paper",
    }
    return render(request, "staff/roster.html", shown, status=status)
