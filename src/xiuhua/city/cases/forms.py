"""The form of each step: only what that step needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from xiuhua.city.staff import queries as staff

from .commands import LONGEST_NOTE
from .machine import WAYS, Need, Step
from .models import Case
from .photos import FORMATS
from .routing import team_for
from .words import KEYS, NOTES, STEPS

ACCEPT = ",".join(f"image/{form.lower()}" for form in FORMATS)


class StepForm(forms.Form):
    """A step's form for one case. Photos are plain inputs in the template: Django has no field for
    several, and the machine, not the form, says what is missing."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    team = forms.ChoiceField(label=_("Team"))
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST_NOTE)

    def __init__(self, step: Step, case: Case, data: Mapping[str, str] | None = None) -> None:
        start = {"version": case.version}
        super().__init__(data, initial=start, auto_id=f"{step}_%s", use_required_attribute=True)
        self.step = step
        self.label = STEPS[step]
        self.key = KEYS[step]
        self.wants_photos = Need.PHOTO in WAYS[step].needs
        self.accept = ACCEPT
        self._fit(case)

    def _fit(self, case: Case) -> None:
        needs = WAYS[self.step].needs
        if Need.TEAM in needs:
            team = self.fields["team"]
            team.choices = list(_teams(case))  # type: ignore[attr-defined]
            kind = case.case_class.team_kind
            self.initial["team"] = team_for(kind=kind, site=case.site)
        else:
            del self.fields["team"]
        self.fields["note"].label = str(NOTES.get(self.step, _("Remark")))
        self.fields["note"].required = Need.NOTE in needs


def form_for(step: Step, case: Case, data: Mapping[str, str] | None = None) -> StepForm:
    """The form of a step, filled with what was sent, if anything was."""
    return StepForm(step, case, data)


def _teams(case: Case) -> Iterator[tuple[str, str]]:
    """The teams that serve the place, those of the case's own kind first."""
    serving = staff.teams(site=case.site)
    own = [team for team in serving if team.kind == case.case_class.team_kind]
    for team in own + [team for team in serving if team not in own]:
        yield team.code, f"{team.name} · {team.get_kind_display()}"
