"""The job in Xiuhua: four rules in ours.toml, and `step` over packs of the file's lines.

hold is the operator `threshold`, count is `count`, together is `together`. baseline is our own
`baseline`: robust centre and spread instead of weighted mean and variance, paced by event time,
nothing learnt while far out, and no season here, because a week's season learns for a week; so its
events are counted, not compared. Whatever else an alert has (id, evidence, sentences in two
languages) is made too.

A pack holds what arrived within 25 ms; `--mode` says how many packs go into one step.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from bench.peers.job import Event, arguments, report, write_events
from xiuhua.engine import control
from xiuhua.engine.control import Device
from xiuhua.engine.records import Control, Data, Record
from xiuhua.engine.step import State, step

LOG = "00000000-0000-4000-8000-000000000001"
RULES = Path(__file__).with_suffix(".toml")
PACK = 4
"""Readings in a pack: what comes within 25 ms."""
NEWLINE = ord("\n")
WHAT = {"raised": "begin", "cleared": "end"}


def main() -> None:
    """The command."""
    options = arguments()
    with options.readings.open("rb") as file:
        start = file.read(1_000_000)
    _warm(options.places, start)
    state = set_up(options.places, at=_time(start, 0))
    began = time.perf_counter()
    body = options.readings.read_bytes()
    events: list[Event] = []
    packs = cut(body, state.position + 1)
    size = int(options.mode or "2500")
    while batch := list(islice(packs, size)):
        state, changes = step(state, batch)
        events += ((c.rule, c.subject, WHAT[c.what], c.time) for c in changes)
    write_events(options.events, events)
    report(body.count(b"\n"), time.perf_counter() - began)


def set_up(places: Path, *, at: int) -> State:
    """A state that knows devices and rules."""
    with places.open(newline="") as file:
        devices = tuple(
            Device(id=row["device"], kind=row["kind"], site="tl01", place=row["place"])
            for row in csv.DictReader(file)
        )
    changes: list[control.Change] = [control.LedgerSet(devices), control.RulesSet(rule_texts())]
    records: list[Record] = [
        Control(n, at, f"c{n}", control.encode(change)) for n, change in enumerate(changes, 1)
    ]
    state, _ = step(State(LOG), records)
    assert not state.refused, state.refused
    return state


def rule_texts() -> tuple[tuple[int, str], ...]:
    """Version and text of each rule."""
    return tuple((1, text) for text in RULES.read_text().split("\n\n"))


def cut(body: bytes, position: int) -> Iterator[Data]:
    """Packs of PACK readings, each arriving with its last."""
    ends = np.flatnonzero(np.frombuffer(body, np.uint8) == NEWLINE) + 1
    begin = 0
    for first in range(0, len(ends), PACK):
        count = min(PACK, len(ends) - first)
        end = int(ends[first + count - 1])
        at = _time(body, body.rfind(b"\n", begin, end - 1) + 1)
        yield Data(position, at, count, body[begin:end])
        position, begin = position + 1, end


def _warm(places: Path, start: bytes) -> None:
    """Load the compiled kernels, outside the measure, with another state."""
    whole = start[: start.rfind(b"\n") + 1]
    state = set_up(places, at=_time(start, 0))
    step(state, list(cut(whole, state.position + 1)))


def _time(body: bytes, at: int) -> int:
    found = re.compile(rb'"time":(\d+)').search(body, at)
    assert found, "no reading"
    return int(found[1])


if __name__ == "__main__":
    main()
