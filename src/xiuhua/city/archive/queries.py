"""Reads of the archive room."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec
from django.db.models import Min, Sum

from xiuhua.city.manifest import HistoryPart
from xiuhua.kinds import all_kinds

from . import terms
from .models import Ending, Erasure, Export, Hold, Term

if TYPE_CHECKING:
    from xiuhua.history.ending import Held

WAIT = 120_000
"""Longer than history is behind the log, ms: then what was said before an order is in history."""


class KindKept(msgspec.Struct, frozen=True):
    """A kind's row on the page. `oldest` and `next_end` are days or None; `holds` its holds now."""

    code: str
    zh: str
    en: str
    standing: terms.Standing
    oldest: date | None
    next_end: date | None
    rows: int
    holds: int


def held() -> list[Held]:
    """What must not be deleted now."""
    from xiuhua.history.ending import Held  # Parquet's libraries: not every process reads it

    rows = Hold.objects.filter(ended=None)
    return [Held(row.kind, row.site, row.device, row.since, row.until) for row in rows]


def kept(now: int) -> list[KindKept]:
    """Each kind: how long, on what ground, from which day, and when its next day goes."""
    standings = terms.standings(now)
    found = HistoryPart.objects.values("kind").annotate(oldest=Min("day"), count=Sum("rows"))
    facts = {row["kind"]: row for row in found}
    on = list(Hold.objects.filter(ended=None))
    rows = []
    for kind in all_kinds():
        fact = facts.get(kind.code)
        oldest = date.fromisoformat(fact["oldest"]) if fact else None
        standing = standings[kind.code]
        ends = oldest + timedelta(days=standing.days + 1) if oldest else None
        holds = sum(hold.kind in {"", kind.code} for hold in on)
        count = fact["count"] if fact else 0
        rows.append(KindKept(kind.code, kind.zh, kind.en, standing, oldest, ends, count, holds))
    return rows


def decisions() -> list[Term]:
    """Decided terms, newest first."""
    return list(Term.objects.order_by("-pk")[:50])


def holds() -> list[Hold]:
    """Holds that are on, then those let go, newest first."""
    on = Hold.objects.filter(ended=None).order_by("-pk")
    return [*on, *Hold.objects.exclude(ended=None).order_by("-ended", "-pk")[:20]]


def erasures() -> list[Erasure]:
    """Orders to erase, newest first."""
    return list(Erasure.objects.order_by("-pk")[:50])


def erasures_due(now: int) -> list[Erasure]:
    """Orders that wait, oldest first, once what was said before them is in history."""
    return list(Erasure.objects.filter(done=None, at__lte=now - WAIT).order_by("pk"))


def endings() -> list[Ending]:
    """The newest proofs."""
    return list(Ending.objects.order_by("-seq")[:50])


def exports(by: str = "") -> list[Export]:
    """The newest exports, of one person or ("") of all."""
    found = Export.objects.order_by("-pk")
    return list((found.filter(by=by) if by else found)[:50])
