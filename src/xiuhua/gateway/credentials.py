"""Secrets of devices and gateways.

A secret is 128 random bits made here, never chosen by a person, so one SHA-256 is enough: there is
no list of likely secrets to try, and 2**128 guesses do not end. Only the hash is ever stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

SCHEME = "sha256$"


def new_secret() -> str:
    """A fresh secret: 22 characters of URL-safe Base64. Show it once, store `hashed(secret)`."""
    return secrets.token_urlsafe(16)


def hashed(secret: str) -> str:
    """The secret as the ledger keeps it: `sha256$<hex>`."""
    return SCHEME + hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, stored: str) -> bool:
    """Whether the secret is the stored one, in a time that says nothing about how nearly.

    An empty or foreign `stored` matches nothing.
    """
    same = hmac.compare_digest(hashed(secret).encode(), stored.encode())
    return same and stored.startswith(SCHEME)
