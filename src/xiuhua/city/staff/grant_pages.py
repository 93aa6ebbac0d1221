"""Roles asked for, granted and refused, and the chain of all of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.epoch import moment

from . import grants
from .models import Role

SHOWN = 200


@needs("grants.look")
def page(request: HttpRequest) -> HttpResponse:
    """What is asked, and what happened to accounts, newest first; whether the chain is whole."""
    count, mac = grants.ledger.head()
    shown = {
        "wishes": [(wish, grants.mark(wish)) for wish in grants.wishes()],
        "rows": [(row, moment(row.at)) for row in grants.newest(SHOWN)],
        "roles": dict(Role.choices),
        "count": count,
        "mac": mac,
        "broken": grants.ledger.first_broken(),
        "may_decide": may(request.user, "grants.decide"),
        "default_cloth": "paper",
    }
    return render(request, "staff/grants.html", shown)


@needs("grants.decide")
@require_POST
def decide(request: HttpRequest, username: str) -> HttpResponse:
    """Grant what is asked for an account, or refuse it."""
    granted = request.POST.get("answer") == "grant"
    try:
        grants.decide(
            username, seen=request.POST.get("seen", ""), granted=granted,
            why=request.POST.get("why", "").strip()[:300], by=request.user.get_username(),
            now=timezone.now(),
        )  # fmt: skip
    except grants.NoWish:
        messages.error(request, _("That is no longer asked for this account; please look again."))
    except grants.NotByYou:
        messages.error(request, _("Not for yourself, and not what you asked for yourself."))
    else:
        messages.success(request, _("Granted.") if granted else _("Turned down."))
    return redirect("staff:grants")
