"""Somebody rings or stands at the counter: fire, gas, a person in danger. One press calls everyone;
the case is there already and is written up behind it (后补录)."""

from __future__ import annotations

import re

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from xiuhua.city.access import User, needs
from xiuhua.city.alerts import byhand
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from . import dangers, queries
from .forms import place_choices
from .models import Source
from .reporting import Report, report
from .sources import open_to

HEARD = (Source.PHONE, Source.COUNTER, Source.PATROL, Source.NEIGHBOUR, Source.COMMITTEE)
"""How such a matter is told to a desk, by whoever may bring it in so."""
LONGEST_WORDS = 300
WORDS = "words"
"""The place is looked for by what was typed, not by what was chosen from the list."""


class DangerForm(forms.Form):
    """Where, what is said, and how it was heard. Which danger it is, is the button that is pressed.
    `look` narrows the list of places, and one that must be meant is chosen; a number of three or
    four digits behind it is the flat's. Before the press it comes `looking` for the place by those
    `WORDS`, or for the flats of one that was chosen."""

    look = forms.CharField(
        label=gettext_lazy("Look for the place"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "autofocus": True}),
        help_text=gettext_lazy("As the caller says it: village and number, or a part of the name."),
    )
    place = forms.ChoiceField(label=gettext_lazy("Where it is"))
    flat = forms.CharField(
        label=gettext_lazy("Flat, if it is known"), widget=forms.Select, required=False
    )
    words = forms.CharField(
        label=gettext_lazy("What the caller says"), max_length=LONGEST_WORDS, required=False
    )
    source = forms.ChoiceField(label=gettext_lazy("How it was heard"))
    case_class = forms.ChoiceField(widget=forms.HiddenInput)

    def __init__(self, user: User, data: QueryDict | None = None, *, looking: str = "") -> None:
        sent = data.dict() if data is not None else {}
        words = str(sent.get("look", "")).strip()
        found, meant, room = _heard(words)
        self.said = _said(words, len(found))
        if looking == WORDS or not sent.get("place"):
            sent["place"] = meant
        place = str(sent["place"])
        narrowed = bool(found) and (not place or place in dict(found))
        self.flats = places.flats_in(place)
        if room and (looking == WORDS or not sent.get("flat")):
            sent["flat"] = next((code for code, name in self.flats if room in name), "")
        if looking or data is None:
            super().__init__(initial=sent)
        else:
            super().__init__(sent)
        heard = [(one.value, one.label) for one in HEARD if one in open_to(user)]
        self.fields["source"].choices = heard  # type: ignore[attr-defined]
        offered = found if narrowed else place_choices()
        self.fields["place"].choices = [("", "—"), *offered]  # type: ignore[attr-defined]
        self.fields["flat"].widget.choices = [("", _("not known")), *self.flats]
        kinds = [(one.code, dangers.name(one)) for one in queries.classes() if one.life_safety]
        self.fields["case_class"].choices = kinds  # type: ignore[attr-defined]

    @property
    def where(self) -> str:
        """The flat if the building has it, else the place: an unknown flat holds nothing up."""
        flat = str(self.cleaned_data["flat"])
        return flat if flat in dict(self.flats) else str(self.cleaned_data["place"])


def _heard(words: str) -> tuple[list[tuple[str, str]], str, str]:
    """The places that these words may mean, which of them must be meant, and the flat's number
    where one stands at their end."""
    found, meant = places.looked_for(words)
    with_room = re.fullmatch(r"(.*\D)(\d{3,4})\s*室?", words)
    if found or with_room is None:
        return found, meant, ""
    return *places.looked_for(with_room[1]), with_room[2]


def _said(words: str, many: int) -> str:
    """What came of looking for a place."""
    if not words:
        return ""
    if not many:
        return _("No place is called so; the list has all of them.")
    fits = ngettext("%(n)d place fits.", "%(n)d places fit.", many)
    return fits % {"n": many}


@needs("case.report")
def page(request: HttpRequest) -> HttpResponse:
    """The form; pressed, everybody is called and the alert's page shows who answers. While the
    place is looked for, it comes back with what fits and the flats of the building."""
    if request.method != "POST":
        return _page(request, DangerForm(request.user))
    if "looking" in request.POST:
        looking = request.POST["looking"]
        return _page(request, DangerForm(request.user, request.POST, looking=looking))
    form = DangerForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    source = Source(form.cleaned_data["source"])
    new = Report(
        source=source, case_class=form.cleaned_data["case_class"], place=form.where,
        words=form.cleaned_data["words"],
    )  # fmt: skip
    case = report(new, by=request.user, now=timezone.now())
    messages.success(request, _("Everybody is called. Write the case up afterwards."))
    if case.alert and alerts.may_see(request.user, case.alert):
        return redirect("alerts:alert", id=case.alert)
    return redirect("cases:case", number=case.number)


def _page(request: HttpRequest, form: DangerForm, status: int = 200) -> HttpResponse:
    named = staff.team_kinds()
    kinds = [
        (code, name, [named[kind] for kind in byhand.called_for(code)])
        for code, name in form.fields["case_class"].choices  # type: ignore[attr-defined]
    ]
    shown = {
        "form": form,
        "kinds": kinds,
        "rescue_rings": byhand.rings_rescue(),
        "default_cloth": "paper",
    }
    return render(request, "cases/danger.html", shown, status=status)
