"""The chain of looks at personal data."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from xiuhua.city.chain import Ledger
from xiuhua.epoch import millis

from .models import Look, LooksHead


class NoReason(ValueError):
    """Somebody asked for personal data without saying why."""

    def __init__(self) -> None:
        super().__init__("A look at personal data needs a reason; nothing was shown.")


def _facts(look: Look) -> list[object]:
    return [look.seq, look.at, look.who, look.role, look.what, look.why]


ledger = Ledger("looks", _facts, Look, LooksHead)


def write(*, who: str, role: str, what: str, why: str, now: datetime) -> Look:
    """Add a look to the chain, inside the caller's transaction: no look, no data.

    Raises NoReason for an empty `why`.
    """
    assert connection.in_atomic_block, "a look is written in the transaction that reads"
    if not why.strip():
        raise NoReason
    return ledger.append(Look(at=millis(now), who=who, role=role, what=what, why=why.strip()))
