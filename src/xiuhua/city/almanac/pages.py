"""The calendar's pages: the days that differ from the plain week, and the switch of a flag."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import needs

from . import commands, queries


@needs("rules.look")
def days(request: HttpRequest) -> HttpResponse:
    """Days off and make-up workdays."""
    seen = {"default_cloth": "paper", "days": queries.days(), "until": queries.known_until()}
    return render(request, "almanac/days.html", seen)


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
