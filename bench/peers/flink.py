"""The job in PyFlink's DataStream API, one task slot, Python in processes of its own or, with
`--mode thread`, in threads of the JVM.

Flink has timers in event time, so that a hold could fire between two readings; they are not used
here: they would cost it more.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
from pyflink import datastream
from pyflink.common import Configuration, Row, Types, WatermarkStrategy
from pyflink.datastream.connectors.file_system import FileSource, StreamFormat
from pyflink.datastream.state import ValueStateDescriptor

from bench.peers import rules
from bench.peers.job import ARCING, SMOKY, arguments, line, read_places, report

READING = Types.ROW_NAMED(
    ["device", "time", "smoke", "value", "temperature"],
    [Types.STRING(), Types.LONG(), Types.BOOLEAN(), Types.DOUBLE(), Types.DOUBLE()],
)
MEETING = Types.ROW_NAMED(
    ["place", "time", "smoke"], [Types.STRING(), Types.LONG(), Types.BOOLEAN()]
)
MET = datastream.OutputTag("met", MEETING)


class Parse(datastream.ProcessFunction):
    """Lines into readings; those that `together` asks for also to the side."""

    def __init__(self, places: dict[str, str], began: Path) -> None:
        self.places, self.began = places, began
        self.quiet = True

    def process_element(self, value: str, ctx: datastream.ProcessFunction.Context) -> Iterator[Row]:
        if self.quiet:
            self.began.write_text(str(time.time()))
            self.quiet = False
        reading = orjson.loads(value)
        device, at, smoke = reading["device"], reading["time"], "obscuration" in reading
        number = float(reading["obscuration" if smoke else "arcs"])
        yield Row(device, at, smoke, number, reading.get("temperature", 0.0))
        if number >= (SMOKY if smoke else ARCING):
            yield MET, Row(self.places[device], at, smoke)


class Alone(datastream.KeyedProcessFunction):
    """Of a smoke device hold and baseline, of an arc device count."""

    def open(self, runtime_context: datastream.RuntimeContext) -> None:
        self.state = runtime_context.get_state(
            ValueStateDescriptor("state", Types.PICKLED_BYTE_ARRAY())
        )

    def process_element(self, value: Row, ctx: datastream.ProcessFunction.Context) -> Iterator[str]:
        device, at, smoke, number, temperature = value
        state = self.state.value()
        if state is None:
            state = rules.new_smoke() if smoke else rules.new_arc()
        if smoke:
            found = [("hold", *m) for m in rules.hold(state, at, number)]
            found += [("baseline", *m) for m in rules.baseline(state, at, temperature)]
        else:
            found = [("count", *m) for m in rules.count(state, at, number)]
        self.state.update(state)
        for rule, what, moment in found:
            yield line(rule, device, what, moment)


class Meet(datastream.KeyedProcessFunction):
    """What happens together at a place."""

    def open(self, runtime_context: datastream.RuntimeContext) -> None:
        self.state = runtime_context.get_state(
            ValueStateDescriptor("state", Types.PICKLED_BYTE_ARRAY())
        )

    def process_element(self, value: Row, ctx: datastream.ProcessFunction.Context) -> Iterator[str]:
        place, at, smoke = value
        state = self.state.value() or rules.new_place()
        found = rules.together(state, at, smoke=smoke)
        self.state.update(state)
        for what, moment in found:
            yield line("together", place, what, moment)


def settings(mode: str) -> Configuration:
    """One slot; bundles and the state's cache as large as the job likes them."""
    configuration = Configuration()
    configuration.set_string("python.executable", sys.executable)
    configuration.set_string("python.client.executable", sys.executable)
    configuration.set_string("python.execution-mode", mode or "process")
    configuration.set_string("python.fn-execution.bundle.size", "100000")
    configuration.set_string("python.state.cache-size", "4000")
    configuration.set_string("pipeline.object-reuse", "true")
    configuration.set_string("parallelism.default", "1")
    return configuration


def main() -> None:
    """The command."""
    options = arguments()
    began = options.events.with_suffix(".began")
    env = datastream.StreamExecutionEnvironment.get_execution_environment(settings(options.mode))
    env.set_parallelism(1)
    source = FileSource.for_record_stream_format(
        StreamFormat.text_line_format(), str(options.readings.resolve())
    ).build()
    lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "readings")
    readings = lines.process(Parse(read_places(options.places), began.resolve()), READING)
    alone = readings.key_by(lambda row: row[0], Types.STRING()).process(Alone(), Types.STRING())
    meeting = readings.get_side_output(MET).key_by(lambda row: row[0], Types.STRING())
    together = meeting.process(Meet(), Types.STRING())
    with options.events.open("w") as file, alone.union(together).execute_and_collect() as events:
        file.writelines(event + "\n" for event in events)
    report(options.count, time.time() - float(began.read_text()))


if __name__ == "__main__":
    main()
