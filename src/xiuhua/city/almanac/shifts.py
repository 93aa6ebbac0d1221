"""Shifts of the command centre: when the one that `now` lies in began, and its name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from xiuhua.epoch import SHANGHAI

CHANGES = (8, 20)
"""Full hours, Shanghai time, at which shifts change."""


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


def next_change(now: datetime) -> datetime:
    """When the shift at that moment ends."""
    local = now.astimezone(SHANGHAI)
    ahead = [_at(local + timedelta(days=days), hour) for days in (0, 1) for hour in CHANGES]
    return min(moment for moment in ahead if moment > local)


def _at(day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)
