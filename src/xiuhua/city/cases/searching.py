"""What is asked of the search page, and how it stands in an address: without anything about who
reported. Who reported is asked for by POST alone, for a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiuhua.city.fields import DayField
from xiuhua.city.places import queries as places
from xiuhua.city.staff import queries as staff

from .forms import class_choices
from .models import Source
from .models import Stage as StageWords
from .search import ALL_ENDED, ALL_OPEN, Wanted
from .wording import too_short

ANY = ("", gettext_lazy("any"))
_PHONE = re.compile(
    r"(?<![\w-])(?:(?:\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}"
    r"|(?!20[0-4]\d(?:0[1-9]|1[0-2]))[2-9]\d{7})(?![\d-])"
)
"""A telephone number as people write it in China, and no day as case numbers hold it."""


class SearchForm(forms.Form):
    """One box and the filters. Empty fields leave that open."""

    q = forms.CharField(label=gettext_lazy("Number or words"), max_length=80, required=False)
    case_class = forms.ChoiceField(label=gettext_lazy("Class"), required=False)
    place = forms.ChoiceField(label=gettext_lazy("Where it is"), required=False)
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)
    person = forms.ChoiceField(label=gettext_lazy("Person who worked on it"), required=False)
    since = DayField(label=gettext_lazy("Reported from"), required=False)
    until = DayField(label=gettext_lazy("Reported until"), required=False)
    overdue = forms.BooleanField(label=gettext_lazy("Overdue now"), required=False)
    life_safety = forms.BooleanField(label=gettext_lazy("Life safety"), required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="search_%s", use_required_attribute=False)
        choices: dict[str, list[Any]] = {
            "case_class": class_choices(),
            "place": places.areas(str(data.get("place", ""))),
            "stage": [(ALL_OPEN, _("All open")), (ALL_ENDED, _("All ended")), *StageWords.choices],
            "source": list(Source.choices),
            "team": [(team.code, team.name) for team in staff.teams()],
            "person": [(one.user.username, one.name) for one in staff.active()],
        }
        for name, offered in choices.items():
            self.fields[name].choices = [ANY, *offered]  # type: ignore[attr-defined]

    def clean_q(self) -> str:
        """Words that can be looked up, and no telephone number: it would stand in the address."""
        asked = str(self.cleaned_data["q"]).strip()
        if _PHONE.search(asked):
            raise forms.ValidationError(
                _("A telephone number does not go into an address. Ask below for who reported it.")
            )
        if short := too_short(asked):
            raise forms.ValidationError(
                _("“%(word)s” is too short: two signs at least, of Latin letters or digits three.")
                % {"word": short[0]}
            )
        return asked

    def clean(self) -> dict[str, Any]:
        """The period runs forwards."""
        asked = self.cleaned_data
        if asked.get("since") and asked.get("until") and asked["since"] > asked["until"]:
            self.add_error("until", _("The end lies before the beginning."))
        return asked

    @property
    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        asked = dict(self.cleaned_data)
        return Wanted(words=asked.pop("q"), **asked)

    @property
    def query(self) -> str:
        """A valid form as it stands in an address: what is empty is left out."""
        told = {name: value for name, value in self.cleaned_data.items() if value}
        return urlencode(told | {name: "on" for name, value in told.items() if value is True})


class ReporterForm(forms.Form):
    """Who reported it, as they gave their name or number, and why one asks."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=24, required=False)
    reason = forms.CharField(label=gettext_lazy("Why you need to know"), max_length=300)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="reporter_%s")

    def clean(self) -> dict[str, Any]:
        """One of the two at least."""
        asked = self.cleaned_data
        if not (asked.get("name") or asked.get("phone")):
            raise forms.ValidationError(_("Please give the whole name or the whole number."))
        return asked
