"""Published detectors, each fed one series in order and asked for a score a row: run by the peers'
own Python (`python peers.py SERIES.npz SCORES.npz [NAMES]`), which knows nothing of this house."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import math
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

Values = np.ndarray
Peer = Callable[[Values], Iterator[float]]
CYCLE = 64
"""Rows in a pattern for the peers that must be told; they are told the same for every series."""


def half_space_trees(values: Values) -> Iterator[float]:
    """river: Tan, Ting and Liu 2011."""
    from river import anomaly, compose, preprocessing

    model = compose.Pipeline(preprocessing.MinMaxScaler(), anomaly.HalfSpaceTrees(seed=42))
    for value in values:
        row = {"value": float(value)}
        yield model.score_one(row)
        model.learn_one(row)


def gaussian(values: Values) -> Iterator[float]:
    """river: how far out in a running normal distribution, over the last 500."""
    from river import anomaly

    model = anomaly.GaussianScorer(window_size=500, grace_period=50)
    for value in values:
        yield model.score_one(None, float(value))
        model.learn_one(None, float(value))


def forecast(values: Values) -> Iterator[float]:
    """river: PredictiveAnomalyDetection (Laptev et al. 2015) over SNARIMAX."""
    from river import anomaly, linear_model, optim, preprocessing, time_series

    model = anomaly.PredictiveAnomalyDetection(
        time_series.SNARIMAX(
            p=12, d=0, q=4, m=24, sp=2,
            regressor=preprocessing.StandardScaler()
            | linear_model.LinearRegression(optimizer=optim.SGD(0.005)),
        ),
        horizon=1, n_std=3.5, warmup_period=50,
    )  # fmt: skip
    for value in values:
        yield model.score_one(None, float(value))
        model.learn_one(None, float(value))


def matrix_profile(values: Values) -> Iterator[float]:
    """stumpy: distance of the newest pattern to the nearest of all older ones (Yeh et al. 2016;
    Lu et al. 2022). The left neighbours of the whole series' profile are those that a stream would
    have found, and are found many times faster."""
    import stumpy

    noise = 1e-9 * (np.std(values) + 1e-12) * np.random.default_rng(0).normal(size=len(values))
    profile = stumpy.stump(values + noise, m=CYCLE)
    yield from np.zeros(CYCLE - 1)
    cut = np.lib.stride_tricks.sliding_window_view(values + noise, CYCLE)
    for at, left in enumerate(profile[:, 2].astype(int)):
        now, before = cut[at], cut[left]
        away = (now - now.mean()) / now.std() - (before - before.mean()) / before.std()
        yield float(np.sqrt(np.sum(away * away))) if left >= 0 else 0.0


def spot(values: Values) -> Iterator[float]:
    """StreamAD: SPOT (Siffer et al. 2017)."""
    from streamad.model import SpotDetector

    return _streamad(SpotDetector(), values)


def knn_cad(values: Values) -> Iterator[float]:
    """StreamAD: KNN-CAD (Burnaev and Ishimtsev 2016)."""
    from streamad.model import KNNDetector

    return _streamad(KNNDetector(), values)


def spectral_residual(values: Values) -> Iterator[float]:
    """StreamAD: spectral residual (Ren et al. 2019)."""
    from streamad.model import SRDetector

    return _streamad(SRDetector(), values)


def _streamad(model: object, values: Values) -> Iterator[float]:
    for value in values:
        score = model.fit_score(np.array([value]))  # type: ignore[attr-defined]
        yield 0.0 if score is None else abs(float(score))


def windowed_gaussian(values: Values) -> Iterator[float]:
    """As in the Numenta benchmark: tail probability in the normal distribution of a window of
    6,400 rows, moved on every 40."""
    window: deque[float] = deque(maxlen=6400)
    mean, spread = 0.0, 1.0
    for at, value in enumerate(values):
        yield 1 - math.erfc(abs(value - mean) / spread / math.sqrt(2)) if at else 0.0
        window.append(float(value))
        if at < 40 or at % 40 == 0:
            mean, spread = float(np.mean(window)), float(np.std(window)) or 1e-6


PEERS: dict[str, Peer] = {
    "windowed Gaussian": windowed_gaussian,
    "river GaussianScorer": gaussian,
    "river HalfSpaceTrees": half_space_trees,
    "river Predictive (SNARIMAX)": forecast,
    "stumpy left profile": matrix_profile,
    "StreamAD SPOT": spot,
    "StreamAD KNN-CAD": knn_cad,
    "StreamAD spectral residual": spectral_residual,
}
VERSIONS = ("river", "stumpy", "streamad", "numpy")


def run(peer: Peer, values: Values) -> Values:
    """A peer's scores, one a row; what it cannot say (NaN, infinite, an error) is 0, as cold."""
    known = np.isfinite(values)
    filled = np.interp(np.arange(len(values)), np.flatnonzero(known), values[known])
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    filled = np.where(last >= 0, values[np.maximum(last, 0)], filled)
    scores = np.zeros(len(values))
    try:
        for at, score in enumerate(peer(filled)):
            scores[at] = score
    except Exception as error:  # noqa: BLE001  # a peer that falls is told of, and goes on at 0
        print(f"  fell: {type(error).__name__}: {error}", file=sys.stderr)
    return np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0)


def main(source: str, target: str, *names: str) -> None:
    """Score every series of a file by every peer; prints what is run and how long it took."""
    warnings.simplefilter("ignore")
    series = np.load(source)
    found = {}
    for name, peer in PEERS.items():
        if names and name not in names:
            continue
        began, rows = time.perf_counter(), 0
        for key in series.files:
            with contextlib.redirect_stdout(io.StringIO()):
                found[f"{name}/{key}"] = run(peer, series[key])
            rows += len(series[key])
        spent = time.perf_counter() - began
        print(f"  {name}: {rows / spent:,.0f} points/s", flush=True)
    np.savez(target, **found)
    print("  " + ", ".join(f"{each} {importlib.metadata.version(each)}" for each in VERSIONS))


if __name__ == "__main__":
    main(*sys.argv[1:])
