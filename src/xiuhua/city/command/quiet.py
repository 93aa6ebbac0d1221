"""Planned work on the desk: what may be named in it, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xiuhua.city.alerts.queries import QuietWindow
from xiuhua.city.devices import queries as devices
from xiuhua.city.fields import MomentField
from xiuhua.city.places import queries as places
from xiuhua.city.rules import queries as rules
from xiuhua.city.staff import queries as staff

ANY = ("", gettext_lazy("any"))
MOST = 50
"""So many devices of a like name are offered to choose from."""


class QuietForm(forms.Form):
    """Planned work: where, which device or rule, from when to when, why. What it names is known."""

    place = forms.ChoiceField(label=gettext_lazy("Place"), required=False)
    device = forms.CharField(
        label=gettext_lazy("Device"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Its number or name, or a part of it; empty for any."),
    )
    rule = forms.ChoiceField(label=gettext_lazy("Rule"), required=False)
    since = MomentField(label=gettext_lazy("From when"))
    until = MomentField(label=gettext_lazy("Until when"))
    why = forms.CharField(label=gettext_lazy("Which work?"), max_length=300)

    def __init__(
        self, data: Mapping[str, str] | None = None, *, since: datetime | None = None
    ) -> None:
        super().__init__(data, auto_id="quiet_%s", initial={"since": since})
        offered = {
            "place": places.assignable(),
            "rule": sorted(rules.names().items(), key=lambda pair: pair[1]),
        }
        unknown = {
            "place": _("We know no such place. Please choose one from the list."),
            "rule": _("We know no such rule. Please choose one from the list."),
        }
        for name, choices in offered.items():
            field = self.fields[name]
            field.choices = [ANY, *choices]  # type: ignore[attr-defined]
            field.error_messages["invalid_choice"] = unknown[name]

    def clean_device(self) -> str:
        """The device of that number, or the only one whose number or name holds these words. Where
        several do, they are offered to choose from."""
        words = str(self.cleaned_data["device"])
        if not words or devices.one(words):
            return words
        found = list(devices.search(text=words)[: MOST + 1])
        if len(found) == 1:
            return found[0].id
        if not found:
            raise forms.ValidationError(
                _("We know no device “%(words)s” in service.") % {"words": words}
            )
        if len(found) <= MOST:
            offered = [(one.id, f"{one.name} · {one.id}") for one in found]
            self.fields["device"].widget = forms.Select(choices=[("", "—"), *offered])
        raise forms.ValidationError(
            _("Several devices are called “%(words)s”. Please say which.") % {"words": words}
        )


class Told(NamedTuple):
    """Planned work in words: what it is about, and who announced it."""

    window: QuietWindow
    about: str
    by: str


def told(windows: Iterable[QuietWindow]) -> list[Told]:
    """These quiet windows with the names of what they name; a code where no name is known."""
    all_ = list(windows)
    labels = places.many_labels(one.place for one in all_ if one.place)
    named = devices.names(one.device for one in all_ if one.device)
    known, people = rules.names(), staff.members(one.by for one in all_)
    return [
        Told(
            one,
            " · ".join(
                words
                for words in (
                    labels.get(one.place, ""),
                    named.get(one.device, one.device),
                    known.get(one.rule, one.rule),
                )
                if words
            ),
            people[one.by].name if one.by in people else one.by,
        )
        for one in all_
    ]
