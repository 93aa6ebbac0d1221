"""The chain of looks at personal data: each mac is keyed over its row and the mac before it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from functools import cache

import msgspec
from django.conf import settings
from django.db import connection

from xiuhua.epoch import millis
from xiuhua.tokens import own_key

from .models import Look, LooksHead

_HEAD = 1


class NoReason(ValueError):
    """Somebody asked for personal data without saying why."""

    def __init__(self) -> None:
        super().__init__("A look at personal data needs a reason; nothing was shown.")


def write(*, who: str, role: str, what: str, why: str, now: datetime) -> Look:
    """Add a look to the chain, inside the caller's transaction: no look, no data.

    Raises NoReason for an empty `why`.
    """
    assert connection.in_atomic_block, "a look is written in the transaction that reads"
    if not why.strip():
        raise NoReason
    LooksHead.objects.get_or_create(id=_HEAD, defaults={"seq": 0, "mac": ""})
    head = LooksHead.objects.select_for_update().get(id=_HEAD)
    look = Look(seq=head.seq + 1, at=millis(now), who=who, role=role, what=what, why=why.strip())
    look.mac = _mac(look, head.mac)
    look.save(force_insert=True)
    LooksHead.objects.filter(id=_HEAD).update(seq=look.seq, mac=look.mac)
    return look


def first_broken() -> int | None:
    """The number of the first look that was altered, removed or put in, or None for a whole chain.

    What it cannot see is a whole database put back to an earlier state: keep `head()` elsewhere.
    """
    before, seq = "", 0
    for look in Look.objects.order_by("seq").iterator():
        if look.seq != seq + 1 or not hmac.compare_digest(look.mac, _mac(look, before)):
            return seq + 1
        before, seq = look.mac, look.seq
    return None if head() == (seq, before) else seq + 1


def head() -> tuple[int, str]:
    """How many looks there are, and the newest mac."""
    found = LooksHead.objects.filter(id=_HEAD).values_list("seq", "mac").first()
    return found or (0, "")


def _mac(look: Look, before: str) -> str:
    facts = [before, look.seq, look.at, look.who, look.role, look.what, look.why]
    return hmac.new(_key(), msgspec.json.encode(facts), hashlib.sha256).hexdigest()


@cache
def _key() -> bytes:
    return own_key(settings.HOME, "looks")
