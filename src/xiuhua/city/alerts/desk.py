"""What the desk does with an alert besides seeing it: puts it off, brings it back, records while a
life may be at risk. Each is one POST."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiuhua.city.access import needs, require
from xiuhua.city.almanac import queries as almanac
from xiuhua.epoch import SHANGHAI

from . import commands, incidents, queries, safety
from .models import Alert

UNTIL = {
    "30": gettext_lazy("30 minutes"),
    "120": gettext_lazy("2 hours"),
    "shift": gettext_lazy("until the shift changes"),
    "day": gettext_lazy("until tomorrow, 8:00"),
}
"""How long something can be put off, as the form offers it."""


def until(choice: str, now: datetime) -> datetime:
    """The moment that a choice of `UNTIL` means. Raises Http404 for another word."""
    if choice not in UNTIL:
        raise Http404
    if choice == "shift":
        return almanac.next_change(now)
    if choice == "day":
        local = now.astimezone(SHANGHAI)
        return (local + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    return now + timedelta(minutes=int(choice))


@needs("alert.hold")
@require_POST
def hold(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Put an alert off."""
    _known(request, id)
    now, by = timezone.now(), request.user.get_username()
    end = until(request.POST.get("until", ""), now)
    try:
        commands.suppress(id, by=by, why=request.POST.get("why", ""), until=end, now=now)
    except commands.ReasonMissing:
        messages.error(request, _("Please say why; nothing has changed."))
    except commands.LifeAtRisk:
        messages.error(request, _("A life may be at risk: this is never put off."))
    else:
        local = timezone.localtime(end, SHANGHAI)
        messages.success(request, _("Put off until %(at)s.") % {"at": f"{local:%m-%d %H:%M}"})
    return back(request, id)


@needs("alert.hold")
@require_POST
def release(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Bring an alert back to the list."""
    _known(request, id)
    commands.release(id, by=request.user.get_username(), now=timezone.now())
    return back(request, id)


@needs("alert.safety")
@require_POST
def record(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Record something while acting."""
    _known(request, id)
    word = request.POST.get("what", "")
    if word not in safety.Record.values:
        raise Http404
    what = safety.Record(word)
    if what == safety.Record.ENTRY_AUTHORISED:
        require(request.user, "alert.force")
    facts = {"by": request.user.get_username(), "note": request.POST.get("note", "")}
    try:
        safety.record(id, what, **facts, now=timezone.now())
    except safety.NotLifeSafety as wrong:
        raise Http404 from wrong
    except safety.SentenceMissing:
        messages.error(request, _("Please say why, and who stands by; nothing was recorded."))
    except safety.NeedsAuthorisation:
        messages.error(request, _("Nobody has authorised forced entry yet; nothing was recorded."))
    return redirect("alerts:alert", id=id)


def back(request: HttpRequest, id_: UUID) -> HttpResponse:
    """To where the person came from, or to the alert."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return redirect(wanted)
    return redirect("alerts:alert", id=id_)


def _known(request: HttpRequest, id_: UUID) -> None:
    if not queries.may_see(request.user, id_):
        raise Http404


@needs("alert.group")
@require_POST
def incident(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002
    """Group by hand: add other alerts to this one's matter, or take some out of it."""
    _known(request, id)
    try:
        chosen = [UUID(one) for one in request.POST.getlist("alert")]
    except ValueError as wrong:
        raise Http404 from wrong
    facts = {"by": request.user.get_username(), "why": request.POST.get("why", "")}
    try:
        if request.POST.get("do") == "add":
            for other in chosen:
                commands.add_to_incident(other, id, **facts, now=timezone.now())
        else:
            commands.take_out(chosen, **facts, now=timezone.now())
    except commands.ReasonMissing:
        messages.error(request, _("Please say why; nothing has changed."))
    except incidents.NotTogether:
        messages.error(request, _("They stand so already; nothing has changed."))
    except Alert.DoesNotExist as wrong:
        raise Http404 from wrong
    return redirect("alerts:alert", id=id)
