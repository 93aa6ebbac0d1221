"""The engine alone at its two extremes: thousands of rules, and millions of devices.
`make bench-engine`, or `python -m bench.engine_scale rules` and `… devices --devices 200000`.

Each runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import resource
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import psutil

from bench.machine import describe
from xiuhua.engine import control, snapshot
from xiuhua.engine.control import Device
from xiuhua.engine.records import Control, Data, Record, Tick
from xiuhua.engine.step import State, step

LOG = "00000000-0000-4000-8000-000000000001"
START = 1_790_000_000_000
STEP = 50
"""Milliseconds from one step of a busy worker to its next."""
WAITED = 3_000
"""Milliseconds after which no reading waits to be sorted any more."""
MIB = 2**20
ROOM = 6_000
"""Bytes a device that must be free before many_devices begins: state, chunks, and packing them."""

READINGS = {
    "smoke": ('"obscuration":{low:.3f},"temperature":{warm:.1f},"battery":3.0', 0.01, 0.4),
    "arc": ('"arcs":{low:.0f},"current":3.1,"leakage":2.0,"temperature":{warm:.1f}', 0, 40),
    "water": ('"pressure":{low:.0f},"flow":3.2', 250_000, 90_000),
    "bikeshed": ('"temperature":{warm:.1f},"smoke":{low:.3f},"power":900,"charging":4', 0.01, 0.5),
}
"""By kind: its fields, what `low` is on ordinary days, and what on bad ones."""

SHAPES = (
    ("smoke", 'operator = "threshold"\nwhen = "obscuration >= :limit"\nhold = "10s"', 0.1),
    ("smoke", 'operator = "threshold"\nwhen = "temperature > 57 OR obscuration > :limit"', 0.3),
    ("smoke", 'operator = "stuck"\nfield = "temperature"\nfrozen = "24h"', 0),
    ("arc", 'operator = "count"\nwhen = "arcs >= :limit"\nwithin = "60s"\nat_least = 3', 14),
    ("arc", 'operator = "threshold"\nwhen = "arcs >= :limit AND current > 1"\nhold = "20s"', 20),
    ("arc", 'operator = "silence"\nafter = "5m"', 0),
    ("water", 'operator = "slope"\nfield = "pressure"\nwithin = "10m"\nfall = 50000', 0),
    ("water", 'operator = "drift"\nfield = "pressure"\nslack = 0.5\nlimit = 8', 0),
    ("bikeshed", 'operator = "baseline"\nfield = "temperature"\nspreads = 6\nseason = "none"', 0),
    ("bikeshed", 'operator = "threshold"\nwhen = "smoke > :limit AND charging > 0"\nhold = "5s"',
     0.2),
)  # fmt: skip
"""Kind, operator, and what :limit is about."""


@dataclass(frozen=True)
class ManyRules:
    """Sustained readings/s with a step each `batch` readings; `rss` in MiB at the end."""

    rules: int
    devices: int
    batch: int
    readings: int
    seconds: float
    set_up: float
    alerts: int
    rss: float

    @property
    def rate(self) -> float:
        return self.readings / self.seconds

    def lines(self) -> list[str]:
        """For people."""
        said = f"""\
{self.rules:,} rules on {self.devices:,} devices, a step each {self.batch} readings: \
{self.rate:,.0f} readings/s over {self.seconds:.0f} s, {self.rss:,.0f} MiB
  rules set in {self.set_up:.1f} s; {self.alerts:,} changes of alerts"""
        return said.splitlines()


@dataclass(frozen=True)
class ManyDevices:
    """State and snapshot at many devices. Memory in MiB: `rss` after every device has spoken,
    `peak` the process's highest ever, with the snapshot's chunks beside the state. `changed`:
    after one device in a hundred has spoken again."""

    devices: int
    bytes_per_device: Mapping[str, float]
    rate: float
    rss: float
    peak: float
    save_seconds: float
    save_bytes: int
    changed_seconds: float
    changed_bytes: int
    restore_seconds: float

    def lines(self) -> list[str]:
        """For people."""
        state = ", ".join(f"{name} {size:,.0f} B" for name, size in self.bytes_per_device.items())
        said = f"""\
{self.devices:,} devices with {len(self.bytes_per_device)} rules: {self.rss:,.0f} MiB \
({self.peak:,.0f} at most, saving and restoring), {self.rate:,.0f} readings/s
  state per device: {state}
  snapshot: all {self.save_bytes / MIB:,.0f} MiB in {self.save_seconds:.1f} s; after 1 % spoke \
{self.changed_bytes / MIB:,.0f} MiB in {self.changed_seconds:.1f} s; \
restored in {self.restore_seconds:.1f} s"""
        return said.splitlines()


@dataclass
class Engine:
    """A state and the log that it is fed from."""

    state: State = field(default_factory=lambda: State(LOG))
    at: int = START

    def change(self, change: control.Change) -> None:
        """A control record of its own."""
        position = self.state.position + 1
        self.feed([Control(position, self.at, f"c{position}", control.encode(change))])
        assert not self.state.refused, self.state.refused

    def feed(self, records: list[Record]) -> int:
        """One step; returns how many alerts changed."""
        self.state, changes = step(self.state, records)
        return len(changes)

    def pack(self, lines: list[str]) -> Data:
        """The next record of the log."""
        body = "".join(lines).encode()
        return Data(self.state.position + 1, self.at, len(lines), body)


def many_rules(
    *, rules: int = 8_000, devices: int = 2_000, batch: int = 400, seconds: float = 10
) -> ManyRules:
    """Rules that each watch one device or three, with numbers of their own, in ten shapes."""
    engine = Engine()
    ledger = make_devices(devices, tuple(READINGS))
    engine.change(control.LedgerSet(ledger))
    began = time.perf_counter()
    engine.change(control.RulesSet(tuple((1, text) for text in rule_texts(rules, ledger))))
    set_up = time.perf_counter() - began
    spoken = readings(ledger)
    _turn(engine, spoken, batch)
    steps = alerts = 0
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        alerts += _turn(engine, spoken, batch)
        steps += 1
    return ManyRules(
        rules, devices, batch, steps * batch, passed, set_up, alerts, _resident()
    )  # fmt: skip


def _turn(engine: Engine, spoken: Iterator[str], batch: int) -> int:
    engine.at += STEP
    stamp = str(engine.at)
    lines = [line.replace("TIME", stamp) for line in itertools.islice(spoken, batch)]
    return engine.feed([engine.pack(lines)])


def make_devices(count: int, kinds: tuple[str, ...]) -> tuple[Device, ...]:
    """Devices of those kinds in turn, a hundred at a place."""
    turn = itertools.cycle(kinds)
    return tuple(
        Device(id=f"tl01-{kind}-{n:07}", kind=kind, site="tl01", place=f"tl01-b{n // 100:05}")
        for n, kind in zip(range(count), turn, strict=False)
    )


def rule_texts(count: int, devices: tuple[Device, ...]) -> Iterator[str]:
    """So many rules; each fourth watches three devices."""
    by_kind = {kind: [d.id for d in devices if d.kind == kind] for kind in READINGS}
    for n in range(count):
        kind, operator, limit = SHAPES[n % len(SHAPES)]
        names = by_kind[kind]
        first = n // len(SHAPES) % len(names)
        own = names[first : first + (3 if n % 4 == 0 else 1)]
        yield (
            f'[[rule]]\nid = "rule-{n:05}"\nkind = "{kind}"\nzh = "规则 {n}"\nen = "Rule {n}"\n'
            f'sentence.zh = "超过 {{limit}}。"\nsentence.en = "Above {{limit}}."\n'
            f"[rule.scope]\ndevices = {own!r}\n[rule.params]\n"
            f"limit = {limit * (1 + n % 7 / 100):.4f}\n"
            f'[[rule.level]]\nlevel = "warn"\n{operator}\n'
        )


def readings(devices: tuple[Device, ...]) -> Iterator[str]:
    """Lines of the devices in turn, for ever; the moment stands as TIME. One in 500 is bad."""
    for n, device in enumerate(itertools.cycle(devices)):
        fields, usual, bad = READINGS[device.kind]
        said = fields.format(low=bad if n % 503 == 0 else usual, warm=20 + n % 13 / 10)
        yield f'{{"device":"{device.id}","time":TIME,{said}}}\n'


RULES = """
[[rule]]
id = "pressure-unusual"
kind = "water"
zh = "水压反常"
en = "Unusual pressure"
sentence.zh = "{pressure} Pa。"
sentence.en = "{pressure} Pa."
[[rule.level]]
level = "warn"
operator = "baseline"
field = "pressure"
spreads = 6
season = "week"

[[rule]]
id = "pressure-low"
kind = "water"
zh = "水压低"
en = "Low pressure"
sentence.zh = "{pressure} Pa。"
sentence.en = "{pressure} Pa."
[[rule.level]]
level = "serious"
operator = "threshold"
when = "pressure < 100000"
hold = "60s"

[[rule]]
id = "water-silent"
kind = "water"
zh = "失联"
en = "Silent"
sentence.zh = "已 {silent} 没有读数。"
sentence.en = "No reading for {silent}."
[[rule.level]]
level = "warn"
operator = "silence"
after = "10m"
"""


def many_devices(*, devices: int = 2_200_000) -> ManyDevices:
    """Every device speaks once; then the state is saved, one in a hundred speaks, what changed is
    saved, and the state is restored. Raises MemoryError before it begins if there is no room."""
    free = psutil.virtual_memory().available
    if devices * ROOM > free:
        raise MemoryError(f"{devices:,} devices need {devices * ROOM / 2**30:.0f} GiB free")
    if devices > 1_000:
        many_devices(devices=1_000)  # load what is compiled
    engine = _populated(devices)
    rate = _all_speak(engine, devices)
    gc.collect()
    rss, sizes = _resident(), bytes_per_device(engine.state)
    began = time.perf_counter()
    chunks = {n: body for n, body in snapshot.changed(engine.state).items() if body is not None}
    saved = time.perf_counter() - began
    size = sum(map(len, chunks.values()))
    _all_speak(engine, devices // 100)
    began = time.perf_counter()
    fresh = {n: body for n, body in snapshot.changed(engine.state).items() if body is not None}
    changed = time.perf_counter() - began
    told = sum(map(len, fresh.values()))
    chunks |= fresh
    del engine
    began = time.perf_counter()
    snapshot.restore(chunks)
    restored = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return ManyDevices(
        devices, sizes, rate, rss, peak, saved, size, changed, told, restored
    )  # fmt: skip


def _populated(devices: int) -> Engine:
    engine = Engine()
    for first in range(0, devices, 100_000):
        some = range(first, min(first + 100_000, devices))
        engine.change(control.LedgerSet(tuple(_meter(n) for n in some)))
    texts = ["[[rule]]" + text for text in RULES.split("[[rule]]")[1:]]
    engine.change(control.RulesSet(tuple((1, text) for text in texts)))
    return engine


def _meter(n: int) -> Device:
    return Device(
        id=f"c{n // 4096:03}-water-{n:07}", kind="water", site=f"c{n // 4096:03}",
        place=f"c{n // 4096:03}-b{n // 64:05}",
    )  # fmt: skip


def _all_speak(engine: Engine, devices: int) -> float:
    """The first so many devices speak once, 1,000 readings a pack, ten packs a step; readings/s of
    the engine alone."""
    seconds = 0.0
    for first in range(0, devices, 10_000):
        engine.at += 100
        records: list[Record] = []
        for start in range(first, min(first + 10_000, devices), 1_000):
            lines = [
                f'{{"device":"{_meter(n).id}","time":{engine.at},"pressure":{250_000 + n % 991},'
                '"flow":3.2}\n'
                for n in range(start, min(start + 1_000, devices))
            ]
            pack = engine.pack(lines)
            position = pack.position + len(records)
            records.append(Data(position, engine.at, pack.count, pack.body))
        seconds += _timed(engine, records)
    engine.at += WAITED
    seconds += _timed(engine, [Tick(engine.state.position + 1, engine.at)])
    return devices / seconds


def _timed(engine: Engine, records: list[Record]) -> float:
    began = time.perf_counter()
    engine.feed(records)
    return time.perf_counter() - began


def bytes_per_device(state: State) -> dict[str, float]:
    """Per operator, what its state takes a device."""
    return {
        level.operator.NAME: sum(array.nbytes for array in logic.arrays().values()) / len(run.seats)
        for run in state.runs.values()
        for level, logic in zip(run.levels, run.logics, strict=True)
    }


def _resident() -> float:
    return float(psutil.Process().memory_info().rss / MIB)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["rules", "devices"])
    parser.add_argument("--rules", type=int, default=8_000)
    parser.add_argument("--devices", type=int, help="2,000 with rules, else 2,200,000")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    print(describe(), flush=True)
    if options.what == "rules":
        figures: ManyRules | ManyDevices = many_rules(
            rules=options.rules, devices=options.devices or 2_000, seconds=options.seconds
        )
    else:
        figures = many_devices(devices=options.devices or 2_200_000)
    print("\n".join(figures.lines()))


if __name__ == "__main__":
    main()
