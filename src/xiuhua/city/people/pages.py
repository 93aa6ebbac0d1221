"""Pages of the people room: whom to reach in a flat, and for the auditor who looked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from django import forms
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from xiuhua.city.access import may, needs
from xiuhua.city.places import queries as places
from xiuhua.epoch import moment

from . import looks, queries
from .words import in_words


class AskForm(forms.Form):
    """Which flat, and why."""

    flat = forms.CharField(label=_("Code of the flat"), max_length=64)
    reason = forms.CharField(label=_("Why you need to know"), max_length=300)


@needs("people.contact")
def contacts(request: HttpRequest) -> HttpResponse:
    """Whom to ring and whom to look for in a flat. Asking is a POST: a reason goes with it."""
    form = AskForm(request.POST or None, initial={"flat": request.GET.get("flat", "")})
    found = None
    if request.method == "POST" and form.is_valid():
        looker, now = cast("AbstractUser", request.user), datetime.now(UTC)
        shown = queries.contacts_of_flat(**form.cleaned_data, looker=looker, now=now)
        found = [(contact, in_words(contact.tags)) for contact in shown]
    flat = form["flat"].value()
    seen = {"form": form, "contacts": found, "place": places.label(flat) if flat else ""}
    more = {"may_keep": may(request.user, "people.family"), "default_cloth": "paper"}
    return render(request, "people/contacts.html", seen | more)


@needs("looks.look")
def record(request: HttpRequest) -> HttpResponse:
    """Who looked at what and why, newest first, and whether the record is whole."""
    found = queries.looks_of(auditor=cast("AbstractUser", request.user))
    rows = [(look, moment(look.at)) for look in found]
    count, mac = looks.ledger.head()
    seen = {"rows": rows, "broken": looks.ledger.first_broken(), "count": count, "mac": mac}
    return render(request, "people/looks.html", {"default_cloth": "paper", **seen})
