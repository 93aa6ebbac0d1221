"""A case and its history as the facts that are counted. No database: steps in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

ACCEPTED = frozenset({"file", "decline", "void", "merge"})
"""Steps that end the taking in: filed, or not."""
ENDED_WITHOUT = frozenset({"void", "merged"})
SENT = frozenset({"dispatch", "settle"})
VERIFIED = frozenset({"verify", "refute"})
INSPECTED = frozenset({"approve", "rework"})


class Taken(Protocol):
    """A step of a case, as facts are drawn from it."""

    step: str
    frm: str
    to: str
    by: str
    at: datetime
    due: datetime | None


class Standing(Protocol):
    """A case, as facts are drawn from it."""

    stage: str
    hold: str
    team: str
    due: datetime | None
    handle_by: datetime | None
    handler: str
    was_late: bool


def drawn(case: Standing, steps: Sequence[Taken]) -> dict[str, Any]:
    """The facts of a case that hang on its history, by the names of `models.Fact`."""
    return {
        "filed": case.stage not in {"reported", "verifying"} and not _never_filed(case, steps),
        "void": case.stage in ENDED_WITHOUT,
        "suspended": case.hold == "suspended",
        **_timed("accept", case, _first(steps, ACCEPTED), ("reported",)),
        **_timed("verify", case, _first(steps, VERIFIED), ("verifying",)),
        **_timed("dispatch", case, _first(steps, SENT), ("filed", "consulting")),
        **_timed("inspect", case, _last(steps, INSPECTED), ("handled",)),
        **_handling(case, _last(steps, frozenset({"handle"}))),
        **_closing(case, _last(steps, frozenset({"close"}))),
    }


def _never_filed(case: Standing, steps: Sequence[Taken]) -> bool:
    """Ended before anybody filed it."""
    return case.stage in ENDED_WITHOUT and all(
        step.frm in {"", "reported", "verifying"} for step in steps
    )


def _timed(
    name: str, case: Standing, step: Taken | None, stages: tuple[str, ...]
) -> Mapping[str, Any]:
    """One task with a limit: done by whom and when; where it waits, when it is due."""
    if step is None or step.frm not in stages:
        waits = case.stage in stages
        return _task(name, case.due if waits else None, None, "", late=False)
    late = step.due is not None and step.at > step.due
    return _task(name, step.due or step.at, step.at, step.by, late=late)


def _handling(case: Standing, step: Taken | None) -> Mapping[str, Any]:
    """The handling's own limit is the case's. Sent back for rework, it is not done. What is not
    done is of who took it on; it is nobody's while it waits or has been handed back."""
    done = step if step and case.stage not in {"dispatched", "handling", "filed"} else None
    behind = bool(done and case.handle_by and done.at > case.handle_by)
    late = done is not None and (case.was_late or behind)
    at, by = (done.at, done.by) if done else (None, case.handler)
    return _task("handle", case.handle_by, at, by, late=late)


def _closing(case: Standing, step: Taken | None) -> Mapping[str, Any]:
    closed = step if step and case.stage == "closed" else None
    late = closed is not None and closed.due is not None and closed.at > closed.due
    return {"close_at": closed.at if closed else None, "close_late": late}


def _task(
    name: str, due: datetime | None, at: datetime | None, by: str, *, late: bool
) -> Mapping[str, Any]:
    return {f"{name}_due": due, f"{name}_at": at, f"{name}_by": by, f"{name}_late": late}


def _first(steps: Sequence[Taken], wanted: frozenset[str]) -> Taken | None:
    return next((step for step in steps if step.step in wanted), None)


def _last(steps: Sequence[Taken], wanted: frozenset[str]) -> Taken | None:
    return next((step for step in reversed(steps) if step.step in wanted), None)
