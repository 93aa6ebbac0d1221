"""The forms that take history out of the house."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from xiuhua.city.access import may, needs
from xiuhua.city.fields import DayField
from xiuhua.epoch import SHANGHAI, midnight, millis, moment, now_ms
from xiuhua.history.errors import PartDamaged, PartMissing
from xiuhua.kinds import all_kinds

from . import exporting, queries
from .models import LONGEST

REFUSED = {
    "both": _("Ask for a device, or for a kind and a site."),
    "device": _("No such device is known."),
    "kind": _("No such kind is known."),
    "span": _("Ask for at most 92 days, and a last day that is not before the first."),
    "reason": _("Say why."),
}
FORMS = [("csv", _("CSV (gzip)")), ("parquet", "Parquet"), ("ndjson", _("NDJSON (gzip)"))]


class ExportForm(forms.Form):
    """What leaves the house, and why: a device, or a kind (at a site)."""

    device = forms.CharField(label=_("Device"), max_length=64, required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    site = forms.CharField(label=_("Site"), max_length=32, required=False)
    since = DayField(label=_("From day"))
    until = DayField(label=_("To day"))
    form = forms.ChoiceField(label=_("As"), choices=FORMS)
    why = forms.CharField(label=_("Why it leaves the house"), max_length=LONGEST)

    def __init__(self, data: Any = None, *, kinds: bool, **rest: Any) -> None:  # noqa: ANN401
        super().__init__(data, **rest)
        if kinds:
            every = [("", "–"), *((one.code, f"{one.zh} {one.code}") for one in all_kinds())]
            cast("forms.ChoiceField", self.fields["kind"]).choices = every
        else:
            del self.fields["kind"], self.fields["site"]
            self.fields["device"].required = True

    def asked(self) -> dict[str, Any]:
        """For `exporting.export`; days are those of Shanghai, the last one included."""
        said = dict(self.cleaned_data)
        said["since"] = millis(midnight(said["since"]))
        said["until"] = millis(midnight(said["until"] + timedelta(days=1)))
        return said


@needs("device.look")
def exports(request: HttpRequest) -> HttpResponseBase:
    """Take out what a device or, where the role allows, a kind said; the newest exports."""
    from xiuhua.history.export import TooManyRows

    kinds = may(request.user, "history.export")
    if request.method != "POST":
        return _page(request, ExportForm(kinds=kinds, initial=_first(request)))
    form = ExportForm(request.POST, kinds=kinds)
    if form.is_valid():
        try:
            made = exporting.export(user=request.user, now=now_ms(), **form.asked())
        except exporting.Refused as error:
            form.add_error(None, REFUSED[error.args[0]])
        except TooManyRows as error:
            form.add_error(None, too_many(error.rows))
        except (PartMissing, PartDamaged):
            form.add_error(None, gettext("The past readings could not be read."))
        else:
            return exporting.answer(*made)
    return _page(request, form)


def too_many(rows: int) -> str:
    """What to say where an export would be too large."""
    words = ngettext(
        "That is %(n)d reading; one export holds at most %(most)d. Ask for a shorter time.",
        "That are %(n)d readings; one export holds at most %(most)d. Ask for a shorter time.",
        rows,
    )
    return words % {"n": rows, "most": exporting.MOST_ROWS}


def _page(request: HttpRequest, form: ExportForm) -> HttpResponse:
    by = "" if may(request.user, "history.look") else request.user.get_username()
    rows = [
        (row, moment(row.at), moment(row.since), moment(row.until - 1))
        for row in queries.exports(by)
    ]
    seen = {"default_cloth": "paper", "form": form, "exports": rows}
    return render(request, "archive/exports.html", seen, status=422 if form.is_bound else 200)


def _first(request: HttpRequest) -> dict[str, Any]:
    today = datetime.now(SHANGHAI).date()
    device = request.GET.get("device", "")[:64]
    return {"device": device, "since": today - timedelta(days=6), "until": today}
