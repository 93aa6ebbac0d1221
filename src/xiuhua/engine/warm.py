"""Compiles the engine before anybody waits for it: `python -m xiuhua.engine.warm`, part of set-up.

Kernels are kept beside their sources; without this the first worker on a fresh clone compiles
them while its first readings wait.
"""

from __future__ import annotations

import numpy as np

from xiuhua.kinds import all_kinds

from . import control
from .detect import Detector
from .records import Control, Data, Record, Tick
from .rules import default_rules
from .step import State, step

_LOG = "00000000-0000-4000-8000-000000000000"


def warm() -> None:
    """Take one reading of each kind, with every default rule, through every operator; and a
    short series through the detector."""
    devices = [
        control.Device(id=f"x-{kind.code}", kind=kind.code, site="x", place="x")
        for kind in all_kinds()
    ]
    rules = tuple((rule.version, rule.text) for rule in default_rules())
    lines = [f'{{"device":"{device.id}","time":0}}\n'.encode() for device in devices]
    records: list[Record] = [
        Control(1, 0, "ledger", control.encode(control.LedgerSet(tuple(devices)))),
        Control(2, 0, "rules", control.encode(control.RulesSet(rules))),
        Data(3, 0, len(lines), b"".join(lines)),
        Tick(4, 60_000),
    ]
    step(State(_LOG), records)
    Detector().score(np.arange(300), np.sin(np.arange(300.0)))


if __name__ == "__main__":
    warm()
