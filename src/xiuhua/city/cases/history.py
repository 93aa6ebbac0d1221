"""The history of a case as a chain: a step altered, removed or put in between is found."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from xiuhua.city.chain import Chain
from xiuhua.epoch import millis

from .models import CaseStep


def chained(step: CaseStep, number: str, before: CaseStep | None) -> CaseStep:
    """The step with its place and its mac, behind the one before it. Not yet saved."""
    return _chain(number).link(step, *((before.seq, before.mac) if before else (0, "")))


def first_broken(steps: Iterable[CaseStep], number: str) -> int | None:
    """The number of the first step, in order, that was altered, removed or put in; None for a whole
    chain. Steps cut off at the end show only in the case itself: its stage is not the last one's.
    """
    return _chain(number).first_broken(steps)


def _chain(number: str) -> Chain[CaseStep]:
    return Chain("cases", partial(_facts, number))


def _facts(number: str, step: CaseStep) -> list[object]:
    due = millis(step.due) if step.due else None
    return [
        number, step.seq, step.step, step.frm, step.to, step.hold, step.by, millis(step.at), due,
        step.note, step.data,
    ]  # fmt: skip
