"""All alerts, under /alerts/: what is up, unanswered, cleared, false, put off. Without a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xiuhua.city.access import may, needs
from xiuhua.city.fields import DayField
from xiuhua.city.places import queries as places
from xiuhua.city.rules import queries as rules
from xiuhua.city.staff import queries as staff

from . import desk, listing
from .listing import Tab, Wanted, When
from .models import Alert, Level

ANY = ("", _("any"))


class ListForm(forms.Form):
    """The filters. Empty fields leave that open."""

    when = forms.ChoiceField(label=_("When it began"), required=False)
    day = DayField(label=_("or on this day"), required=False)
    rule = forms.ChoiceField(label=_("Rule"), required=False)
    place = forms.ChoiceField(label=_("Place"), required=False)
    level = forms.ChoiceField(label=_("Level"), required=False)
    life_safety = forms.BooleanField(label=_("A life may be at risk"), required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="list_%s", use_required_attribute=False)
        asked = str(data.get("place", ""))
        offered: dict[str, list[Any]] = {
            "when": list(When.choices),
            "rule": sorted(rules.names().items(), key=lambda pair: pair[1]),
            "place": places.areas(asked),
            "level": list(reversed(Level.choices)),
        }
        for name, choices in offered.items():
            self.fields[name].choices = [ANY, *choices]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        """What was asked for; what is no answer to a filter leaves it open."""
        return Wanted(**self.cleaned_data)

    @property
    def query(self) -> str:
        """The same as it stands in an address."""
        said = {name: value for name, value in self.cleaned_data.items() if value}
        return urlencode({name: "on" if value is True else value for name, value in said.items()})


@needs("alert.look")
def page(request: HttpRequest) -> HttpResponse:
    """A tab of the list."""
    form, now = ListForm(request.GET), timezone.now()
    valid = form.is_valid()
    wanted = form.wanted if valid else Wanted()
    tab = _tab(request.GET.get("tab", ""))
    number = _number(request.GET.get("page", ""))
    found = listing.page(tab, wanted, now=now, number=number)
    answerers = listing.answerers(found.alerts)
    people = {name for one in found.alerts for name in (one.acknowledged_by, one.false_by)}
    shown = {
        "form": form,
        "query": form.query if valid else "",
        "tab": tab,
        "tabs": listing.told(listing.counts(wanted, now=now)),
        "rows": _rows(found.alerts, answerers),
        "number": number,
        "more": found.more and number < listing.DEEPEST,
        "people": staff.members({*people, *answerers.values()}),
        "may_acknowledge": may(request.user, "alert.ack"),
        "may_hold": may(request.user, "alert.hold"),
        "may_call_false": may(request.user, "alert.false"),
        "hold_choices": desk.UNTIL.items(),
        "default_cloth": "paper",
    }
    return render(request, "alerts/list.html", shown, status=200 if valid else 422)


def _rows(alerts: list[Alert], answerers: Mapping[Any, str]) -> list[dict[str, Any]]:
    labels = places.many_labels(one.place or one.site for one in alerts)
    sizes = listing.sizes(alerts)
    return [
        {
            "alert": one,
            "place": labels[one.place or one.site],
            "many": sizes.get(one.id, 0),
            "answerer": answerers.get(one.id, ""),
        }
        for one in alerts
    ]


def _tab(word: str) -> Tab:
    return Tab(word) if word in Tab.values else Tab.UP


def _number(word: str) -> int:
    return min(max(int(word), 1), listing.DEEPEST) if word.isdecimal() and len(word) < 6 else 1
