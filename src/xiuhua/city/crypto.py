"""Sealing of single fields: AES-256-GCM, bound to the very row and field that they belong to: a
sealed value copied into another row or column does not open."""

from __future__ import annotations

import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from xiuhua.tokens import own_key

_NONCE = 12


class Unsealable(Exception):
    """A sealed value does not open: it was altered, moved, or has another key."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The sealed value of {where} does not open: it was altered, moved, or sealed under "
            "another key. Nothing was shown; restore the row or HOME/keys/people from a backup."
        )


def seal(text: str, where: str) -> bytes:
    """The text sealed for its place; `where` names table, row and field."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher().encrypt(nonce, text.encode(), where.encode())


def unseal(sealed: bytes, where: str) -> str:
    """The text again; raises Unsealable."""
    try:
        return _cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], where.encode()).decode()
    except InvalidTag as error:
        raise Unsealable(where) from error


@cache
def _cipher() -> AESGCM:
    return AESGCM(own_key(settings.HOME, "people"))
