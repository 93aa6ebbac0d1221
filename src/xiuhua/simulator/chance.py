"""Chance that can be repeated: random numbers for every matter, keyed by its name."""

from __future__ import annotations

import hashlib

import numpy as np


def chance(seed: int, *matter: str | int) -> np.random.Generator:
    """A generator of its own for this matter, so that drawing for one never moves another.

    >>> bool(chance(1, "tl04-smoke-0007", 3).random() == chance(1, "tl04-smoke-0007", 3).random())
    True
    """
    words = "\x1f".join(str(word) for word in (seed, *matter))
    key = hashlib.blake2b(words.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))


def trait(seed: int, *matter: str | int) -> float:
    """A constant in [0, 1) that belongs to this matter for good."""
    words = "\x1f".join(str(word) for word in (seed, *matter))
    digest = hashlib.blake2b(words.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2.0**53
