"""Compiles the engine before anybody waits for it: `python -m xiuhua.engine.warm`, part of set-up.

Kernels are kept beside their sources; without this the first worker on a fresh clone compiles
them while its first readings wait.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xiuhua.kinds import all_kinds

from . import control, snapshot
from .columns import Rows
from .detect import Detector
from .ledger import Ledger
from .operators import Operator, Surroundings
from .records import Control, Data, Record, Tick
from .rule import Rule
from .rules import default_rules, parse
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
        snapshot.changed(state)  # from then on, what is written to is marked
    for rule in (*default_rules(), *parse(_FURTHER)):
        for level in rule.levels:
            _one_reading(rule, level.operator)
    Detector().score(np.arange(300), np.sin(np.arange(300.0)))


def _one_reading(rule: Rule, operator: Operator) -> None:
    """Let a logic hear a reading that fulfils everything: live ones may be passed over for days,
    and the first that counts must not wait for a compiler."""
    logic = operator.logic()
    logic.grow(1, 0)
    logic.widen(1)
    whole, short = np.ones((5, 1), np.int64), np.zeros((2, 1), np.int32)
    rows = Rows.of(whole, short, np.ones((len(operator.asks()) or len(rule.kind.fields), 1)))
    around = Surroundings(
        params={name: np.ones(1) for name in rule.params},
        covered=np.ones(1, np.bool_),
        device_at=lambda _: control.Device(id="x", kind=rule.kind.code, site="x", place="x"),
        ledger=Ledger(),
        kind=rule.kind,
        before=np.full(1, -1, np.int32),
    )
    logic.update(rows, around, np.ones((2, len(logic.conditions), 1), np.bool_))
    logic.tick(1 << 50, around)
    logic.soonest(rows.slot)
    logic.soonest()


_FURTHER = """
[[rule]]
id = "operators-that-no-default-rule-uses"
kind = "door"
zh = "-"
en = "-"
sentence.zh = "-"
sentence.en = "-"
[[rule.level]]
level = "warn"
operator = "distinct"
field = "card"
within = "1h"
at_least = 2
[[rule.level]]
level = "serious"
operator = "sequence"
within = "1h"
first = { when = "open = TRUE" }
then = { when = "granted = TRUE" }
[[rule.level]]
level = "critical"
operator = "sequence"
within = "1h"
absent = true
first = { when = "open = TRUE" }
then = { when = "granted = TRUE" }
[[rule]]
id = "leaps"
kind = "manhole"
zh = "-"
en = "-"
sentence.zh = "-"
sentence.en = "-"
[[rule.level]]
level = "warn"
operator = "stuck"
field = "level"
jump = 1
"""


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
