"""Words and numbers of sensors in pages."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xiuhua.city.devices.models import STANDINGS
from xiuhua.city.devices.readings import Said
from xiuhua.engine.words import UNITS, number
from xiuhua.kinds import Field, Kind

register = template.Library()
register.filter("number", number)


@register.filter
def named(thing: Kind | Field) -> str:
    """A kind's or a field's name in the reader's language."""
    return thing.en if get_language() == "en" else thing.zh


@register.filter
def level_name(level: str) -> str:
    """The word of how a device stands."""
    return str(STANDINGS[level])


@register.filter
def unit(field: Field) -> str:
    """A field's unit as people write it, here as in the sentences of alerts."""
    return UNITS.get(field.unit, field.unit)


@register.filter
def value(said: Said) -> str:
    """A field's value in words: numbers to four figures, yes and no, a choice's own word."""
    if said.value is None:
        return "–"
    if isinstance(said.value, bool):
        return _("Yes") if said.value else _("No")
    if isinstance(said.value, int | float):
        return number(said.value)
    return (get_language() != "en" and said.choice_zh) or str(said.value)
