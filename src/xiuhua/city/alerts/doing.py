"""What people and the house did with an alert, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from xiuhua.city.staff import queries as staff

from .models import AlertStep

OF_THE_HOUSE = frozenset({"budget"})
"""Notes that the house writes for itself and shows to nobody."""


def done(steps: Iterable[AlertStep]) -> list[tuple[AlertStep, str]]:
    """The steps that are not records made while acting, each with the note to show."""
    shown = [step for step in steps if step.what != AlertStep.What.SAFETY]
    called = {step.pk: _called(step) for step in shown if step.what == AlertStep.What.ESCALATED}
    names = _names({word for words in called.values() for word in words}) if called else {}
    notes = {
        pk: _(", ").join(names.get(word, word) for word in words) or _("nobody new")
        for pk, words in called.items()
    }
    return [(step, notes.get(step.pk, _note(step))) for step in shown]


def _called(step: AlertStep) -> list[str]:
    """The codes and accounts that a step keeps; one of an older house holds them as text, people by
    their Chinese names."""
    if step.data:
        return [*step.data["teams"], *step.data["people"]]
    return [word for word in step.note.split(", ") if word]


def _names(words: set[str]) -> dict[str, str]:
    people = {account: person.name for account, person in staff.members(words).items()}
    return people | {team.code: team.name for team in staff.teams() if team.code in words}


def _note(step: AlertStep) -> str:
    return "" if step.note in OF_THE_HOUSE else step.note
