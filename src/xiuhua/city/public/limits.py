"""How often one address may do what, so that nobody floods the desk or guesses codes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from xiuhua.tokens import own_key

from .models import Knock

MOST = {"report": 30, "danger": 100, "find": 30, "code": 10, "deed": 60}
"""An hour. Whole lanes share one address of a mobile network, so what an honest lane may need stays
below these; a danger is let in longer. `code` counts wrong codes for one number, from anywhere."""

_HOUR = 3600


class TooOften(Exception):
    """An address has come too often within the hour; nothing was recorded."""


def spend(what: str, who: str, now: datetime) -> None:
    """Count one more; raises `TooOften` past the limit of the hour."""
    hour = int(now.timestamp()) // _HOUR
    facts: dict[str, Any] = {"who": _disguised(who, now), "what": what, "hour": hour}
    with transaction.atomic():
        Knock.objects.get_or_create(**facts)
        Knock.objects.filter(**facts).update(count=F("count") + 1)
        count = Knock.objects.get(**facts).count
    if count > MOST[what]:
        raise TooOften


def spent(what: str, who: str, now: datetime) -> bool:
    """Whether nothing is left of the hour's limit; counts nothing."""
    hour = int(now.timestamp()) // _HOUR
    facts = {"who": _disguised(who, now), "what": what, "hour": hour}
    return Knock.objects.filter(**facts, count__gte=MOST[what]).exists()


def trim(now: datetime) -> int:
    """Drop what is older than a day; returns how many rows."""
    return Knock.objects.filter(hour__lt=int(now.timestamp()) // _HOUR - 24).delete()[0]


def _disguised(who: str, now: datetime) -> str:
    day = f"{timezone.localdate(now)}"
    key = hmac.new(own_key(settings.HOME, "public"), day.encode(), hashlib.sha256).digest()
    return hmac.new(key, who.encode(), hashlib.sha256).hexdigest()[:32]
