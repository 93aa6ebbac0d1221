"""The form of each step: only what that step needs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from xiuhua.city.fields import DayField
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from . import queries
from .clocks import IN_DAYS
from .commands import LONGEST_NOTE
from .machine import JUDGES_ALERT, WAYS, Need, Step
from .models import Case, Source
from .photos import FORMATS
from .routing import Matrix, fallback
from .shown import limit_words
from .sources import TERMS
from .standards import told_amount
from .standing import standing_of
from .words import KEYS, NOTES, STEPS

ACCEPT = ",".join(f"image/{form.lower()}" for form in FORMATS)


class StepForm(forms.Form):
    """A step's form for one case. Photos are plain inputs in the template: Django has no field for
    several, and the machine, not the form, says what is missing."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    standard = forms.ChoiceField(label=_("Filing condition"))
    team = forms.ChoiceField(label=_("Team"))
    more = forms.DecimalField(min_value=0)
    until = DayField(label=_("To be looked at again on"))
    other = forms.CharField(label=_("Number of the other case"), max_length=40)
    satisfied = forms.ChoiceField(
        label=_("Is the reporter satisfied?"),
        choices=[("1", _("satisfied")), ("0", _("not satisfied"))],
        widget=forms.RadioSelect,
    )
    true = forms.ChoiceField(
        label=_("Was the alert true?"),
        choices=[("1", _("True")), ("0", _("False alarm"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST_NOTE)

    def __init__(self, step: Step, case: Case, data: Mapping[str, str] | None = None) -> None:
        start = {"version": case.version}
        super().__init__(data, initial=start, auto_id=f"{step}_%s", use_required_attribute=True)
        self.step = step
        self.label = STEPS[step]
        self.key = KEYS.get(step, "")
        self.wants_photos = Need.PHOTO in WAYS[step].needs
        self.accept = ACCEPT
        self._fit(case)

    def _fit(self, case: Case) -> None:
        needs = WAYS[self.step].needs
        for name, wanted in _FIELDS.items():
            if wanted not in needs:
                del self.fields[name]
        if self.step is Step.FILE:
            self._offer_standards(case)
        else:
            del self.fields["standard"]
        if Need.TEAM in needs:
            self._offer_teams(case)
        if Need.MORE in needs:
            self.fields["more"].label = _("More days") if in_days(case) else _("More hours")
            self.initial["more"] = asked_for(case)
        self.fields["note"].label = str(NOTES.get(self.step, _("Remark")))
        self.fields["note"].required = Need.NOTE in needs
        self.judges = self.step in JUDGES_ALERT and standing_of(case, timezone.now()).must_judge
        if self.judges:
            self.fields["note"].label = _("Remark; of a false alarm, what caused it")
        else:
            del self.fields["true"]
        if self.step is Step.CLOSE and case.satisfied is False:
            self.fields["note"].label = _("Why it is closed though the reporter is not satisfied")
            self.fields["note"].required = True

    def _offer_standards(self, case: Case) -> None:
        rows = queries.standards(case.case_class_id, by_alert=case.source == Source.ALERT)
        field = self.fields["standard"]
        field.choices = [(row.code, f"{row.condition} · {limit_words(row.limit)}") for row in rows]  # type: ignore[attr-defined]
        self.initial["standard"] = case.standard_id or ""

    def _offer_teams(self, case: Case) -> None:
        self.fields["team"].choices = list(_teams(case))  # type: ignore[attr-defined]
        settling = self.step is Step.SETTLE
        whose = [fallback()] if settling else Matrix.of([case]).teams(case)
        self.initial["team"] = next(iter(whose), "")


_FIELDS = {
    "team": Need.TEAM,
    "more": Need.MORE,
    "until": Need.UNTIL,
    "other": Need.OTHER,
    "satisfied": Need.SATISFIED,
}


def in_days(case: Case) -> bool:
    """Whether the case's limit is counted in days, and more time is asked for in days."""
    return case.clock in IN_DAYS


def asked_for(case: Case) -> str:
    """The time that was last asked for, as people say it; "" where none was."""
    last = case.steps.filter(step=Step.ASK_MORE).order_by("-seq").first()
    return told_amount(case.clock, last.data["more"]) if last else ""


class ReportForm(forms.Form):
    """A matter as somebody tells it. Which fields it has is the source's to say."""

    case_class = forms.ChoiceField(label=_("Class"))
    place = forms.ChoiceField(label=_("Where it is"))
    words = forms.CharField(
        label=_("What is the matter, in their own words"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_NOTE,
    )
    order = forms.CharField(label=_("Order number"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    phone = forms.RegexField(
        r"^\+?[0-9 -]{5,24}$", label=_("Telephone"), required=False, strip=True
    )
    key = forms.RegexField(r"^[0-9a-f]{32}$", required=False, widget=forms.HiddenInput)
    lon = forms.FloatField(min_value=-180, max_value=180, required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(min_value=-90, max_value=90, required=False, widget=forms.HiddenInput)

    def __init__(
        self, source: Source, data: Mapping[str, str] | None = None, *, place: str = ""
    ) -> None:
        initial = {"key": secrets.token_hex(16), "place": place}
        super().__init__(data, auto_id="report_%s", initial=initial)
        terms = TERMS[source]
        if not terms.order:
            del self.fields["order"]
        if not terms.reporter:
            del self.fields["name"], self.fields["phone"]
        self.fields["case_class"].choices = [("", ""), *class_choices()]  # type: ignore[attr-defined]
        self.fields["place"].choices = [("", ""), *place_choices()]  # type: ignore[attr-defined]

    @property
    def spot(self) -> tuple[float, float] | None:
        """Where it is, where the phone or the map said so."""
        lon, lat = self.cleaned_data["lon"], self.cleaned_data["lat"]
        return None if lon is None or lat is None else (lon, lat)


def class_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Classes of case, events and components apart."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in queries.classes():
        number = f"{one.number[:2]}-{one.number[2:]} " if one.number else ""
        groups.setdefault(one.sort, []).append((one.code, f"{number}{one.name}"))
    names = {"event": _("Events"), "component": _("Components")}
    return [(str(names.get(sort, _("Others"))), rows) for sort, rows in groups.items()]


def place_choices() -> list[tuple[str, str]]:
    """Where a matter may be: outdoor spots, compounds and their buildings."""
    return places.reportable()


def form_for(step: Step, case: Case, data: Mapping[str, str] | None = None) -> StepForm:
    """The form of a step, filled with what was sent, if anything was."""
    return StepForm(step, case, data)


def _teams(case: Case) -> Iterator[tuple[str, str]]:
    """The teams that serve the place, those of the case's own kind first."""
    serving = staff.teams(site=case.site)
    own = [team for team in serving if team.kind == case.case_class.team_kind]
    for team in own + [team for team in serving if team not in own]:
        yield team.code, f"{team.name} · {team.get_kind_display()}"
