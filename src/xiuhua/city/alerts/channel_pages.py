"""The ways out of the house on a page: entered once, tried, put on and off, never shown again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from xiuhua.city.access import may, needs
from xiuhua.city.staff import queries as staff

from . import channels, queries


class ChannelForm(forms.Form):
    """A new channel. The URL is Apprise's: wecombot://, dingtalk://, feishu://, mailtos:// …,
    or voices://KEY@host/path of a voice gateway."""

    title = forms.CharField(label=gettext_lazy("What to call it"), max_length=60)
    url = forms.CharField(
        label=gettext_lazy("Address (Apprise URL, kept sealed)"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    team = forms.ChoiceField(label=gettext_lazy("For the team"), required=False)
    person = forms.ChoiceField(label=gettext_lazy("For the person"), required=False)
    voice = forms.BooleanField(
        label=gettext_lazy("It rings: only for risks to life"), required=False
    )


@needs("channels.look")
def page(request: HttpRequest) -> HttpResponse:
    """All channels and how they fare."""
    return _page(request, _with_choices(ChannelForm()))


@needs("channels.set")
@require_POST
@sensitive_post_parameters("url")
def enter(request: HttpRequest) -> HttpResponse:
    """Enter a channel."""
    form = _with_choices(ChannelForm(request.POST))
    if not form.is_valid():
        return _page(request, form, status=422)
    if form.cleaned_data["team"] and form.cleaned_data["person"]:
        form.add_error("person", _("Choose a team or a person, not both; or neither, for all."))
        return _page(request, form, status=422)
    by = request.user.get_username()
    try:
        channels.enter(**form.cleaned_data, by=by, now=timezone.now())
    except channels.Unreadable:
        form.add_error("url", _("It is no address that can be sent to; nothing was kept."))
        return _page(request, form, status=422)
    messages.success(request, _("Entered. Try it now: send a test message."))
    return redirect("alerts:channels")


@needs("channels.set")
@require_POST
def switch(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """Put a channel on or off."""
    if not channels.switch(id, on=request.POST.get("on") == "1"):
        raise Http404
    return redirect("alerts:channels")


@needs("channels.set")
@require_POST
def attempt(request: HttpRequest, id: int) -> HttpResponse:  # noqa: A002
    """Send a test message, and say whether it got through."""
    now, words = timezone.now(), (_("Test message"), _("If you read this, the channel works."))
    outlet = next((one for one in channels.entered() if one.key == str(id)), None)
    gateway = next((one for one in channels.gateways() if one.key == str(id)), None)
    if outlet:
        through = outlet.send(*words)
    elif gateway:
        through = gateway.ask({"do": "nothing"}, now)
    else:
        raise Http404
    channels.note_key(str(id), through=through, now=now)
    if through:
        messages.success(request, _("It got through."))
    else:
        messages.error(request, _("It did not get through. Look at the address and the network."))
    return redirect("alerts:channels")


def _with_choices(form: ChannelForm) -> ChannelForm:
    teams = [(team.code, team.name) for team in staff.teams()]
    people = [(one.user.username, one.name) for one in staff.active()]
    form.fields["team"].choices = [("", "—"), *teams]  # type: ignore[attr-defined]
    form.fields["person"].choices = [("", "—"), *people]  # type: ignore[attr-defined]
    return form


def _page(request: HttpRequest, form: ChannelForm, status: int = 200) -> HttpResponse:
    shown = {
        "channels": [
            (row, staff.team(row.team) or staff.member(row.person)) for row in queries.channels()
        ],
        "failed": queries.failed_deliveries(),
        "form": form,
        "may_set": may(request.user, "channels.set"),
        "default_cloth": "paper",
    }
    return render(request, "alerts/channels.html", shown, status=status)
