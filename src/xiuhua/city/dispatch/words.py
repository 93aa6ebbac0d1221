"""What the room says: why an order waits, and an offer as a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .problem import Offer, Why

HELD = {
    Why.NOBODY: gettext_lazy("Nobody of the units whose it is is on duty."),
    Why.SKILL: gettext_lazy("Nobody on duty there can do it."),
    Why.TURN_ENDS: gettext_lazy("Nobody there would be done before their turn ends."),
    Why.FULL: gettext_lazy("Everybody there has as much as they may have."),
}


def offer(one: Offer) -> str:
    """The way, what they have in hand, whether it will be in time."""
    way = max(1, round(one.way))
    parts = [
        ngettext("%(n)d minute of way", "%(n)d minutes of way", way) % {"n": way},
        ngettext("%(n)d order in hand", "%(n)d orders in hand", one.load) % {"n": one.load},
        _("late by %(n)d minutes") % {"n": round(one.late)} if one.late else _("in time"),
    ]
    if one.rank:
        parts.append(_("helping unit"))
    return _(", ").join(parts)
