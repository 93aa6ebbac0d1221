"""Somebody rings or stands at the counter: fire, gas, a person in danger. One press calls everyone;
the case is there already and is written up behind it (后补录)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiuhua.city.access import User, needs
from xiuhua.city.alerts import queries as alerts
from xiuhua.city.places import queries as places

from . import queries
from .forms import place_choices
from .models import Source
from .reporting import Report, report
from .sources import open_to

HEARD = (Source.PHONE, Source.COUNTER, Source.PATROL, Source.NEIGHBOUR, Source.COMMITTEE)
"""How such a matter is told to a desk, by whoever may bring it in so."""


class DangerForm(forms.Form):
    """Where, and how it was heard. Which danger it is, is the button that is pressed."""

    source = forms.ChoiceField(label=gettext_lazy("How it was heard"))
    place = forms.ChoiceField(label=gettext_lazy("Where it is"))
    flat = forms.CharField(
        label=gettext_lazy("Code of the flat, if it is known"), max_length=64, required=False
    )
    case_class = forms.ChoiceField(widget=forms.HiddenInput)

    def __init__(self, user: User, *sent: object) -> None:
        super().__init__(*sent)  # type: ignore[arg-type]
        heard = [(one.value, one.label) for one in HEARD if one in open_to(user)]
        self.fields["source"].choices = heard  # type: ignore[attr-defined]
        self.fields["place"].choices = [("", ""), *place_choices()]  # type: ignore[attr-defined]
        found = [(one.code, one.name) for one in queries.classes() if one.life_safety]
        self.fields["case_class"].choices = found  # type: ignore[attr-defined]

    @property
    def where(self) -> str:
        """The flat if the house knows it, else the place: an unknown flat holds nothing up."""
        flat = places.place(self.cleaned_data["flat"])
        return flat.code if flat else str(self.cleaned_data["place"])


@needs("case.report")
def page(request: HttpRequest) -> HttpResponse:
    """The form; pressed, everybody is called and the alert's page shows who answers."""
    if request.method != "POST":
        return _page(request, DangerForm(request.user))
    form = DangerForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    source = Source(form.cleaned_data["source"])
    new = Report(
        source=source, case_class=form.cleaned_data["case_class"], place=form.where, words=""
    )
    case = report(new, by=request.user, now=timezone.now())
    messages.success(request, _("Everybody is called. Write the case up afterwards."))
    if case.alert and alerts.may_see(request.user, case.alert):
        return redirect("alerts:alert", id=case.alert)
    return redirect("cases:case", number=case.number)


def _page(request: HttpRequest, form: DangerForm, status: int = 200) -> HttpResponse:
    kinds = form.fields["case_class"].choices  # type: ignore[attr-defined]
    shown = {"form": form, "kinds": list(kinds), "default_cloth": "paper"}
    return render(request, "cases/danger.html", shown, status=status)
