"""The indicators as data: `indicators.toml`, read and checked once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from .counts import COUNTS, Count

SUBJECTS = ("site", "team", "case_class", "source")
"""What can be evaluated besides persons: places, departments, classes, sources."""

POSTS = {
    "acceptor": "accept_by",
    "verifier": "verify_by",
    "dispatcher": "dispatch_by",
    "handler": "handle_by",
    "inspector": "inspect_by",
}
"""A post, and the column that says who held it in a case."""

FIELDS = frozenset({"code", "zh", "en", "numerator", "denominator", "post", "better"})
MAY_HAVE = frozenset({"not_by"})


class BadIndicator(ValueError):
    """The table of indicators cannot be read as it stands; the text says where and what to do."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A rate: its numerator is counted among what its denominator counts. It means nothing `not_by`
    these subjects, and is left out there."""

    code: str
    zh: str
    en: str
    numerator: str
    denominator: str
    post: str
    better: str
    not_by: tuple[str, ...] = ()

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
    if odd := (FIELDS - row.keys()) | (row.keys() - FIELDS - MAY_HAVE):
        raise BadIndicator(f"Indicator {n}: missing or unknown: {', '.join(sorted(odd))}.")
    not_by = row.get("not_by", [])
    if not isinstance(not_by, list) or any(by not in SUBJECTS for by in not_by):
        known = ", ".join(SUBJECTS)
        raise BadIndicator(f"Indicator {n}: not_by is a list, of {known}; it is {not_by!r}.")
    plain = {name: str(row[name]) for name in FIELDS}
    indicator = Indicator(**plain, not_by=tuple(not_by))
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
