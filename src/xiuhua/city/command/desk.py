"""The alert desk: what is held back, planned work, and how much of the shift's budget is used, by
which rules and by which teams; with the buttons for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.alerts import commands as alerting
from xiuhua.city.alerts import incidents
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.almanac import queries as almanac
from xiuhua.city.cases import orders
from xiuhua.city.places import queries as places
from xiuhua.city.rules import queries as rules
from xiuhua.city.staff import queries as staff


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


class QuietForm(forms.Form):
    """Planned work: where, which device or rule, from when to when, why."""

    place = forms.CharField(label=gettext_lazy("Code of the place"), max_length=80, required=False)
    device = forms.CharField(label=gettext_lazy("Device"), max_length=80, required=False)
    rule = forms.CharField(label=gettext_lazy("Rule"), max_length=80, required=False)
    since = forms.DateTimeField(label=gettext_lazy("From when"))
    until = forms.DateTimeField(label=gettext_lazy("Until when"))
    why = forms.CharField(label=gettext_lazy("Which work?"), max_length=300)


@needs("live.view")
def page(request: HttpRequest) -> HttpResponse:
    """The desk's page."""
    now = timezone.now()
    began = almanac.shift(now)
    held = alerts.held_now()
    shown = {
        "now": now,
        "shift": began,
        "held": alerts.placed(held),
        "incidents": [(one, alerts.placed(members)) for one, members in incidents.open_now()],
        "windows": [(one, places.label(one.place)) for one in alerts.quiet_windows(now)],
        "eaters": alerts.eaters(began.since),
        "rule_names": rules.names(),
        "centre": Post("", "", alerts.matters_since(began.since), 0, alerts.budget()),
        "posts": posts(now),
        "may_see_channels": may(request.user, "channels.look"),
        "may_hold": may(request.user, "alert.hold"),
        "may_quiet": may(request.user, "alert.quiet"),
        "may_set": may(request.user, "budget.set"),
        "form": QuietForm(initial={"since": now}),
        "default_cloth": "paper",
    }
    return render(request, "command/desk.html", shown)


@needs("alert.quiet")
@require_POST
def quiet(request: HttpRequest) -> HttpResponse:
    """Announce planned work."""
    form = QuietForm(request.POST)
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {errors[0]}")
        return redirect("command:desk")
    by, now = request.user.get_username(), timezone.now()
    try:
        alerting.put_quiet(**form.cleaned_data, by=by, now=now)
    except alerting.BadTime:
        messages.error(request, _("The end must lie ahead, at most 7 days after the beginning."))
    except alerting.NothingNamed:
        messages.error(request, _("Name a place that is known, a device or a rule."))
    else:
        messages.success(request, _("Announced. A risk to life still calls at once."))
    return redirect("command:desk")


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
