"""Replay of history: 1,680 sensors at one reading each 10 s, from Parquet, with every rule.
`make bench-replay`, or `python -m bench.replay --days 30` for the whole month.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import polars as pl

from bench.machine import describe
from tests.support.village import PILOT
from xiuhua.history.files import sync_folders, write_part
from xiuhua.history.layout import Home, day_of, polars_schema
from xiuhua.history.manifest_file import ManifestFile
from xiuhua.history.parts import Part
from xiuhua.kinds import Field, kind
from xiuhua.neighbourhood import Device, load
from xiuhua.runners import ledgers
from xiuhua.runners.several import fold
from xiuhua.runners.sources import Span
from xiuhua.runners.sources.history import History

BEGIN = 1_790_006_400_000
"""A midnight in Shanghai."""
DAY, EVERY = 86_400_000, 10_000
USUAL = {
    "temperature": (24.0, 1.0), "battery": (3.4, 0.05), "pressure": (250_000.0, 4_000.0),
    "flow": (2.0, 0.5), "current": (3.0, 1.0), "leakage": (4.0, 1.0), "power": (900.0, 100.0),
    "confidence": (0.95, 0.01), "level": (0.2, 0.02), "tilt": (1.0, 0.2),
}  # fmt: skip
"""Middle and spread of what healthy things say."""
LOG = "00000000-0000-4000-8000-000000000001"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=2, help="days of history to replay")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    print(describe(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        manifest = ManifestFile(root / "manifest.json")
        for day in range(options.days):
            parts = list(_day(root, BEGIN + day * DAY))
            sync_folders(root, parts)
            manifest.add(parts)
        _measure(root, manifest, options.days, options.processes)


def _measure(root: Path, manifest: ManifestFile, days: int, processes: int) -> None:
    known = ledgers.read(PILOT)
    began = time.perf_counter()
    source = History.of(
        root, manifest.parts(), log=LOG, ledger=known.ledger(),
        kinds={of.code for rule in known.rules for of in rule.kinds}, span=Span(),
    )  # fmt: skip
    found = fold(source, [known.rules], processes=processes, told=lambda _: None)
    passed = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN if processes > 1 else resource.RUSAGE_SELF)
    readings, size = source.total(), sum(part.bytes for part in source.parts)
    print(
        f"{days} days of 1,680 sensors at 10 s: {readings:,} readings, {size / 2**20:,.0f} MiB of "
        f"Parquet, {len(known.rules)} rules, {processes} processes: {passed:.1f} s, "
        f"{readings / passed:,.0f} readings/s ({used.ru_utime + used.ru_stime:.1f} s of CPU, "
        f"{used.ru_maxrss / 2**10:,.0f} MiB the largest process); {len(found.episodes[0])} alerts; "
        f"30 days at this pace: {30 / days * passed / 60:.1f} min"
    )


def _day(root: Path, begin: int) -> Iterator[Part]:
    """A day's parts: every device speaks each 10 s, at a moment of its own, of a healthy thing."""
    devices = sorted(load(PILOT).devices, key=lambda one: (one.kind, one.site))
    for (code, site), some in groupby(devices, key=lambda one: (one.kind, one.site)):
        rows = _rows(code, list(some), begin)
        yield write_part(root, Home(code, site), day_of(begin), rows)


def _rows(code: str, devices: list[Device], begin: int) -> pl.DataFrame:
    rng = np.random.default_rng(begin % 2**32 + len(devices))
    ticks = np.arange(0, DAY, EVERY, dtype=np.int64)
    phase = rng.integers(0, EVERY, len(devices))
    time_ = (begin + ticks[:, None] + phase).ravel()
    arrival = time_ + rng.integers(5, 80, len(time_))
    columns = {
        "device": np.tile([one.id for one in devices], len(ticks)),
        "time": time_,
        "position": (arrival - BEGIN) // 50 + 1,
        "arrival": arrival,
        "late": np.zeros(len(time_), np.bool_),
    }
    for field in kind(code).fields:
        columns[field.name] = _values(field, len(time_), rng)
    schema = polars_schema(code)
    return pl.DataFrame([pl.Series(n, columns[n]).cast(t) for n, t in schema.items()])


def _values(field: Field, size: int, rng: np.random.Generator) -> np.ndarray:
    match field.type:
        case "number":
            middle, spread = USUAL.get(field.name, (0.01, 0.002))
            return np.round(np.abs(rng.normal(middle, spread, size)), 4)
        case "count":
            return rng.integers(0, 5, size)
        case "bool":
            return np.zeros(size, np.bool_)
        case "choice":
            return np.full(size, None if field.nullable else field.choices[-1], object)
        case _:
            return np.full(size, None, object)


if __name__ == "__main__":
    main()
