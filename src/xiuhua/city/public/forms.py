"""The public's forms: few fields, plain words; what is missing or wrong is said in one sentence."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from xiuhua.city.cases.intake import (
    Source,
    place_choices,
)

LONGEST = 1000
QUICKEST_S = 2
LONGEST_OPEN_S = 86_400
_SALT = "public-form"

FOR = (
    (Source.WEB.value, _("Myself")),
    (Source.NEIGHBOUR.value, _("A neighbour, who cannot do it")),
    (Source.COMMITTEE.value, _("A resident, and I am of the committee")),
)


def fresh_stamp() -> str:
    """What a form carries: its own key and when it was handed out, signed."""
    return signing.dumps(secrets.token_hex(16), salt=_SALT)


class MatterForm(forms.Form):
    """A matter, as somebody tells it who is not logged in. `website` stands where no person sees
    it; whoever fills it in, or sends the form faster than one can read it, is asked to look again.
    """

    words = forms.CharField(
        label=_("What is the matter?"), max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Please write in a few words what is the matter.")},
    )  # fmt: skip
    place = forms.ChoiceField(
        label=_("Where is it?"), required=False,
        error_messages={"invalid_choice": _("Please choose the place from the list.")},
    )  # fmt: skip
    where = forms.CharField(
        label=_("Or write where it is"), max_length=200, required=False,
    )  # fmt: skip
    phone = forms.RegexField(
        r"^\+?[0-9 -]{5,24}$", label=_("Your telephone (you may leave it empty)"), required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        error_messages={"invalid": _("Please write the telephone number in digits.")},
    )  # fmt: skip
    name = forms.CharField(
        label=_("How may we call you? (you may leave it empty)"), max_length=60, required=False,
    )  # fmt: skip
    whose = forms.ChoiceField(
        label=_("For whom do you report it?"), choices=FOR, initial=Source.WEB.value,
        widget=forms.RadioSelect,
    )  # fmt: skip
    lon = forms.FloatField(min_value=-180, max_value=180, required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(min_value=-90, max_value=90, required=False, widget=forms.HiddenInput)
    website = forms.CharField(required=False)
    stamp = forms.CharField(max_length=200, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, str] | None = None, *, place: str = "") -> None:
        initial = {"stamp": fresh_stamp(), "place": place}
        super().__init__(data, auto_id="matter_%s", initial=initial)
        self.key = ""
        choices = [("", _("Choose a place")), *place_choices()]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> None:
        """The parts together: a place in one way or another, a stamp of ours, a person."""
        told = self.cleaned_data
        self.key = self._key(told.get("stamp", ""))
        if not (told.get("place") or told.get("where") or self.spot or "place" in self.errors):
            self.add_error("place", _("Please choose the place, or write where it is."))
        if told.get("website") or not self.key:
            again = {**self.data.dict(), "stamp": fresh_stamp(), "website": ""}  # type: ignore[attr-defined]
            self.data = again
            raise forms.ValidationError(_("Please read it through once more, then send it again."))

    @property
    def spot(self) -> tuple[float, float] | None:
        """Where it is, where the phone or the map said so."""
        lon, lat = self.cleaned_data.get("lon"), self.cleaned_data.get("lat")
        return None if lon is None or lat is None else (lon, lat)

    @staticmethod
    def _key(stamp: str) -> str:
        """The form's key, "" for a stamp that is not ours, too old, or sent within a moment."""
        try:
            key = str(signing.loads(stamp, salt=_SALT, max_age=LONGEST_OPEN_S))
            too_quick = _is_younger(stamp)
        except signing.BadSignature:
            return ""
        return "" if too_quick else key


def _is_younger(stamp: str) -> bool:
    try:
        signing.loads(stamp, salt=_SALT, max_age=QUICKEST_S)
    except signing.SignatureExpired:
        return False
    return True


class FindForm(forms.Form):
    """Number and code from a receipt."""

    number = forms.CharField(
        label=_("Number"), max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    code = forms.CharField(
        label=_("Code (ten digits)"), max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        super().__init__(data, auto_id="find_%s")
