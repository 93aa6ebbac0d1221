"""The job in Bytewax: two stateful steps, one keyed by device, one by place.

`notify_at` of a stateful step is in the machine's time, and event time exists only within its
windowing operators; so a hold is over, and a count has run dry, at the device's next reading.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import bytewax.operators as op
import orjson
from bytewax.connectors.files import FileSink, FileSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.testing import cluster_main

from bench.peers import rules
from bench.peers.job import ARCING, SMOKY, arguments, line, read_places, report

Reading = dict[str, Any]
Keyed = tuple[str, str]
BATCH = 2_000
read = 0


class DeviceLogic(StatefulBatchLogic[Reading, str, rules.State]):
    """Of a smoke device hold and baseline, of an arc device count."""

    def __init__(self, state: rules.State | None) -> None:
        self.state = state or []

    def on_batch(self, values: list[Reading]) -> tuple[Iterable[str], bool]:
        if not self.state:
            self.state = rules.new_smoke() if "obscuration" in values[0] else rules.new_arc()
        return [text for reading in values for text in self.lines(reading)], False

    def lines(self, reading: Reading) -> list[str]:
        device, at = reading["device"], reading["time"]
        if "arcs" in reading:
            found = [("count", *m) for m in rules.count(self.state, at, reading["arcs"])]
        else:
            found = [("hold", *m) for m in rules.hold(self.state, at, reading["obscuration"])]
            warm = rules.baseline(self.state, at, reading["temperature"])
            found += [("baseline", *m) for m in warm]
        return [line(rule, device, what, moment) for rule, what, moment in found]

    def snapshot(self) -> rules.State:
        return self.state


class PlaceLogic(StatefulBatchLogic[Reading, str, rules.State]):
    """What happens together at a place."""

    def __init__(self, state: rules.State | None) -> None:
        self.state = state or rules.new_place()

    def on_batch(self, values: list[Reading]) -> tuple[Iterable[str], bool]:
        return [
            line("together", reading["place"], what, moment)
            for reading in values
            for what, moment in rules.together(
                self.state, reading["time"], smoke="obscuration" in reading
            )
        ], False

    def snapshot(self) -> rules.State:
        return self.state


def parse(lines: list[str]) -> list[Reading]:
    global read  # noqa: PLW0603
    read += len(lines)
    return [orjson.loads(text) for text in lines]


def met(reading: Reading) -> bool:
    if "arcs" in reading:
        return bool(reading["arcs"] >= ARCING)
    return bool(reading["obscuration"] >= SMOKY)


def main() -> None:
    """The command."""
    options = arguments()
    places = read_places(options.places)

    def placed(readings: list[Reading]) -> list[Reading]:
        return [r | {"place": places[r["device"]]} for r in readings if met(r)]

    flow = Dataflow("job")
    lines = op.input("readings", flow, FileSource(options.readings, batch_size=BATCH))
    readings = op.flat_map_batch("parse", lines, parse)
    by_device = op.key_on("device", readings, lambda reading: reading["device"])
    alone = op.stateful_batch("alone", by_device, DeviceLogic)
    meeting = op.flat_map_batch("met", readings, placed)
    by_place = op.key_on("place", meeting, lambda reading: reading["place"])
    together = op.stateful_batch("together", by_place, PlaceLogic)
    op.output("events", op.merge("all", alone, together), FileSink(options.events))

    began = time.perf_counter()
    cluster_main(flow, [], 0, worker_count_per_proc=1)
    report(read, time.perf_counter() - began)


if __name__ == "__main__":
    main()
