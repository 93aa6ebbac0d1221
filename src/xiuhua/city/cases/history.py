"""The history of a case as a chain: each step's mac is keyed over it and the mac before it, so that
a step altered, removed or put in between is found."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from functools import cache

import msgspec
from django.conf import settings

from xiuhua.epoch import millis
from xiuhua.tokens import own_key

from .models import CaseStep


def chained(step: CaseStep, number: str, before: CaseStep | None) -> CaseStep:
    """The step with its place and its mac, behind the one before it. Not yet saved."""
    step.seq = before.seq + 1 if before else 1
    step.mac = _mac(step, number, before.mac if before else "")
    return step


def first_broken(steps: Iterable[CaseStep], number: str) -> int | None:
    """The number of the first step, in order, that was altered, removed or put in; None for a whole
    chain. Steps cut off at the end show only in the case itself: its stage is not the last one's.
    """
    mac, seq = "", 0
    for step in steps:
        if step.seq != seq + 1 or not hmac.compare_digest(step.mac, _mac(step, number, mac)):
            return seq + 1
        mac, seq = step.mac, step.seq
    return None


def _mac(step: CaseStep, number: str, before: str) -> str:
    due = millis(step.due) if step.due else None
    facts = [
        before, number, step.seq, step.step, step.frm, step.to, step.hold, step.by,
        millis(step.at), due, step.note, step.data,
    ]  # fmt: skip
    told = msgspec.json.encode(facts, order="deterministic")
    return hmac.new(_key(), told, hashlib.sha256).hexdigest()


@cache
def _key() -> bytes:
    return own_key(settings.HOME, "cases")
