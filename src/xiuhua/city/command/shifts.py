"""Shifts of the command centre: when the one that `now` lies in began, and its name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHANGES = (8, 20)
"""Full hours, Shanghai time, at which shifts change."""

BUDGET = 30
"""So many alerts one shift can give their due; more of them is a matter for the rules."""


class Shift(NamedTuple):
    """A shift: its name in both languages, and since when it has been on."""

    zh: str
    en: str
    since: datetime


def shift(now: datetime) -> Shift:
    """The shift at that moment."""
    local = now.astimezone(SHANGHAI)
    day, night = CHANGES
    if day <= local.hour < night:
        return Shift("白班", "Day shift", _at(local, day))
    began = local if local.hour >= night else local - timedelta(days=1)
    return Shift("夜班", "Night shift", _at(began, night))


def _at(day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)
