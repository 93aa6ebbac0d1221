"""The family contacts of a home: who keeps them enters and forgets them; nobody reads them here."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from xiuhua.city.access import needs
from xiuhua.city.places import queries as places

from . import family


class FamilyForm(forms.Form):
    """A contact of a home, and what they agreed to."""

    flat = forms.CharField(label=gettext_lazy("Code of the flat"), max_length=64)
    name = forms.CharField(label=gettext_lazy("Name (kept sealed)"), max_length=60)
    phone = forms.RegexField(
        r"^\+?[0-9 -]{5,20}$", label=gettext_lazy("Telephone (kept sealed)"), max_length=21
    )
    agreed = forms.BooleanField(
        label=gettext_lazy("They agreed to be rung when a life may be at risk"), required=False
    )
    quiet_since = forms.TimeField(label=gettext_lazy("Wants quiet from"), required=False)
    quiet_until = forms.TimeField(label=gettext_lazy("Wants quiet until"), required=False)

    def clean_flat(self) -> str:
        """The flat must be one that the house knows."""
        flat = str(self.cleaned_data["flat"])
        found = places.place(flat)
        if found is None or found.kind != "flat":
            raise forms.ValidationError(_("No such flat is known."))
        return flat


@needs("people.family")
@sensitive_post_parameters("name", "phone")
def page(request: HttpRequest) -> HttpResponse:
    """The contacts of one home, without names; a form for one more."""
    flat = request.GET.get("flat", "")
    if request.method != "POST":
        return _page(request, FamilyForm(initial={"flat": flat}), flat)
    form = FamilyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, flat, status=422)
    family.put(**form.cleaned_data, by=request.user.get_username(), now=timezone.now())
    messages.success(request, _("Entered."))
    return _to(form.cleaned_data["flat"])


@needs("people.family")
@require_POST
def forget(request: HttpRequest, contact: str) -> HttpResponse:
    """Their consent is taken back, or they moved on: forget them."""
    if not family.drop(contact):
        raise Http404
    return _to(request.POST.get("flat", ""))


def _to(flat: str) -> HttpResponse:
    return redirect(f"{reverse('people:family')}?{urlencode({'flat': flat})}")


def _page(request: HttpRequest, form: FamilyForm, flat: str, status: int = 200) -> HttpResponse:
    shown = {
        "form": form,
        "flat": flat,
        "place": places.label(flat) if flat else "",
        "contacts": family.of_flat(flat) if flat else [],
        "default_cloth": "paper",
    }
    return render(request, "people/family.html", shown, status=status)
