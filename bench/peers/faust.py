"""The job in Faust over Kafka: an agent by device that keeps a table, and an agent by place that is
sent what `together` asks for. Tables live in memory, with their change log in Kafka, as usual.

There is no timer in event time: a hold is over, and a count has run dry, at the next reading.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time

import faust

from bench.peers import rules
from bench.peers.job import ARCING, SMOKY, Event, arguments, read_places, report, write_events


class Job:
    """The application, what it has found, and when it is through."""

    def __init__(self, options: argparse.Namespace, folder: str) -> None:
        self.places = read_places(options.places)
        self.total = options.count
        self.events: list[Event] = []
        self.began, self.done = 0.0, asyncio.Event()
        self.alone_done = self.sent = self.met_done = 0
        name = options.mode
        self.app = faust.App(
            f"{name}-job", broker=f"kafka://{options.broker}", store="memory://", datadir=folder,
            topic_partitions=1, topic_replication_factor=1, web_enabled=False,
            consumer_auto_offset_reset="earliest", stream_buffer_maxsize=16_384,
            producer_threaded=True,
        )  # fmt: skip
        readings = self.app.topic(name, value_serializer="json", key_serializer="raw")
        self.meetings = self.app.topic(
            f"{name}-faust-met", value_serializer="json", partitions=1, internal=True
        )
        self.devices = self.app.Table("devices", partitions=1)
        self.here = self.app.Table("here", partitions=1)
        self.app.agent(readings)(self.alone)
        self.app.agent(self.meetings)(self.meeting)

    async def alone(self, stream: faust.Stream) -> None:
        """Of a smoke device hold and baseline, of an arc device count."""
        async for reading in stream:
            self.began = self.began or time.perf_counter()
            device, at, smoke = reading["device"], reading["time"], "obscuration" in reading
            state = self.devices.get(device)
            if smoke:
                state = state or rules.new_smoke()
                found = [("hold", *m) for m in rules.hold(state, at, reading["obscuration"])]
                warm = rules.baseline(state, at, reading["temperature"])
                found += [("baseline", *m) for m in warm]
            else:
                state = state or rules.new_arc()
                found = [("count", *m) for m in rules.count(state, at, reading["arcs"])]
            self.devices[device] = state
            self.events += ((rule, device, what, moment) for rule, what, moment in found)
            if reading["obscuration" if smoke else "arcs"] >= (SMOKY if smoke else ARCING):
                place = self.places[device]
                await self.meetings.send(key=place, value=[place, at, smoke])
                self.sent += 1
            self.alone_done += 1
            self._see()

    async def meeting(self, stream: faust.Stream) -> None:
        """What happens together at a place."""
        async for place, at, smoke in stream:
            state = self.here.get(place) or rules.new_place()
            found = rules.together(state, at, smoke=smoke)
            self.here[place] = state
            self.events += (("together", place, *moment) for moment in found)
            self.met_done += 1
            self._see()

    def _see(self) -> None:
        if self.alone_done == self.total and self.met_done == self.sent:
            self.done.set()


async def main() -> None:
    """The command."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        job = Job(options, folder)
        await job.app.start()
        await job.done.wait()
        seconds = time.perf_counter() - job.began
        write_events(options.events, job.events)
        report(job.alone_done, seconds)
        await job.app.stop()


if __name__ == "__main__":
    asyncio.run(main())
