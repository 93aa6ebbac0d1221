"""Compiles the engine before anybody waits for it: `python -m xiuhua.engine.warm`, part of set-up.

Kernels are kept beside their sources; without this the first worker on a fresh clone compiles
them while its first readings wait.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xiuhua.kinds import all_kinds

from . import control
from .detect import Detector
from .records import Control, Data, Record, Tick
from .rules import default_rules
from .step import State, step
from .tokens import token_hash

_LOG = "00000000-0000-4000-8000-000000000000"


def warm() -> None:
    """Take readings of each kind, with every default rule, through every operator; and a short
    series through the detector."""
    devices = [
        control.Device(id=f"x-{kind.code}", kind=kind.code, site="x", place="x")
        for kind in all_kinds()
    ]
    rules = tuple((rule.version, rule.text) for rule in default_rules())
    token_hash("")
    state = State(_LOG)
    for batch in _batches(devices, rules):
        state, _ = step(state, batch)
    Detector().score(np.arange(300), np.sin(np.arange(300.0)))


def _batches(
    devices: list[control.Device], rules: tuple[tuple[int, str], ...]
) -> Iterator[list[Record]]:
    """Readings that come while others wait, and a clock that lets some go on and some not."""
    yield [
        Control(1, 0, "ledger", control.encode(control.LedgerSet(tuple(devices)))),
        Control(2, 0, "rules", control.encode(control.RulesSet(rules))),
    ]
    for position, at in ((3, 0), (4, 1000)):
        lines = [f'{{"device":"{device.id}","time":{at}}}\n'.encode() for device in devices]
        yield [Data(position, at, len(lines), b"".join(lines))]
    yield [Tick(5, 2500)]
    yield [Tick(6, 60_000)]


if __name__ == "__main__":
    warm()
