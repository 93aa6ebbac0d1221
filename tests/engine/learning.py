"""Long series for the operators that learn, played straight into a logic: a year takes a moment."""

from __future__ import annotations

from typing import Any

import numpy as np

from xiuhua.engine.columns import Rows
from xiuhua.engine.control import Device
from xiuhua.engine.jit import F64, I64
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.operators import Logic, Surroundings, operator_named
from xiuhua.kinds import kind

MONDAY = 1_788_710_400_000
"""A Monday's midnight in Shanghai, ms."""
HOUR = 3_600_000
DAY = 24 * HOUR
UNTRIED = np.empty((2, 0, 0), np.bool_)
"""Of an operator without conditions."""


def logic(name: str, slots: int = 1, **settings: Any) -> Logic:
    """A logic of a rule on the pressure of that many hydrants."""
    config = operator_named(name).read(
        {"field": "pressure", **settings}, kind("water"), frozenset()
    )
    made = config.logic()
    made.grow(slots, 0)
    return made


def hydrant(seat: int) -> Device:
    return Device(id=f"h{seat}", kind="water", site="tl01", place="tl01")


def around(slots: int = 1) -> Surroundings:
    return Surroundings(
        params={}, covered=np.ones(slots, np.bool_), device_at=hydrant, ledger=Ledger(),
        kind=kind("water"), before=np.full(slots, -1, np.int32),
    )  # fmt: skip


def readings(time: I64, value: F64, slot: int = 0) -> Rows:
    """Readings that each count when they are made."""
    n = len(time)
    time = np.asarray(time, np.int64)
    return Rows(
        slot=np.full(n, slot, np.int32), time=time, arrival=time, now=time,
        position=np.arange(1, n + 1), line=np.zeros(n, np.int32), digest=np.arange(n),
        values=np.stack((np.asarray(value, np.float64), np.zeros(n))),
    )  # fmt: skip


def every(step: int, days: float, since: int = MONDAY) -> I64:
    """The moments from `since` on, `step` ms apart, for so many days."""
    return np.arange(since, since + int(days * DAY), step, dtype=np.int64)


def told(made: Logic, rows: Rows) -> list[tuple[bool, int]]:
    """(begins, event time) of each decision that readings bring."""
    firings = made.update(rows, around(len(made.arrays()["heard"])), UNTRIED)
    return list(zip(firings.on.tolist(), firings.time.tolist(), strict=True))
