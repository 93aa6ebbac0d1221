"""When a case falls due: the clock of the stage where it stands, and the clock of its handling.
Both follow from its history alone; plain values, no database.

The handling clock begins when a team is told to go, runs while a team has the case, and stands
still while it is with anybody else, is suspended, or waits for more time to be granted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xiuhua.city.almanac.queries import WorkingCalendar

from .clocks import Clock, Limit, Pause, deadline, elapsed
from .ways import ENDED, WITH_TEAM, Hold, Stage

STAGE_LIMITS: dict[Stage, Limit] = {
    Stage.REPORTED: Limit(Clock.URGENT, 15),
    Stage.VERIFYING: Limit(Clock.URGENT, 30),
    Stage.FILED: Limit(Clock.URGENT, 15),
    Stage.CONSULTING: Limit(Clock.WORKDAYS, 1),
    Stage.HANDLED: Limit(Clock.URGENT, 30),
    Stage.INSPECTED: Limit(Clock.HOURS, 240),
}
"""How long a case may wait at a stage, where the standards page says nothing else."""


@dataclass(frozen=True)
class Mark:
    """A step as the clocks see it: when, from where to where, and how the clock stood then."""

    at: datetime
    frm: str
    to: str
    hold: str = ""


def stage_run(trail: Sequence[Mark]) -> tuple[datetime, list[Pause]]:
    """When the case came to the stage where it stands, and when the clock stood still since."""
    begun = max(n for n, mark in enumerate(trail) if mark.frm != mark.to)
    return trail[begun].at, _pauses(trail[begun:], lambda mark: mark.hold != Hold.NONE)


_REOPENED = ENDED - {Stage.MERGED}
"""To leave one of these opens a case anew; to be parted again from another opens nothing."""


def handling_run(trail: Sequence[Mark]) -> tuple[datetime, list[Pause]] | None:
    """When the handling began, of this opening of the case, and when its clock stood still; None
    before it began."""
    reopened = max((n for n, mark in enumerate(trail) if mark.frm in _REOPENED and _moves(mark)),
                   default=0)  # fmt: skip
    since = trail[reopened:]
    begun = next((n for n, mark in enumerate(since) if mark.to in WITH_TEAM), None)
    if begun is None:
        return None
    return since[begun].at, _pauses(
        since[begun:], lambda mark: mark.to not in WITH_TEAM or mark.hold != Hold.NONE
    )


def _moves(mark: Mark) -> bool:
    return mark.frm != mark.to


def _pauses(trail: Sequence[Mark], still: Callable[[Mark], bool]) -> list[Pause]:
    ends: list[datetime | None] = [mark.at for mark in trail[1:]] + [None]
    return [(mark.at, end) for mark, end in zip(trail, ends, strict=True) if still(mark)]


@dataclass(frozen=True)
class Due:
    """The two deadlines; None where the clock stands still or has not begun."""

    stage: datetime | None
    handling: datetime | None


def due(
    trail: Sequence[Mark],
    handling: Limit,
    stages: Mapping[Stage, Limit],
    calendar: WorkingCalendar,
) -> Due:
    """When the case must have left its stage, and when it must have been handled. Raises
    `BeyondCalendar`."""
    run = handling_run(trail)
    handle_by = deadline(run[0], handling, calendar, run[1]) if run else None
    stage = Stage(trail[-1].to)
    if stage in WITH_TEAM:
        return Due(handle_by, handle_by)
    limit = stages.get(stage)
    begun, pauses = stage_run(trail)
    return Due(deadline(begun, limit, calendar, pauses) if limit else None, handle_by)


def spent(
    trail: Sequence[Mark], now: datetime, handling: Clock, calendar: WorkingCalendar
) -> timedelta:
    """How long the handling clock has run. Raises `BeyondCalendar`."""
    run = handling_run(trail)
    return elapsed(run[0], now, handling, calendar, run[1]) if run else timedelta()
