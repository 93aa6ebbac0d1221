"""The indicators as data: `indicators.toml`, read and checked once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from .counts import COUNTS, Count

POSTS = {
    "acceptor": "accept_by",
    "verifier": "verify_by",
    "dispatcher": "dispatch_by",
    "handler": "handle_by",
    "inspector": "inspect_by",
}
"""A post, and the column that says who held it in a case."""

FIELDS = frozenset({"code", "zh", "en", "numerator", "denominator", "post", "better"})


class BadIndicator(ValueError):
    """The table of indicators cannot be read as it stands; the text says where and what to do."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A rate: its numerator is counted among what its denominator counts."""

    code: str
    zh: str
    en: str
    numerator: str
    denominator: str
    post: str
    better: str

    @property
    def name(self) -> str:
        """What it is called in the reader's language."""
        return self.en if get_language() == "en" else self.zh

    @property
    def top(self) -> Count:
        """What is counted above the line."""
        return COUNTS[self.numerator]

    @property
    def bottom(self) -> Count:
        """What is counted below it; its day is the indicator's."""
        return COUNTS[self.denominator]

    @property
    def formula(self) -> str:
        """As it is printed beside every number."""
        return f"{self.top.words} / {self.bottom.words}"


def parse(text: str) -> dict[str, Indicator]:
    """The indicators of a table, by code, in its order. Raises BadIndicator."""
    try:
        rows = tomllib.loads(text).get("indicator", [])
    except tomllib.TOMLDecodeError as error:
        raise BadIndicator(f"indicators.toml is not TOML: {error}") from error
    found: dict[str, Indicator] = {}
    for n, row in enumerate(rows, 1):
        indicator = _one(n, row)
        if indicator.code in found:
            raise BadIndicator(f"Indicator {n}: the code {indicator.code!r} stands there twice.")
        found[indicator.code] = indicator
    if not found:
        raise BadIndicator("indicators.toml holds no [[indicator]].")
    return found


def _one(n: int, row: dict[str, object]) -> Indicator:
    if row.keys() != FIELDS:
        odd = ", ".join(sorted(row.keys() ^ FIELDS))
        raise BadIndicator(f"Indicator {n}: missing or unknown: {odd}.")
    indicator = Indicator(**{name: str(value) for name, value in row.items()})
    for name in (indicator.numerator, indicator.denominator):
        if name not in COUNTS:
            known = ", ".join(COUNTS)
            raise BadIndicator(f"Indicator {n}: {name!r} is no count; there are {known}.")
    if indicator.post and indicator.post not in POSTS:
        raise BadIndicator(f"Indicator {n}: {indicator.post!r} is no post: {', '.join(POSTS)}.")
    if indicator.top.at != indicator.bottom.at:
        raise BadIndicator(
            f"Indicator {n}: {indicator.numerator} falls on the day of {indicator.top.at}, "
            f"{indicator.denominator} on that of {indicator.bottom.at}: they cannot be divided."
        )
    return indicator


@cache
def indicators() -> dict[str, Indicator]:
    """The house's indicators."""
    return parse((Path(__file__).parent / "indicators.toml").read_text())
