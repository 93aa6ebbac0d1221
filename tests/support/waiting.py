"""Waiting for something real, with a deadline and without guessing how long it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which a test says that what it waits for does not come: far more than anything
takes on a machine that is busy with something else. What comes costs no more for it."""

_between = threading.Event()  # never set: waiting on it hands the processor to others


def eventually(
    fn: Callable[[], T],
    timeout: float = PATIENCE,
    *,
    every: float = 0.02,
    saying: str = "",
    forgiving: type[Exception] | tuple[type[Exception], ...] = (),
) -> T:
    """Ask `fn` again and again until its answer is true, and return that answer.

    `timeout` and `every` are seconds. Exceptions of the `forgiving` types count as "not yet". On
    the deadline raises AssertionError with `saying`, the last answer, or the last exception.
    """
    deadline = time.monotonic() + timeout
    while True:
        last: object
        try:
            answer = fn()
            if answer:
                return answer
            last = answer
        except forgiving as error:
            last = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"{saying or fn}: not within {timeout} s; last: {last!r}")
        _between.wait(every)
