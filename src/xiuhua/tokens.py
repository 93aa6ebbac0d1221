"""Opaque tokens in the place of plates, keyed per site so that journeys cannot be joined."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def own_key(home: Path, name: str) -> bytes:
    """A key of this installation: 32 bytes made on first start, readable by its owner alone."""
    path = home / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(32))
        try:
            path.hardlink_to(fresh)  # fails where another process was first: its key stands
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()


def master_key(home: Path) -> bytes:
    """The key that plates become tokens under."""
    return own_key(home, "master")


def known_master_key(home: Path) -> bytes | None:
    """The same where there is one already, else None: for whoever only reads."""
    return master_key(home) if (home / "keys" / "master").exists() else None


def site_key(master: bytes, site: str) -> bytes:
    """The key under which a site's plates become tokens."""
    return _keyed(master, f"plate:{site}")


def plate_token(key: bytes, plate: str) -> str:
    """A plate as a token: always the same one under the same key, and no way back."""
    return "v-" + _keyed(key, plate.replace("·", "").replace(" ", "").upper()).hex()[:20]
