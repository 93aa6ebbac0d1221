"""Marks by which a sealed name or telephone number is found again without being opened: keyed
hashes, the same for the same words. Who has the database alone cannot try names against them."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from functools import cache

from django.conf import settings

from xiuhua.tokens import own_key


def name_mark(name: str) -> str:
    """The mark of a whole name, however wide its signs and whatever its blanks; "" for none."""
    plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    return _mark("name", plain)


def phone_mark(phone: str) -> str:
    """The mark of a whole number by its digits, with China's own prefix left out; "" for none."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    return _mark("phone", re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits))


def _mark(sort: str, plain: str) -> str:
    if not plain:
        return ""
    return hmac.new(_key(), f"{sort} {plain}".encode(), hashlib.sha256).hexdigest()


@cache
def _key() -> bytes:
    return own_key(settings.HOME, "reporters")
