"""The input of the job: 1,680 devices over 10,000 seconds, from a seed, in the order of event time.

Each device has a clock of its own, 4 to 8 % slow or fast, so that no multiple of its interval comes
within a second of the job's 30 s and 60 s: what is "at least 30 s" never hangs on how a peer cuts
its batches. One reading in a hundred is missing.
"""

from __future__ import annotations

import csv
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

START = 1_790_000_000_000
LENGTH = 10_000_000
PLACES = 420
SEED = 20_261_125

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@dataclass
class Sensor:
    """A device, when it speaks, and what it says: obscuration and temperature, or arcs and
    current."""

    device: str
    kind: str
    place: str
    time: I64
    first: F64
    second: F64

    def between(self, begin: float, end: float) -> NDArray[np.intp]:
        """Which of its readings lie in a span, ms from START."""
        time = self.time - START
        return np.flatnonzero((time >= begin) & (time < end))


def write_input(folder: Path, places: int = PLACES, length: int = LENGTH) -> tuple[Path, Path]:
    """Write `readings.ndjson` and `places.csv`, if they are not there; returns both."""
    readings, ledger = folder / "readings.ndjson", folder / "places.csv"
    if not readings.exists():
        folder.mkdir(parents=True, exist_ok=True)
        sensors = make_sensors(places, length)
        with ledger.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(("device", "kind", "place"))
            table.writerows((s.device, s.kind, s.place) for s in sensors)
        half = readings.with_suffix(".half")
        with half.open("w") as out:
            out.writelines(lines(sensors))
        half.rename(readings)
    return readings, ledger


def make_sensors(places: int, length: int) -> list[Sensor]:
    """Two smoke and two arc devices at each place, with what happens there."""
    chance = np.random.default_rng(SEED)
    sensors = []
    for number in range(places):
        place = f"tl01-b{number:03}"
        here = [
            _quiet(chance, f"tl01-{kind}-{2 * number + k:04}", kind, place, length)
            for kind in ("smoke", "arc")
            for k in (1, 2)
        ]
        _happen(chance, here[:2], here[2:], length)
        sensors += here
    return sensors


def _quiet(
    chance: np.random.Generator, device: str, kind: str, place: str, length: int
) -> Sensor:  # fmt: skip
    off = int(chance.integers(400, 800)) * (1 if chance.random() < 0.5 else -1)
    time = np.arange(START + int(chance.integers(0, 10_000)), START + length, 10_000 + off)
    time = time[chance.random(len(time)) >= 0.01]
    n = len(time)
    if kind == "smoke":
        usual = chance.uniform(18, 26) + np.sin((time - START) / 1.4e7)
        return Sensor(
            device, kind, place, time,
            np.abs(chance.normal(0, 0.006, n)), usual + chance.normal(0, 0.3, n),
        )  # fmt: skip
    sparks = (chance.random(n) < 0.01) * chance.integers(1, 3, n)
    return Sensor(device, kind, place, time, sparks * 1.0, np.abs(chance.normal(3, 0.5, n)))


def _happen(
    chance: np.random.Generator, smokes: list[Sensor], arcs: list[Sensor], length: int
) -> None:
    """One thing after the other at a place, with quiet between them."""
    at = chance.uniform(100_000, 900_000)
    while at < length - 900_000:
        smoke, arc = smokes[chance.integers(2)], arcs[chance.integers(2)]
        thing = THINGS[chance.integers(len(THINGS))]
        thing(chance, smoke, arc, at)
        at += chance.uniform(700_000, 1_400_000)


def _fire(chance: np.random.Generator, smoke: Sensor, arc: Sensor, at: float) -> None:
    """Smoke for minutes, thinner now and then."""
    del arc
    rows = smoke.between(at, at + chance.uniform(60_000, 300_000))
    thick = chance.uniform(0.12, 0.4, len(rows))
    smoke.first[rows] = np.where(chance.random(len(rows)) < 0.08, 0.07, thick)


def _whiff(chance: np.random.Generator, smoke: Sensor, arc: Sensor, at: float) -> None:
    """Smoke for about as long as the hold."""
    del arc
    smoke.first[smoke.between(at, at + chance.uniform(15_000, 50_000))] = 0.15


def _cooking(chance: np.random.Generator, smoke: Sensor, arc: Sensor, at: float) -> None:
    del arc
    rows = smoke.between(at, at + chance.uniform(120_000, 400_000))
    smoke.first[rows] = chance.uniform(0.05, 0.09, len(rows))


def _burst(chance: np.random.Generator, smoke: Sensor, arc: Sensor, at: float) -> None:
    """A bad joint."""
    del smoke
    rows = arc.between(at, at + chance.uniform(40_000, 180_000))
    arc.first[rows] = np.where(chance.random(len(rows)) < 0.8, chance.integers(5, 15, len(rows)), 0)


def _sparse(chance: np.random.Generator, smoke: Sensor, arc: Sensor, at: float) -> None:
    """A lift motor: a spark now and then, at times three in a minute."""
    del smoke
    rows = arc.between(at, at + 300_000)
    arc.first[rows[chance.random(len(rows)) < 0.35]] = 6


def _smoulder(chance: np.random.Generator, smoke: Sensor, arc: Sensor, at: float) -> None:
    """Smoke and arcs, one a little after the other."""
    _cooking(chance, smoke, arc, at)
    begin = at + chance.uniform(-30_000, 100_000)
    rows = arc.between(begin, begin + 60_000)
    arc.first[rows] = chance.integers(3, 10, len(rows))


def _miss(chance: np.random.Generator, smoke: Sensor, arc: Sensor, at: float) -> None:
    """Arcs two minutes after the smoke: not together."""
    smoke.first[smoke.between(at, at + 60_000)] = 0.08
    arc.first[arc.between(at + 180_000, at + 240_000)] = chance.integers(3, 10)


def _warm(chance: np.random.Generator, smoke: Sensor, arc: Sensor, at: float) -> None:
    del arc
    smoke.second[smoke.between(at, at + 90_000)] += chance.uniform(3, 8)


THINGS = (_fire, _whiff, _cooking, _burst, _sparse, _smoulder, _miss, _warm)


def lines(sensors: list[Sensor]) -> itertools.chain[str]:
    """The readings as the door writes them, by time; at one millisecond by device."""
    time = np.concatenate([s.time for s in sensors])
    whose = np.repeat(np.arange(len(sensors)), [len(s.time) for s in sensors])
    order = np.lexsort((whose, time))
    first = np.concatenate([s.first for s in sensors])[order].tolist()
    second = np.concatenate([s.second for s in sensors])[order].tolist()
    heads = [f'{{"device":"{s.device}","time":' for s in sensors]
    smoky = [s.kind == "smoke" for s in sensors]
    rows = zip(whose[order].tolist(), time[order].tolist(), first, second, strict=True)
    return itertools.chain.from_iterable(
        (f'{heads[w]}{t},"obscuration":{a:.3f},"temperature":{b:.1f}}}\n',)
        if smoky[w]
        else (f'{heads[w]}{t},"arcs":{a:.0f},"current":{b:.2f}}}\n',)
        for w, t, a, b in rows
    )
