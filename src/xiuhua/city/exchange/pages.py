"""Pages of the exchange: who may send orders, what was delivered, tables of orders."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiuhua.city import sheets
from xiuhua.city.access import needs
from xiuhua.city.sheets import BadSheet

from . import commands, tables
from .models import Change, Partner

SHOWN = 50


class PartnerForm(forms.Form):
    """A partner; its secret is made, never typed. A code that is known gets a new one."""

    code = forms.SlugField(label=gettext_lazy("Code"), max_length=40)
    zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80)
    en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80)
    source = forms.ChoiceField(label=gettext_lazy("Its orders are"), choices=Partner.Sort.choices)
    webhook = forms.URLField(
        label=gettext_lazy("Address for our answers (may be empty)"), required=False,
        assume_scheme="https",
    )  # fmt: skip


class TableForm(forms.Form):
    """A file of orders, and whose they are."""

    partner = forms.ModelChoiceField(
        Partner.objects.filter(active=True), label=gettext_lazy("Whose orders are they?")
    )
    file = forms.FileField(label=gettext_lazy("CSV file (at most 2 MB, 2,000 rows)"))

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        self.fields["partner"].label_from_instance = lambda one: one.name  # type: ignore[attr-defined]


@needs("channels.set")
def partners(request: HttpRequest) -> HttpResponse:
    """Who may send orders, and what was sent back; a new one's secret is shown once."""
    form = PartnerForm(request.POST or None, auto_id="partner_%s")
    secret, status = "", 200
    if request.method == "POST":
        status = 200 if form.is_valid() else 422
        if form.is_valid():
            secret = commands.put_partner(**form.cleaned_data)
    shown = {
        "partners": Partner.objects.all(),
        "form": form,
        "secret": secret,
        "changes": Change.objects.exclude(tries=0).select_related("order").order_by("-seq")[:SHOWN],
        "default_cloth": "paper",
    }
    return render(request, "exchange/partners.html", shown, status=status)


@needs("channels.set")
@require_POST
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Let a partner in no more."""
    if commands.close(code=code):
        messages.success(request, _("%(code)s is closed.") % {"code": code})
    return redirect("exchange:partners")


@needs("case.report")
def table(request: HttpRequest) -> HttpResponse:
    """Orders from a file, row by row."""
    form = TableForm(request.POST or None, request.FILES or None, auto_id="table_%s")
    rows, refused, status = None, "", 200
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            raw, by = sheets.raw(told["file"]), request.user.get_username()
            rows = tables.take(told["partner"], raw, by=by, now=timezone.now())
        except BadSheet as bad:
            refused, status = str(bad), 422
    elif request.method == "POST":
        status = 422
    columns = [names[0] for names in tables.COLUMNS.values()]
    shown = {
        "form": form, "rows": rows, "refused": refused, "columns": columns,
        "default_cloth": "paper",
    }  # fmt: skip
    return render(request, "exchange/table.html", shown, status=status)
