"""Levels and time left, in words. Times become the city's own here, at the edge."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from xiuhua import epoch
from xiuhua.city.alerts import channels
from xiuhua.city.alerts.models import Level

register = template.Library()


@register.simple_tag
def level(code: str) -> SafeString:
    """A level as shape, colour and word."""
    return format_html('<span class="level" data-level="{}">{}</span>', code, Level(code).label)


@register.inclusion_tag("alerts/_no_channel.html")
def warn_without_channel(*, may_see_channels: bool = False) -> dict[str, bool]:
    """A warning while no channel at all serves risks to life; else nothing."""
    return {"none": channels.none_for_life(), "may_see_channels": may_see_channels}


@register.filter
def late(due: datetime | None, now: datetime) -> bool:
    """Whether the deadline has passed; one that nobody knows has not."""
    return due is not None and due < now


@register.filter
def millis(at: datetime) -> int:
    """A moment as epoch milliseconds, for scripts."""
    return epoch.millis(at)


@register.filter
def left(due: datetime | None, now: datetime) -> str:
    """How long until a deadline: minutes within the hour, then the hour of the day it falls on; of
    one that nobody knows, nothing."""
    if due is None:
        return ""
    if due < now:
        return _late(now - due)
    if due - now < timedelta(hours=1):
        minutes = int((due - now).total_seconds() // 60)
        return _("%(n)d min left") % {"n": minutes}
    at = timezone.localtime(due)
    days = (at.date() - timezone.localdate(now)).days
    words = {0: _("by %(time)s today"), 1: _("by %(time)s tomorrow")}
    return words.get(days, _("by %(day)s %(time)s")) % {
        "time": f"{at:%H:%M}",
        "day": f"{at:%m-%d}",
    }


def _late(by: timedelta) -> str:
    minutes = int(by.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)d min late") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)d h late") % {"n": minutes // 60}
    return _("%(n)d days late") % {"n": minutes // (24 * 60)}


@register.filter
def get(known: dict[str, object], key: str) -> object | None:
    """What a dictionary holds under a key, or None."""
    return known.get(key)
