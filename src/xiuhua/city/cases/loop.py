"""Where a case stands in the stages of the loop, for the eye: the national seven, or as the setting
says. One machine, several ways to say it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise

from .machine import Stage
from .models import Case
from .words import DISPLAYS


@dataclass(frozen=True)
class Mark:
    """One of them: what it is called, whether it is over, whether it is going on now."""

    name: Promise
    done: bool
    now: bool
    owed: bool = False


def loop(case: Case) -> list[Mark]:
    """The stages of this case as the house displays them. Of a danger that was handled first, the
    filing stays owed until it is written up."""
    stage = Stage(case.stage)
    shown = DISPLAYS[settings.CASE_STAGES]
    at = next((n for n, (_, ours) in enumerate(shown) if stage in ours), -1)
    if stage is Stage.CLOSED and at < 0:
        at = len(shown)
    return [
        Mark(name=name, done=n < at and not _owed(case, ours), now=n == at, owed=_owed(case, ours))
        for n, (name, ours) in enumerate(shown)
    ]


def _owed(case: Case, stages: frozenset[Stage]) -> bool:
    return case.write_up_owed and Stage.REPORTED in stages
