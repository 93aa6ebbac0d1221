"""The standard's pages: the table, one row, CSV out and in, the limits of stages."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from xiuhua.city import sheets
from xiuhua.city.access import may, needs
from xiuhua.city.staff import queries as staff

from . import queries, standards
from .clocks import BadLimit, Clock, Limit
from .models import Clock as ClockWords
from .models import Standard
from .reckoning import stage_limits
from .standards import read_amount, told_amount
from .ways import Stage


class RowForm(forms.Form):
    """A row of the standard. The amount is in hours for clocks of hours, in days for the others."""

    condition_zh = forms.CharField(label=gettext_lazy("Filing condition (Chinese)"), max_length=300)
    condition_en = forms.CharField(label=gettext_lazy("Filing condition (English)"), max_length=400)
    clock = forms.ChoiceField(label=gettext_lazy("Clock"), choices=ClockWords.choices)
    amount = forms.DecimalField(
        label=gettext_lazy("Hours, or days"), min_value=Decimal("0.01"), max_value=8784
    )
    closing_zh = forms.CharField(
        label=gettext_lazy("Closing condition (Chinese)"), max_length=1000, required=False
    )
    closing_en = forms.CharField(
        label=gettext_lazy("Closing condition (English)"), max_length=1000, required=False
    )
    team_kind = forms.ChoiceField(label=gettext_lazy("Unit"))
    active = forms.BooleanField(label=gettext_lazy("Used for filing"), required=False)

    def __init__(self, data: object = None, *, initial: dict[str, object] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="row_%s")  # type: ignore[arg-type]
        kinds = staff.team_kinds()
        self.fields["team_kind"].choices = list(kinds.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        """The limit as one: a part of a day is none."""
        told = self.cleaned_data
        if "clock" in told and "amount" in told:
            clock = Clock(told["clock"])
            try:
                told["minutes"] = read_amount(clock, f"{told['amount']:f}".removesuffix(".0"))
            except (ValueError, BadLimit):
                self.add_error("amount", _("Whole days, at most a year."))
        return told


@needs("case.look")
def table(request: HttpRequest) -> HttpResponse:
    """All rows, or those of which a word is looked for."""
    words = request.GET.get("q", "").strip()
    shown = {
        "rows": queries.standard_rows(words),
        "q": words,
        "kinds": staff.team_kinds(),
        "stages": [
            (stage, queries.stage_label(stage), limit, told_amount(limit.clock, limit.amount))
            for stage, limit in stage_limits().items()
        ],
        "clocks": ClockWords.choices,
        "may_edit": may(request.user, "standard.edit"),
        "default_cloth": "paper",
    }  # fmt: skip
    return render(request, "cases/standards.html", shown)


@needs("case.look")
def as_csv(_request: HttpRequest) -> HttpResponse:
    """The whole table, to be kept, changed elsewhere and brought back."""
    return sheets.answer(standards.export_csv(), "standards.csv")


@needs("standard.edit")
@require_POST
def import_csv(request: HttpRequest) -> HttpResponse:
    """Bring rows in from a CSV file: all of them, or none and the line that is wrong."""
    sheets.bring(request, standards.import_csv)
    return redirect("cases:standards")


@needs("standard.edit")
def row(request: HttpRequest, code: str) -> HttpResponse:
    """One row, to be changed."""
    found = Standard.objects.filter(code=code).select_related("case_class").first()
    if found is None:
        raise Http404
    fields = ("condition_zh", "condition_en", "closing_zh", "closing_en", "team_kind", "active")
    start: dict[str, object] = {field: getattr(found, field) for field in fields}
    start |= {"clock": found.clock, "amount": told_amount(found.clock, found.amount)}
    form = RowForm(request.POST if request.method == "POST" else None, initial=start)
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        standards.edit(
            code=code, clock=Clock(told["clock"]), amount=told["minutes"],
            team_kind=told["team_kind"], active=told["active"], words=told,
        )  # fmt: skip
        messages.success(request, _("Changed; what is filed from now on follows it."))
        return redirect("cases:standards")
    shown = {"row": found, "form": form, "default_cloth": "paper"}
    return render(request, "cases/standard.html", shown, status=422 if form.is_bound else 200)


@needs("standard.edit")
@require_POST
def stage_limit(request: HttpRequest, stage: str) -> HttpResponse:
    """Set how long a case may wait at a stage."""
    if stage not in stage_limits():
        raise Http404
    try:
        clock = Clock(request.POST.get("clock", ""))
        limit = Limit(clock, read_amount(clock, request.POST.get("amount", "")))
    except (ValueError, OverflowError):
        messages.error(request, _("That is no limit; nothing was changed."))
    else:
        standards.set_stage_limit(stage=Stage(stage), limit=limit)
        messages.success(request, _("Changed; open cases are reckoned anew."))
    return redirect("cases:standards")
