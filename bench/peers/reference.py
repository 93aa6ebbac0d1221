"""The job done plainly and slowly, from whole lists and straight from the definitions in README.md:
what every peer's events are held against."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.peers import job
from bench.peers.job import Event, read_places

Series = list[tuple[int, float]]
"""Times and values of one device, in order."""
Moments = Iterator[tuple[str, int]]
"""What, when."""


def expected(readings: Path, places: Path) -> set[Event]:
    """Every event of the job."""
    obscuration, temperature, arcs = _series(readings)
    rules: list[tuple[str, dict[str, Series], Callable[[Series], Moments]]] = [
        ("hold", obscuration, hold),
        ("count", arcs, count),
        ("baseline", temperature, baseline),
    ]
    events = {
        (rule, device, what, time)
        for rule, series, by in rules
        for device, values in series.items()
        for what, time in by(values)
    }
    smoky = _by_place(obscuration, places, job.SMOKY)
    arcing = _by_place(arcs, places, job.ARCING)
    for place in smoky.keys() & arcing.keys():
        for what, time in together(smoky[place], arcing[place]):
            events.add(("together", place, what, time))
    return events


def _series(readings: Path) -> tuple[dict[str, Series], dict[str, Series], dict[str, Series]]:
    fields: dict[str, dict[str, Series]] = defaultdict(lambda: defaultdict(list))
    with readings.open() as file:
        for text in file:
            reading = json.loads(text)
            device, time = reading.pop("device"), reading.pop("time")
            for name, value in reading.items():
                fields[name][device].append((time, value))
    return fields["obscuration"], fields["temperature"], fields["arcs"]


def _by_place(series: dict[str, Series], places: Path, least: float) -> dict[str, list[int]]:
    """When, at each place, the condition was met."""
    place = read_places(places)
    met: dict[str, list[int]] = defaultdict(list)
    for device, values in series.items():
        met[place[device]] += [time for time, value in values if value >= least]
    return {code: sorted(times) for code, times in met.items()}


def hold(values: Series) -> Moments:
    """From each hot reading that follows none: is every reading before HELD is over hot too?"""
    at = 0
    while at < len(values):
        since, value = values[at]
        if value < job.HOT:
            at += 1
            continue
        later = [(time, value) for time, value in values[at:] if time < since + job.HELD]
        if any(value < job.HOT for _, value in later):
            at += next(n for n, (_, value) in enumerate(later) if value < job.HOT)
            continue
        at += len(later)
        if at == len(values):
            return
        yield "begin", since + job.HELD
        while at < len(values) and values[at][1] >= job.COLD:
            at += 1
        if at < len(values):
            yield "end", values[at][0]


def count(values: Series) -> Moments:
    """The number in the window changes where a reading comes in and where one falls out."""
    met = [time for time, value in values if value >= job.SPARKS]
    before = False
    for moment in sorted(set(met) | {time + job.SLIDING for time in met}):
        now = sum(moment - job.SLIDING < time <= moment for time in met) >= job.TIMES
        if now != before:
            yield ("begin" if now else "end"), moment
        before = now


def baseline(values: Series) -> Moments:
    """Each reading against what its cell knew before it."""
    cells: dict[int, tuple[int, float, float]] = {}
    before = False
    for time, value in values:
        cell = time // job.HOUR % job.WEEK
        n, mean, variance = cells.get(cell, (0, value, 0.0))
        off = value - mean
        now = n >= job.LEARN and abs(off) > job.SPREADS * math.sqrt(variance)
        if now != before:
            yield ("begin" if now else "end"), time
        before = now
        variance = (1 - job.ALPHA) * (variance + job.ALPHA * off * off)
        cells[cell] = n + 1, mean + job.ALPHA * off, variance


def together(smoky: list[int], arcing: list[int]) -> Moments:
    """On at a moment when the newest of each, until then, is no more than NEAR old."""
    before = False
    met = set(smoky) | set(arcing)
    for moment in sorted(met | {time + job.NEAR + 1 for time in met}):
        now = all(any(moment - job.NEAR <= t <= moment for t in times) for times in (smoky, arcing))
        if now != before:
            yield ("begin" if now else "end"), moment if now else moment - 1
        before = now
