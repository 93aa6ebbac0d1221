"""Lengths of time as rules write them ("90s", "10m", "2h", "7d") and as people read them."""

from __future__ import annotations

import re

from .errors import RuleError

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_WORDS = (
    (86_400_000, "天", "d"),
    (3_600_000, "小时", "h"),
    (60_000, "分钟", "min"),
    (1000, "秒", "s"),
)
_WRITTEN = re.compile(r"(\d{1,9})(ms|s|m|h|d)")
LONGEST = 366 * 86_400_000


def parse(text: object, name: str, *, least: int = 0) -> int:
    """Milliseconds of a written length, at least so many; raises RuleError naming the setting."""
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    millis = int(found[1]) * _UNITS[found[2]] if found else LONGEST + 1
    if millis > LONGEST:
        raise RuleError(
            f'{name} 要写成时长，例如 "30s"、"10m"、"2h"，最长 366 天；现在是 {text!r}。',
            f'{name} must be a length of time such as "30s", "10m" or "2h", at most 366 days; '
            f"it is {text!r}.",
        )
    if millis < least:
        zh, en = words(least)
        raise RuleError(
            f"{name} 至少要 {zh}，现在是 {text!r}。",
            f"{name} must be at least {en}; it is {text!r}.",
        )
    return millis


def words(millis: int) -> tuple[str, str]:
    """A length in Chinese and English: (10 分钟, 10 min)."""
    for unit, zh, en in _WORDS:
        if millis >= unit and millis % unit == 0:
            return f"{millis // unit} {zh}", f"{millis // unit} {en}"
    return f"{millis / 1000:g} 秒", f"{millis / 1000:g} s"
