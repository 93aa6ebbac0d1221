"""Fields of forms that the rooms share: days and moments of this house's time, 2000 to 2100. What
lies beyond is a slip of the pen, and no calendar reckons with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
_OUT = _("Please give a day between 2000 and 2100.")


def _between(first: date, last: date) -> list[Callable[[Any], None]]:
    return [MinValueValidator(first, _OUT), MaxValueValidator(last, _OUT)]


class DayField(forms.DateField):
    """A day."""

    default_validators = _between(FIRST, LAST)

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**{"widget": forms.DateInput({"type": "date"}, "%Y-%m-%d")} | options)


class MomentField(forms.DateTimeField):
    """A moment, to the minute."""

    default_validators = _between(
        datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC),
        datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC),
    )

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        told = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
        super().__init__(**{"widget": told} | options)
