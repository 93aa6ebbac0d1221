"""What the engine costs by itself: lines to alerts on one core, for the pilot's 1,680 devices under
all default rules. `python -m bench.engine_hot`; `--profile` says where the time goes.

The mix is the natural one: every device speaks at its kind's interval, faces and doors once a
minute, vehicles every two.
"""

from __future__ import annotations

import argparse
import cProfile
import csv
import heapq
import os
import pstats
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import msgspec
import polars as pl

from bench.machine import describe
from xiuhua.engine import control
from xiuhua.engine.arrow import rows_of, stretches
from xiuhua.engine.decode import decode
from xiuhua.engine.records import Control, Data, Record
from xiuhua.engine.rules import default_rules
from xiuhua.engine.step import State, fold, step
from xiuhua.history.layout import polars_schema
from xiuhua.kinds import kind

LOG = "00000000-0000-4000-8000-000000000002"
START = 1_790_000_000_000
DEVICES = Path(__file__).parent.parent / "pilot" / "devices.csv"
_OWN_PACE = {"face": 60_000, "vehicle": 120_000, "door": 60_000}
_TOKENS = 1000
_WARM = 20
_ODDS = 0.001
"""Of a reading beyond its limits."""


def devices() -> list[control.Device]:
    """The pilot's ledger."""
    with DEVICES.open(encoding="utf-8") as file:
        return [_device(row) for row in csv.DictReader(file)]


def _device(row: dict[str, str]) -> control.Device:
    params = {k: float(v) for k, v in (pair.split("=") for pair in row["params"].split())}
    return control.Device(
        id=row["id"], kind=row["kind"], site=row["site"], place=row["place"],
        building=row["building"], flat=row["flat"], tags=tuple(row["tags"].split()), params=params,
    )  # fmt: skip


def lines(ledger: list[control.Device], count: int) -> Iterator[tuple[int, str, bytes]]:
    """(arrival, kind, line) of readings as they come in, each up to 0.3 s after its time."""
    dice = random.Random(1)
    turns = [(START + dice.randrange(_pace(d)), n) for n, d in enumerate(ledger)]
    heapq.heapify(turns)
    for _ in range(count):
        due, n = turns[0]
        moment = due - dice.randrange(300)
        device = ledger[n]
        said = _VALUES[device.kind](dice, dice.random() < _ODDS)
        reading = {"device": device.id, "time": moment, **said}
        yield due, device.kind, msgspec.json.encode(reading) + b"\n"
        heapq.heapreplace(turns, (due + _pace(device) + dice.randrange(-20, 21), n))


def _pace(device: control.Device) -> int:
    own = _OWN_PACE.get(device.kind)
    if own is not None:
        return own
    interval = kind(device.kind).interval
    assert interval is not None, device.kind
    return int(interval.total_seconds() * 1000)


Dice = random.Random


def _smoke(dice: Dice, bad: bool) -> dict[str, object]:
    fog = dice.uniform(0.1, 0.4) if bad else dice.uniform(0.001, 0.03)
    return {"obscuration": round(fog, 4), "temperature": round(dice.gauss(24, 1), 1),
            "battery": round(dice.uniform(2.9, 3.1), 2)}  # fmt: skip


def _arc(dice: Dice, bad: bool) -> dict[str, object]:
    return {"arcs": 20.0 if bad else 0.0, "current": round(dice.uniform(0.5, 20), 2),
            "leakage": round(dice.uniform(1, 9), 2),
            "temperature": round(dice.gauss(33, 2), 1)}  # fmt: skip


def _camera(dice: Dice, bad: bool) -> dict[str, object]:
    people: dict[str, object] = {"people": dice.randrange(20)}
    if bad:
        seen = dice.choice(("stall", "parking", "fire_lane", "crowd", "rubbish"))
        people |= {"event": seen, "confidence": 0.93, "media": f"m-{dice.getrandbits(40):010x}"}
    return people


def _water(dice: Dice, bad: bool) -> dict[str, object]:
    pressure = 90_000.0 if bad else round(dice.gauss(250_000, 4000), -1)
    return {"pressure": pressure, "flow": round(dice.uniform(0, 9), 2)}


def _bikeshed(dice: Dice, bad: bool) -> dict[str, object]:
    return {"temperature": 66.0 if bad else round(dice.gauss(26, 2), 1),
            "smoke": round(dice.uniform(0, 0.02), 4), "power": round(dice.uniform(100, 5000)),
            "charging": dice.randrange(9), "vehicles": dice.randrange(40)}  # fmt: skip


def _sniffer(dice: Dice, bad: bool) -> dict[str, object]:
    return {"devices": dice.randrange(400 if bad else 60), "new": dice.randrange(9)}


def _door(dice: Dice, bad: bool) -> dict[str, object]:
    if bad:
        return {"event": "forced", "open": True}
    card = {"card": f"c-{dice.randrange(_TOKENS):08x}", "granted": True}
    return {"event": "card", **card, "open": False} if dice.random() < 0.5 else {"open": False}


def _manhole(dice: Dice, bad: bool) -> dict[str, object]:
    return {"tilt": 40.0 if bad else round(dice.uniform(0, 1), 1),
            "level": round(dice.uniform(0.1, 0.4), 2), "open": False, "battery": 3.4}  # fmt: skip


def _face(dice: Dice, bad: bool) -> dict[str, object]:
    who = {} if bad else {"person": f"p-{dice.randrange(_TOKENS):08x}"}
    return {**who, "confidence": round(dice.uniform(0.8, 1), 3), "live": True, "direction": "in"}


def _vehicle(dice: Dice, bad: bool) -> dict[str, object]:
    del bad
    return {"plate": f"v-{dice.randrange(_TOKENS):08x}", "direction": dice.choice(("in", "out")),
            "confidence": round(dice.uniform(0.9, 1), 3)}  # fmt: skip


_VALUES: dict[str, Callable[[Dice, bool], dict[str, object]]] = {
    "smoke": _smoke, "arc": _arc, "camera": _camera, "water": _water, "bikeshed": _bikeshed,
    "sniffer": _sniffer, "door": _door, "manhole": _manhole, "face": _face, "vehicle": _vehicle,
}  # fmt: skip


def begun(ledger: list[control.Device]) -> State:
    """A state that has heard of the devices and of all default rules."""
    rules = tuple((rule.version, rule.text) for rule in default_rules())
    lists = {f"faces@{d.site}": "p" for d in ledger} | {f"vehicles@{d.site}": "v" for d in ledger}
    lists |= {f"cards@{d.building}": "c" for d in ledger if d.kind == "door"}
    changes: list[control.Change] = [
        control.ListSet(name, add=tuple(f"{letter}-{n:08x}" for n in range(_TOKENS)))
        for name, letter in lists.items()
    ]
    changes += [control.LedgerSet(tuple(ledger)), control.RulesSet(rules)]
    records: list[Record] = [
        Control(n, START, f"c{n}", control.encode(change)) for n, change in enumerate(changes, 1)
    ]
    return step(State(LOG), records)[0]


def packs(made: list[tuple[int, str, bytes]], size: int, first: int) -> list[Data]:
    """The lines in packs of `size` from position `first`, each arriving with its newest reading."""
    cut = [made[at : at + size] for at in range(0, len(made), size)]
    return [
        Data(n, pack[-1][0] + 5, len(pack), b"".join(line for *_, line in pack))
        for n, pack in enumerate(cut, first)
    ]


class Run:
    """Packs folded `batch` at a time; the first few warm the state and are not counted."""

    def __init__(self, ledger: list[control.Device], data: list[Data], batch: int) -> None:
        warm = data[:_WARM]
        self.state, _ = step(begun(ledger), warm)
        self.batches = [data[at : at + batch] for at in range(_WARM, len(data), batch)]
        self.count = sum(pack.count for pack in data[_WARM:])
        self.changes = 0

    def step(self) -> float:
        """Seconds to fold them all; once only."""
        began = time.perf_counter()
        for batch in self.batches:
            self.state, changes = step(self.state, batch)
            self.changes += len(changes)
        return time.perf_counter() - began

    def decode(self) -> float:
        """Seconds to decode them all."""
        began = time.perf_counter()
        for batch in self.batches:
            decode(batch, self.state.ledger)
        return time.perf_counter() - began


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=420_000)
    parser.add_argument("--batch", type=int, default=200_000, help="readings a large step")
    parser.add_argument("--times", type=int, default=5, help="the best of so many is told")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    print(describe())
    ledger = devices()
    made = list(lines(ledger, options.readings))
    _told_mix(made)
    first = begun(ledger).position + 1
    for size, batch in ((1000, options.batch // 1000), (100, 1)):
        data = packs(made[: 4_000 * size], size, first)
        make = partial(Run, ledger, data, batch)
        runs = [make() for _ in range(options.times)]
        best = min(run.step() for run in runs)
        scan = min(run.decode() for run in runs)
        count, changes = runs[0].count, runs[0].changes
        print(f"steps of {size * batch} readings: {count / best:,.0f} readings/s, "
              f"{1e6 * best / len(runs[0].batches):,.0f} us a step ({changes} changes of alerts); "
              f"decode alone {count / scan:,.0f}/s")  # fmt: skip
        if options.profile:
            _profiled(make())
    _told_columns(ledger, made, options.times)
    _told_polars(made, options.times)


def _told_columns(
    ledger: list[control.Device], made: list[tuple[int, str, bytes]], times: int
) -> None:
    """From history's columns in memory (Arrow) to alerts: what a replay does once Parquet is
    read."""
    best = float("inf")
    for _ in range(times):
        state = begun(ledger)
        frames = _frames(made, state.position)
        began = time.perf_counter()
        arrivals = {
            code: rows_of(frame, kind(code), state.ledger.roster(code))[0]
            for code, frame in frames.items()
        }
        for stretch in stretches(arrivals, position=state.position, time=START):
            fold(state, stretch.arrivals, stretch.clock)
        best = min(best, time.perf_counter() - began)
    print(f"from columns: {len(made) / best:,.0f} readings/s")


def _frames(made: list[tuple[int, str, bytes]], position: int) -> dict[str, pl.DataFrame]:
    """The same readings as history keeps them, by kind."""
    frames = {}
    for code in sorted({code for _, code, _ in made}):
        own = [(due, line) for due, of, line in made if of == code]
        frame = pl.read_ndjson(b"".join(line for _, line in own), infer_schema_length=None)
        arrival = pl.Series("arrival", [due + 5 for due, _ in own], pl.Int64)
        frame = frame.with_columns(
            arrival, ((arrival - START) // 1000 + position + 1).alias("position"),
            pl.lit(False).alias("late"),
        )  # fmt: skip
        schema = polars_schema(code)
        missing = [pl.lit(None, of).alias(n) for n, of in schema.items() if n not in frame.columns]
        frames[code] = frame.with_columns(missing).select(schema.names()).cast(dict(schema))
    return frames


def _told_mix(made: list[tuple[int, str, bytes]]) -> None:
    count = Counter(code for _, code, _ in made)
    mix = ", ".join(f"{code} {100 * n / len(made):.1f} %" for code, n in count.most_common())
    size = sum(len(line) for *_, line in made) / len(made)
    print(f"{len(made)} readings, {size:.0f} bytes a line: {mix}")


def _told_polars(made: list[tuple[int, str, bytes]], times: int) -> None:
    body = b"".join(line for *_, line in made)
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        pl.read_ndjson(body, infer_schema_length=None)
        best = min(best, time.perf_counter() - began)
    threads = pl.thread_pool_size()
    print(f"polars.read_ndjson, {threads} thread: {len(made) / best:,.0f} readings/s")


def _profiled(run: Run) -> None:
    profile = cProfile.Profile()
    profile.runcall(run.step)
    pstats.Stats(profile).sort_stats("tottime").print_stats(28)


if __name__ == "__main__":
    main()
