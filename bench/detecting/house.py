"""The house's own ways to judge a series: the detector, and two operators as plain rules."""

from __future__ import annotations

import numpy as np

from xiuhua.engine.columns import Rows
from xiuhua.engine.detect import Detector
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.operators import Surroundings, operator_named
from xiuhua.kinds import kind

from .series import F64, Series


def detector(series: Series) -> F64:
    """`xiuhua detect`."""
    return Detector().score(series.time, series.value)


def baseline(series: Series) -> F64:
    """The operator `baseline`, six spreads off the hour of the week: 1 while its level is on."""
    return _rule("baseline", series, spreads=6.0, season="week", learn="7d")


def drift(series: Series) -> F64:
    """The operator `drift` as it is by default: 1 while its level is on."""
    return _rule("drift", series)


def _rule(name: str, series: Series, **settings: float | str) -> F64:
    water = kind("water")
    logic = operator_named(name).read({"field": "pressure", **settings}, water, frozenset()).logic()
    logic.grow(1, 0)
    rows = len(series.value)
    time = np.maximum.accumulate(series.time)
    firings = logic.update(
        Rows(
            slot=np.zeros(rows, np.int32), time=time, arrival=time, now=time,
            position=np.arange(1, rows + 1), line=np.zeros(rows, np.int32),
            digest=np.arange(rows), values=np.stack((series.value, np.zeros(rows))),
        ),
        Surroundings({}, np.ones(1, np.bool_), Ledger(), water),
    )  # fmt: skip
    on = np.zeros(rows)
    for begins, row in zip(firings.on, firings.row, strict=True):
        on[row:] = float(begins)
    return on


HOUSE = {"xiuhua detect": detector, "rule: baseline": baseline, "rule: drift": drift}
