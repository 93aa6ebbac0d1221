"""The job in Quix Streams over Kafka: two applications, as a key can be changed only through
another topic: one keyed by device, which also sends what `together` asks for, keyed by place, to a
topic that the other reads. They run here one after the other in one process, and both count.

There is no timer in event time: a hold is over, and a count has run dry, at the next reading.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from quixstreams import Application, State

from bench.peers import rules
from bench.peers.job import ARCING, SMOKY, Event, arguments, read_places, report, write_events

Reading = dict[str, Any]
QUIET = 3.0
"""Seconds without a message after which an application stops; not counted."""


class Clock:
    """When the first message came and the last one was done, over both applications."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.readings = 0

    def run(self, app: Application) -> int:
        """Run until it has been quiet; returns how many messages there were."""
        self.first = self.last = 0.0
        self.messages = 0
        app.run(timeout=QUIET, collect=False)
        self.seconds += self.last - self.first
        return self.messages

    def done(self, topic: str, partition: int, offset: int) -> None:
        """Called by Quix after each message."""
        del topic, partition, offset
        self.last = time.perf_counter()
        self.first = self.first or self.last
        self.messages += 1


def alone(reading: Reading, state: State) -> list[Event]:
    """Of a smoke device hold and baseline, of an arc device count."""
    device, at = reading["device"], reading["time"]
    known = state.get("state")
    if "arcs" in reading:
        known = known or rules.new_arc()
        found = [("count", *m) for m in rules.count(known, at, reading["arcs"])]
    else:
        known = known or rules.new_smoke()
        found = [("hold", *m) for m in rules.hold(known, at, reading["obscuration"])]
        found += [("baseline", *m) for m in rules.baseline(known, at, reading["temperature"])]
    state.set("state", known)
    return [(rule, device, what, moment) for rule, what, moment in found]


def meeting(reading: Reading, state: State) -> list[Event]:
    """What happens together at a place."""
    known = state.get("state") or rules.new_place()
    found = rules.together(known, reading["time"], smoke="obscuration" in reading)
    state.set("state", known)
    return [("together", reading["place"], *moment) for moment in found]


def met(reading: Reading) -> bool:
    if "arcs" in reading:
        return bool(reading["arcs"] >= ARCING)
    return bool(reading["obscuration"] >= SMOKY)


def main() -> None:
    """The command."""
    options = arguments()
    places = read_places(options.places)
    clock, events = Clock(), list[Event]()

    def placed(reading: Reading) -> Iterator[Reading]:
        if met(reading):
            yield reading | {"place": places[reading["device"]]}

    with tempfile.TemporaryDirectory() as folder:
        devices, here = (_application(options, clock, folder, name) for name in ("devices", "here"))
        readings = devices.dataframe(devices.topic(options.mode, value_deserializer="json"))
        by_place = devices.topic(f"{options.mode}-met", value_serializer="json")
        readings.apply(placed, expand=True).to_topic(by_place, key=lambda reading: reading["place"])
        readings.apply(alone, stateful=True, expand=True).update(events.append)
        count = clock.run(devices)
        gathered = here.dataframe(here.topic(by_place.name, value_deserializer="json"))
        gathered.apply(meeting, stateful=True, expand=True).update(events.append)
        clock.run(here)
    write_events(options.events, events)
    report(count, clock.seconds)


def _application(options: Any, clock: Clock, folder: str, name: str) -> Application:  # noqa: ANN401
    return Application(
        broker_address=options.broker,
        consumer_group=f"{options.mode}-{name}-{os.getpid()}",
        auto_offset_reset="earliest",
        state_dir=folder,
        on_message_processed=clock.done,
        loglevel="WARNING",
    )


if __name__ == "__main__":
    main()
