"""Writes of trials: a rule is tried on the past by a process of its own, never by a page's thread.

1. `begin` writes the trial down, one at a time per person.
2. `launch` starts `xiuhua trial ROW` beside, and waits for its end in a thread.
3. That process calls `conclude` or `fail`; whoever is first says how it ended.
4. A process that is gone without a word is noted by the thread, or, where the web process is gone
   too, by `overdue` when somebody looks.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, close_old_connections, transaction

from .commands import checked
from .models import RuleVersion, Trial

LIMIT = timedelta(minutes=5)
"""So long may a trial take."""
GRACE = timedelta(seconds=30)
"""So much later whoever looks takes its process for dead."""
KEPT = timedelta(days=30)
"""So long a trial is kept that no version shows."""


class StillRunning(Exception):
    """The person's last trial runs still; nothing new was begun. `trial` is its row."""

    def __init__(self, trial: int) -> None:
        self.trial = trial
        super().__init__(f"trial {trial} runs still")


def begin(
    *, text: str, by: User, since: datetime, until: datetime, now: datetime, of: str = ""
) -> Trial:
    """Write a trial down. Raises RuleError for a bad text, StillRunning for an impatient person."""
    rule = checked(text, of)
    overdue(now)
    shown = RuleVersion.objects.exclude(trial=None).values("trial")
    Trial.objects.filter(by=by, begun__lt=now - KEPT).exclude(pk__in=shown).delete()
    try:
        with transaction.atomic():
            return Trial.objects.create(
                rule=rule.id, text=text, since=since, until=until, by=by, begun=now
            )
    except IntegrityError:
        running = Trial.objects.filter(by=by, state=Trial.State.RUNNING).first()
        if running is None:
            raise
        raise StillRunning(running.pk) from None


def conclude(trial: int, result: dict[str, Any], *, now: datetime) -> bool:
    """What the trial found; False where it has ended otherwise meanwhile."""
    return _end(trial, now, state=Trial.State.DONE, result=result)


def fail(trial: int, failure: Trial.Failure, *, now: datetime, detail: str = "") -> bool:
    """How the trial failed; False where it has ended otherwise meanwhile."""
    return _end(trial, now, state=Trial.State.FAILED, failure=failure, detail=detail)


def overdue(now: datetime) -> int:
    """Note of trials that should long have ended that their process is gone; returns how many."""
    stale = Trial.objects.filter(state=Trial.State.RUNNING, begun__lt=now - LIMIT - GRACE)
    return stale.update(state=Trial.State.FAILED, failure=Trial.Failure.DIED, ended=now)


def launch(trial: int) -> threading.Thread:
    """Start the process, which stands back behind the worker and the pages, and a thread that
    notes if it ends without a word."""
    argv = ["nice", sys.executable, "-m", "xiuhua", "trial", str(trial)]
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    watch = threading.Thread(target=_watch, args=(process, trial), daemon=True)
    watch.start()
    return watch


def _watch(process: subprocess.Popen[bytes], trial: int) -> None:
    from django.utils.timezone import now

    process.wait()
    try:
        fail(trial, Trial.Failure.DIED, now=now())
    finally:
        close_old_connections()


def _end(trial: int, now: datetime, **facts: object) -> bool:
    """Compare and set: the first word on how it ended stands."""
    running = Trial.objects.filter(pk=trial, state=Trial.State.RUNNING)
    return bool(running.update(ended=now, **facts))
