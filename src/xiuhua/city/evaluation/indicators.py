"""The indicators as data: `indicators.toml`, or the file that XIUHUA_INDICATORS names; read and
checked once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
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
BETTER = ("more", "less")
CODE = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")
OURS = Path(__file__).parent / "indicators.toml"


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
        raise BadIndicator(f"The table of indicators is not TOML: {error}") from error
    if not rows or not isinstance(rows, list):
        raise BadIndicator("The table of indicators holds no [[indicator]].")
    found: dict[str, Indicator] = {}
    for n, row in enumerate(rows, 1):
        indicator = _one(n, row)
        if indicator.code in found:
            raise BadIndicator(f"Indicator {n}: the code {indicator.code!r} stands there twice.")
        found[indicator.code] = indicator
    return found


def _one(n: int, row: object) -> Indicator:
    if not isinstance(row, dict):
        raise BadIndicator(f"Indicator {n} is no table: it begins with [[indicator]].")
    if odd := (FIELDS - row.keys()) | (row.keys() - FIELDS - MAY_HAVE):
        raise BadIndicator(f"Indicator {n}: missing or unknown: {', '.join(sorted(odd))}.")
    if bare := sorted(name for name in FIELDS if not isinstance(row[name], str)):
        raise BadIndicator(f"Indicator {n}: no text in quotes: {', '.join(bare)}.")
    not_by = row.get("not_by", [])
    if not isinstance(not_by, list) or any(by not in SUBJECTS for by in not_by):
        known = ", ".join(SUBJECTS)
        raise BadIndicator(f"Indicator {n}: not_by is a list, of {known}; it is {not_by!r}.")
    indicator = Indicator(**{name: row[name] for name in FIELDS}, not_by=tuple(not_by))
    _check(n, indicator)
    return indicator


def _check(n: int, indicator: Indicator) -> None:
    if not CODE.fullmatch(indicator.code):
        raise BadIndicator(
            f"Indicator {n}: a code is like handled_on_time, not {indicator.code!r}."
        )
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
    if indicator.better not in BETTER:
        raise BadIndicator(f"Indicator {n}: better is more or less, not {indicator.better!r}.")


def own_table() -> Path | None:
    """The file that this house has set for its indicators; None where it counts by ours."""
    return Path(settings.INDICATORS) if settings.INDICATORS else None


def indicators() -> dict[str, Indicator]:
    """The house's indicators, as they were when they were first asked for. Raises BadIndicator."""
    return _read(own_table() or OURS)


@cache
def _read(path: Path) -> dict[str, Indicator]:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadIndicator(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadIndicator(f"{path} is not UTF-8: {error.reason}.") from error
    return parse(text)
