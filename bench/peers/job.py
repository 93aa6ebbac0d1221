"""The job's numbers, and how a peer is called and answers. Standard library only: each peer runs in
an environment of its own, which has neither NumPy nor us."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable
from pathlib import Path

HOT, COLD, HELD = 0.1, 0.04, 30_000
"""hold: obscuration at or above HOT for HELD ms begins it, below COLD ends it."""
SPARKS, TIMES, SLIDING = 5, 3, 60_000
"""count: so many readings of arcs at or above SPARKS in the past SLIDING ms."""
ALPHA, SPREADS, LEARN = 0.01, 4.0, 120
"""baseline: weight of a new reading, spreads that are far, readings of a cell before it decides."""
HOUR, WEEK = 3_600_000, 168
"""baseline: the cells."""
SMOKY, ARCING, NEAR = 0.06, 3, 60_000
"""together: the two conditions, and how far apart they may have been met."""

CHECKED = ("hold", "count", "together", "baseline")

Event = tuple[str, str, str, int]
"""Rule, subject (a device, or a place for together), "begin" or "end", event time in ms."""


def arguments() -> argparse.Namespace:
    """What a peer is called with: `readings`, `places`, `events` as paths, and what it may need."""
    parser = argparse.ArgumentParser()
    parser.add_argument("readings", type=Path, help="NDJSON in the order of event time")
    parser.add_argument("places", type=Path, help="CSV: device, kind, place")
    parser.add_argument("events", type=Path, help="NDJSON to write")
    parser.add_argument("--mode", default="", help="a peer's own variant")
    parser.add_argument("--broker", default="", help="host:port of Kafka, for those who need it")
    parser.add_argument("--count", type=int, default=0, help="how many readings there are")
    return parser.parse_args()


def read_places(path: Path) -> dict[str, str]:
    """Device to place."""
    with path.open(newline="") as file:
        return {row["device"]: row["place"] for row in csv.DictReader(file)}


def line(rule: str, subject: str, what: str, time: int) -> str:
    """An event as it is written, without the newline."""
    return f'{{"rule":"{rule}","subject":"{subject}","what":"{what}","time":{time}}}'


def write_events(path: Path, events: Iterable[Event]) -> None:
    """All events into a file."""
    with path.open("w") as file:
        file.writelines(line(*event) + "\n" for event in events)


def read_events(path: Path) -> set[Event]:
    """The events of a file, of its parts where it is a folder (Flink writes one)."""
    files = [part for part in path.rglob("*") if part.is_file()] if path.is_dir() else [path]
    rows = [json.loads(text) for part in files for text in part.read_text().splitlines()]
    return {(row["rule"], row["subject"], row["what"], int(row["time"])) for row in rows}


def report(readings: int, seconds: float) -> None:
    """The last line that a peer prints: from its first reading to its last event."""
    print(json.dumps({"readings": readings, "seconds": seconds}), flush=True)
