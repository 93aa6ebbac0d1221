"""The calendar's pages: the days that differ from the plain week, and the switch of a flag."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.fields import DayField

from . import commands, queries


class DayForm(forms.Form):
    """A day that differs from the plain week."""

    date = DayField(label=gettext_lazy("Day"))
    works = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[("0", gettext_lazy("off")), ("1", gettext_lazy("worked"))],
    )
    zh = forms.CharField(label=gettext_lazy("Of (Chinese)"), max_length=40)
    en = forms.CharField(label=gettext_lazy("Of (English)"), max_length=80)


@needs("rules.look")
def days(request: HttpRequest) -> HttpResponse:
    """Days off and make-up workdays."""
    return _days(request, DayForm())


def _days(request: HttpRequest, form: DayForm, *, status: int = 200) -> HttpResponse:
    seen = {
        "default_cloth": "paper",
        "days": queries.days(),
        "until": queries.known_until(),
        "hours": queries.written_hours(queries.hours()),
        "form": form,
        "may_set": may(request.user, "calendar.set"),
    }
    return render(request, "almanac/days.html", seen, status=status)


@require_POST
@needs("calendar.set")
def put_day(request: HttpRequest) -> HttpResponse:
    """Put a day into the calendar, over what it was."""
    form = DayForm(request.POST)
    if not form.is_valid():
        return _days(request, form, status=422)
    facts = form.cleaned_data | {"works": form.cleaned_data["works"] == "1"}
    commands.set_day(new=commands.NewDay(**facts))
    messages.success(request, _("The calendar is changed; open cases are reckoned anew."))
    return redirect("almanac:days")


@require_POST
@needs("calendar.set")
def drop_day(request: HttpRequest, day: str) -> HttpResponse:
    """Take a day out again: the plain week speaks for it."""
    try:
        commands.drop_day(day=date.fromisoformat(day))
    except ValueError as bad:
        raise Http404 from bad
    messages.success(request, _("The calendar is changed; open cases are reckoned anew."))
    return redirect("almanac:days")


@require_POST
@needs("calendar.set")
def put_hours(request: HttpRequest) -> HttpResponse:
    """Set the working hours of a working day."""
    try:
        commands.set_hours(text=request.POST.get("hours", ""))
    except queries.BadHours:
        messages.error(request, _("Hours look like 08:00-12:00, 14:00-18:00; nothing was changed."))
    else:
        messages.success(request, _("The calendar is changed; open cases are reckoned anew."))
    return redirect("almanac:days")


@require_POST
@needs("flags.set")
def flag(request: HttpRequest, name: str) -> HttpResponse:
    """Put a flag up or down; what is asked for is the state, so that an old page cannot turn it
    the wrong way."""
    by = cast("User", request.user)
    up = request.POST.get("up") == "1"
    try:
        changed = commands.set_flag(name=name, up=up, by=by, now=datetime.now(UTC))
    except commands.UnknownFlag as unknown:
        raise Http404 from unknown
    if changed:
        messages.success(request, _("Done; the worker follows within a second or two."))
    else:
        messages.info(request, _("Somebody was first; it stands so already."))
    return redirect("rules:list")
