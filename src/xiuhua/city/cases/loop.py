"""Where a case stands in the seven stages of the national loop, for the eye."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from .machine import Stage
from .models import Case
from .words import NATIONAL


@dataclass(frozen=True)
class Mark:
    """One of the seven: what it is called, whether it is over, whether it is going on now."""

    name: Promise
    done: bool
    now: bool
    owed: bool = False


def loop(case: Case) -> list[Mark]:
    """The seven stages of this case. Of a danger that was handled first, the filing stays owed
    until it is written up."""
    stage = Stage(case.stage)
    at = next((n for n, (_, ours) in enumerate(NATIONAL) if stage in ours), -1)
    return [
        Mark(name=name, done=n < at and not _owed(case, n), now=n == at, owed=_owed(case, n))
        for n, (name, _) in enumerate(NATIONAL)
    ]


def _owed(case: Case, n: int) -> bool:
    return case.write_up_owed and Stage.REPORTED in NATIONAL[n][1]
