"""How long history takes to answer about one device: a day of readings as they are, the day as
min, mean and max for a chart, the newest reading at a moment. `make bench-history`, or
`python -m bench.history --help`.

It writes a history of devices of ten kinds at two sites, one part a kind, site and day, as upkeep
leaves them, then asks each question of devices and days drawn at random. The manifest is a file;
every part is checked through before it is read, as always.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from bench.machine import describe
from xiuhua.history.files import write_part
from xiuhua.history.layout import Home, day_of, polars_schema
from xiuhua.history.manifest_file import ManifestFile
from xiuhua.history.parts import Part
from xiuhua.history.reader import History
from xiuhua.kinds import Field, Kind, all_kinds

DAY = 86_400_000
BEGIN = 1_788_192_000_000
"""A midnight in Shanghai, ms."""
SITES = ("tl04", "tl12")
POINTS = 400


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1680)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seconds", type=int, default=300, help="between a device's readings")
    parser.add_argument("--questions", type=int, default=200, help="of each sort")
    asked = parser.parse_args()
    print(describe())
    of_kind = max(1, asked.devices // (len(all_kinds()) * len(SITES)))
    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        manifest = ManifestFile(root / "manifest.json")
        parts = [
            _write(root, kind, site, day, of_kind, asked.seconds * 1000)
            for kind in all_kinds()
            for site in SITES
            for day in range(asked.days)
        ]
        manifest.add(parts)
        rows, size = sum(part.rows for part in parts), sum(part.bytes for part in parts)
        print(
            f"{of_kind * len(all_kinds()) * len(SITES)} devices, {asked.days} days, a reading each "
            f"{asked.seconds} s: {rows} rows in {len(parts)} parts, {size / 2**20:.0f} MiB"
        )
        history = History(root, manifest, _home_of)
        for name, question in _questions(history, of_kind, asked.days).items():
            print(f"{name}: {_timed(question, asked.questions)}")


def _home_of(device: str) -> Home:
    site, kind, _ = device.split("|")
    return Home(kind, site)


def _write(root: Path, kind: Kind, site: str, day: int, devices: int, step: int) -> Part:
    said = np.arange(BEGIN + day * DAY, BEGIN + (day + 1) * DAY, step)
    count = len(said) * devices
    chance = np.random.default_rng(day)
    times = np.repeat(said, devices)
    schema = polars_schema(kind.code)
    front = {
        "device": [f"{site}|{kind.code}|{at}" for at in range(devices)] * len(said),
        "time": times,
        "position": np.arange(count) // 50 + day * count,
        "arrival": times + 40,
        "late": np.zeros(count, dtype=bool),
    }
    fields = {field.name: _values(field, count, chance) for field in kind.fields}
    rows = pl.DataFrame(front | fields).select(
        pl.col(name).cast(dtype) for name, dtype in schema.items()
    )
    return write_part(root, Home(kind.code, site), day_of(int(said[0])), rows)


def _values(field: Field, count: int, chance: np.random.Generator) -> object:
    match field.type:
        case "number":
            return np.round(chance.normal(20, 1, count), 2)
        case "count":
            return chance.integers(0, 50, count)
        case "bool":
            return chance.random(count) < 0.1
        case "choice":
            return chance.choice(field.choices, count).tolist()
        case "token":
            return [f"{number:012x}" for number in chance.integers(0, 2000, count)]


def _questions(history: History, devices: int, days: int) -> dict[str, Callable[[], object]]:
    chance = random.Random(1)
    charts = [kind for kind in all_kinds() if kind.chart]

    def drawn() -> tuple[str, str, int]:
        kind = chance.choice(charts)
        device = f"{chance.choice(SITES)}|{kind.code}|{chance.randrange(devices)}"
        return device, kind.chart, BEGIN + chance.randrange(days) * DAY

    def raw() -> object:
        device, _, since = drawn()
        return history.readings(device, since, since + DAY)

    def series() -> object:
        device, field, since = drawn()
        return history.series(device, field, since, since + DAY, POINTS)

    def latest() -> object:
        device, _, since = drawn()
        return history.latest(device, since + chance.randrange(DAY))

    return {
        "a day of one device": raw,
        f"a day as {POINTS} stretches of min, mean, max": series,
        "the newest reading at a moment": latest,
    }


def _timed(question: Callable[[], object], times: int) -> str:
    question()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        question()
        taken.append((time.perf_counter() - begun) * 1000)
    p95 = statistics.quantiles(taken, n=20)[-1]
    return f"median {statistics.median(taken):.1f} ms, p95 {p95:.1f} ms, n {times}"


if __name__ == "__main__":
    main()
