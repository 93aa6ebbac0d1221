"""The voice gateway: a service of the centre's that rings a number, says a text and listens for a
key. What goes there and what comes back is JSON signed with a shared key; `docs/concepts/calls.md`
has the contract. A gateway is a channel whose address reads `voice://KEY@host/path` (`voices://`
under TLS); several stand in for each other."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from xiuhua.city import crypto
from xiuhua.epoch import millis

logging.getLogger("httpx").setLevel(logging.WARNING)  # it writes whole addresses

SERVICE = "voice gateway"
SIGNATURE = "Xiuhua-Signature"
SCHEMES = {"voice": "http", "voices": "https"}
TIMEOUT = 5.0
"""Seconds for a gateway to take an order."""
DRIFT = timedelta(minutes=5)
"""How far a signature's moment may lie from ours."""


@dataclass(frozen=True)
class Gateway:
    """A gateway, ready to be asked; `key` is its channel's id."""

    key: str
    url: str
    secret: str

    def ask(self, order: Mapping[str, Any], now: datetime) -> bool:
        """Hand an order over; whether the gateway took it."""
        body = msgspec.json.encode(order)
        sent = {"Content-Type": "application/json", SIGNATURE: signed(body, self.secret, now)}
        try:
            with httpx.Client(timeout=TIMEOUT, trust_env=False) as client:
                return client.post(self.url, content=body, headers=sent).is_success
        except httpx.HTTPError:
            return False


def is_gateway(url: str) -> bool:
    """Whether an address names a gateway, with a key and a host."""
    return _read("", url) is not None


@lru_cache(maxsize=64)
def gateway(key: str, sealed: bytes, where: str) -> Gateway:
    """The gateway of a channel's sealed address."""
    found = _read(key, crypto.unseal(sealed, where))
    assert found is not None, "checked as it was entered"
    return found


def _read(key: str, url: str) -> Gateway | None:
    try:
        parts = urlsplit(url)
        scheme, port = SCHEMES.get(parts.scheme), parts.port
    except ValueError:
        return None
    if scheme is None or not parts.hostname or not parts.username:
        return None
    host = parts.hostname if port is None else f"{parts.hostname}:{port}"
    return Gateway(key, f"{scheme}://{host}{parts.path or '/'}", unquote(parts.username))


def signed(body: bytes, secret: str, now: datetime) -> str:
    """The signature of a message: its moment, and a mac over moment and body."""
    moment = str(millis(now))
    return f"t={moment},v1={_mac(body, secret, moment)}"


def genuine(body: bytes, signature: str, secrets: Iterable[str], now: datetime) -> bool:
    """Whether one of these keys signed this body within `DRIFT` of now."""
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    moment, mac = parts.get("t", ""), parts.get("v1", "")
    if not moment.isdecimal() or len(moment) > 15 or not mac.isascii():
        return False
    if abs(millis(now) - int(moment)) > DRIFT / timedelta(milliseconds=1):
        return False
    return any(hmac.compare_digest(_mac(body, key, moment), mac) for key in secrets)


def _mac(body: bytes, secret: str, moment: str) -> str:
    text = moment.encode() + b"." + body
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
