"""`make bench-detect`: the house's detector beside published ones, on the same labelled series.

Series: three of the Numenta benchmark (in ../shared), what PyPI packages ship (labelled, and clean
ones with anomalies put in), leaks in WNTR's networks, and made ones from a seed. One part was
looked at while the detector was built; the other was held out. `--peers NAME` runs only some peers,
`--no-peers` none, `--each N` makes N series of every made family, `--seed N` draws other ones.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.detecting import places, recorded
from bench.detecting.house import HOUSE
from bench.detecting.leaks import leaks
from bench.detecting.scorers import judged
from bench.detecting.series import F64, Series
from bench.detecting.synthetic import synthetic
from bench.machine import describe


def collection(each: int, seed: int) -> list[Series]:
    """Every series that can be had here; what is skipped is said."""
    sources: dict[str, Callable[[], Iterator[Series]]] = {
        "Numenta benchmark, three series of ../shared": recorded.shared,
        "labelled series in aeon, sktime, StreamAD": lambda: recorded.labelled(places.DATA),
        "UCR instances in aeon, one class's among another's": lambda: recorded.joined(places.DATA),
        "recorded, with anomalies put in": lambda: recorded.injected(places.DATA, seed),
        "leaks in WNTR's Net1 and Net3": leaks,
        "made from a seed": lambda: synthetic(each, 20261125 + seed),
    }
    found: list[Series] = []
    for what, source in sources.items():
        try:
            some = list(source())
        except FileNotFoundError as error:
            print(f"  skipped: {what} ({error.filename} is not there)")
            continue
        rows = sum(len(series.value) for series in some)
        print(f"  {what}: {len(some)} series, {rows:,} rows")
        found += some
    return found


def house(series: list[Series]) -> dict[str, list[F64]]:
    """The scores of the house's own ways."""
    scores = {}
    rows = sum(len(one.value) for one in series)
    for name, way in HOUSE.items():
        way(series[0])  # compiled before the clock runs
        began = time.perf_counter()
        scores[name] = [way(one) for one in series]
        print(f"  {name}: {rows / (time.perf_counter() - began):,.0f} points/s", flush=True)
    return scores


def peers(series: list[Series], names: list[str]) -> dict[str, list[F64]]:
    """The peers' scores; none if they could not be run."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "series.npz", Path(folder) / "scores.npz"
        np.savez(source, **{one.name: one.value for one in series})
        if not places.ask_peers(source, target, names):
            print("  skipped: the peers could not be run")
            return {}
        with np.load(target) as found:
            order = dict.fromkeys(key.partition("/")[0] for key in found.files)
            return {name: [found[f"{name}/{one.name}"] for one in series] for name in order}


def table(scores: dict[str, list[F64]], series: list[Series]) -> None:
    """A row a detector, a column a scorer, for each part."""
    for held, title in ((False, "looked at while building"), (True, "held out")):
        which = [i for i, one in enumerate(series) if one.held == held]
        many = [series[i] for i in which]
        print(f"\n{title}: {len(many)} series")
        for n, (name, all_) in enumerate(scores.items()):
            figures = judged([all_[i] for i in which], many)
            if n == 0:
                print(" " * 28 + "".join(f"{scorer:>10}" for scorer in figures))
            cells = (f"{x:10.1f}" if scorer == "NAB" else f"{x:10.3f}"
                     for scorer, x in figures.items())  # fmt: skip
            print(f"{name:28}" + "".join(cells), flush=True)


def main() -> None:
    """Print the machine, what is run on what, the speeds and the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--peers", nargs="*", default=[])
    options.add_argument("--no-peers", action="store_true")
    options.add_argument("--each", type=int, default=5)
    options.add_argument("--seed", type=int, default=0)
    wanted = options.parse_args()
    print(describe())
    for what in places.prepare():
        print(f"  skipped: {what} could not be installed")
    series = collection(wanted.each, wanted.seed)
    scores = house(series)
    if not wanted.no_peers:
        scores |= peers(series, wanted.peers)
    table(scores, series)


if __name__ == "__main__":
    main()
