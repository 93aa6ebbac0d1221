"""The alert desk: what is held back, planned work, and how much of the shift's budget is used, by
which rules and by which teams; with the buttons for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.alerts import commands as alerting
from xiuhua.city.alerts import incidents, listing
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.almanac import queries as almanac
from xiuhua.city.cases import orders
from xiuhua.city.rules import queries as rules
from xiuhua.city.staff import queries as staff

from .quiet import QuietForm, told


@dataclass(frozen=True)
class Post:
    """A post in this shift: the alerts that came to it, the orders that were sent to it, and how
    many of either it can give their due: an alert and its order are one matter."""

    code: str
    name: str
    alerts: int
    orders: int
    most: int

    @property
    def over(self) -> bool:
        """Whether more came than it can give their due."""
        return max(self.alerts, self.orders) > self.most


def posts(now: datetime) -> list[Post]:
    """Each team with the alerts and orders of this shift, those that have most of them first."""
    since, most = almanac.shift(now).since, alerts.budgets()
    called, sent = alerts.calls_since(since), orders.sent_since(since)
    found = [
        Post(
            code=team.code,
            name=team.name,
            alerts=called.get(team.code, 0),
            orders=sent.get(team.code, 0),
            most=most.get(team.code, alerts.MOST_MATTERS),
        )
        for team in staff.teams()
    ]
    return sorted(found, key=lambda post: (-max(post.alerts, post.orders), post.code))


@needs("live.view")
def page(request: HttpRequest) -> HttpResponse:
    """The desk's page."""
    return _page(request, QuietForm(since=timezone.now()))


def _page(request: HttpRequest, form: QuietForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    began = almanac.shift(now)
    held = alerts.held_now()
    shown = {
        "now": now,
        "shift": began,
        "standing": listing.told(listing.counts(listing.Wanted(), now=now)),
        "held": alerts.placed(held),
        "incidents": [(one, alerts.placed(members)) for one, members in incidents.open_now()],
        "windows": told(alerts.quiet_windows(now)),
        "eaters": alerts.eaters(began.since),
        "rule_names": rules.names(),
        "centre": Post("", "", alerts.matters_since(began.since), 0, alerts.budget()),
        "posts": posts(now),
        "may_see_channels": may(request.user, "channels.look"),
        "may_hold": may(request.user, "alert.hold"),
        "may_quiet": may(request.user, "alert.quiet"),
        "may_set": may(request.user, "budget.set"),
        "form": form,
        "default_cloth": "paper",
    }
    return render(request, "command/desk.html", shown, status=status)


@needs("alert.quiet")
@require_POST
def quiet(request: HttpRequest) -> HttpResponse:
    """Announce planned work; what was refused stands in the form again with all that was typed."""
    form = QuietForm(request.POST)
    if form.is_valid():
        by, now = request.user.get_username(), timezone.now()
        try:
            alerting.put_quiet(**form.cleaned_data, by=by, now=now)
        except alerting.BadTime:
            late = _("The end must lie ahead, at most 7 days after the beginning.")
            form.add_error("until", late)
        except alerting.NothingNamed:
            form.add_error(None, _("Name a place, a device or a rule."))
        else:
            messages.success(request, _("Announced. A risk to life still calls at once."))
            return redirect("command:desk")
    return _page(request, form, status=422)


@needs("alert.quiet")
@require_POST
def end_quiet(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """End planned work early."""
    if not alerting.end_quiet(id, by=request.user.get_username(), now=timezone.now()):
        messages.info(request, _("It is over already."))
    return redirect("command:desk")


@needs("budget.set")
@require_POST
def budget(request: HttpRequest) -> HttpResponse:
    """Set how many alerts the centre can give their due in a shift, or alerts and orders a team."""
    post, most = request.POST.get("post", ""), request.POST.get("most", "")
    if not most.isdecimal() or not 0 < int(most) <= 10_000:
        messages.error(request, _("Please give a whole number from 1 to 10000."))
        return redirect("command:desk")
    alerting.set_budget(
        post=post, most=int(most), by=request.user.get_username(), now=timezone.now()
    )
    return redirect("command:desk")
