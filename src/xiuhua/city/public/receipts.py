"""Receipts: a number and a code of ten digits, which a phone's number pad can type. The code comes
out of the form's own key, so that a form sent twice gives the same receipt, and is kept nowhere."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from xiuhua.city.cases.intake import (
    Case,
)
from xiuhua.tokens import own_key

from . import limits
from .models import Receipt

DIGITS = 10


def issue(case: Case, key: str) -> str:
    """Write the receipt of a case and return its code. For the same report: the same one."""
    code = code_of(key)
    tail = case.number.partition("-")[2]
    Receipt.objects.get_or_create(
        case=case, defaults={"tail": tail, "code": _keyed("kept", f"{case.number}:{code}").hex()}
    )
    return code


def code_of(key: str) -> str:
    """The code of the receipt of a report that came with this key."""
    return f"{int.from_bytes(_keyed('code', key)) % 10**DIGITS:0{DIGITS}}"


def find(number: str, code: str, *, who: str, now: datetime) -> Receipt | None:
    """The receipt of that number, whole or without its sub-district, if the code is its own. Raises
    `limits.TooOften` for an address that tries many, and for a number that many try."""
    limits.spend("find", who, now)
    typed = number.strip()
    if limits.spent("code", typed, now):
        raise limits.TooOften
    digits = "".join(char for char in code if char.isdigit() and char.isascii())
    for one in Receipt.objects.filter(Q(case__number=typed) | Q(tail=typed)).select_related("case"):
        right = _keyed("kept", f"{one.case.number}:{digits}").hex()
        if hmac.compare_digest(right, one.code):
            return one
    limits.spend("code", typed, now)
    return None


def _keyed(use: str, text: str) -> bytes:
    key = own_key(settings.HOME, "public")
    return hmac.new(key, f"{use}:{text}".encode(), hashlib.sha256).digest()
