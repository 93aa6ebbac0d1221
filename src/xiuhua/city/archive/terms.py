"""How many days readings of each kind stay: the decision in force, else the house's setting."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec
from django.conf import settings

from xiuhua.kinds import Kind, all_kinds

from .models import Term

DELAY = 86_400_000
"""A shorter term counts only a day after somebody decided it, ms: time to see a slip of the pen."""


class Basis(msgspec.Struct, frozen=True):
    """What the law says, as we read it; `proposed` days are ours, 0 where we propose none."""

    zh: str
    en: str
    proposed: int = 0


class Standing(msgspec.Struct, frozen=True):
    """How long a kind is kept; `term` is the decision in force, `coming` one that is not yet."""

    days: int
    basis: Basis | None
    term: Term | None
    coming: Term | None


def default(kind: Kind) -> int:
    """The days that the house's settings give a kind."""
    return int(settings.HISTORY_DAYS_PERSONAL if kind.personal else settings.HISTORY_DAYS)


def standings(now: int) -> dict[str, Standing]:
    """Every kind by its code, as of `now` (ms)."""
    rows: dict[str, list[Term]] = {}
    for row in Term.objects.order_by("pk"):
        rows.setdefault(row.kind, []).append(row)
    return {kind.code: _standing(kind, rows.get(kind.code, []), now) for kind in all_kinds()}


def days_by_kind(now: int) -> dict[str, int]:
    """Days that readings of each kind stay in history as of `now` (ms)."""
    return {code: standing.days for code, standing in standings(now).items()}


def _standing(kind: Kind, rows: list[Term], now: int) -> Standing:
    term = next((row for row in reversed(rows) if row.effective <= now), None)
    coming = rows[-1] if rows and rows[-1].effective > now else None
    days = term.days if term else default(kind)
    return Standing(days, _bases().get(kind.code), term, coming)


@cache
def _bases() -> dict[str, Basis]:
    text = Path(__file__).with_name("bases.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Basis])
