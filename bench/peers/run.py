"""The same job in peers and in ours, one after the other, with each one's events checked:
`make bench-engine` or `python -m bench.peers.run [names]`. README.md says what the job is.

Each peer gets an environment of its own under var/bench, from its pinned list. Memory is the
highest sum of resident memory of its process and all of that one's children.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tokenize
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.machine import describe
from bench.peers import generate, reference
from bench.peers.job import CHECKED, Event, read_events
from bench.peers.kafka import Broker, NoKafka, broker

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HOME = ROOT / "var" / "bench"
SETTLED = 600_000
"""The last so many ms of the input are not compared: an alert there may still be up, and not every
peer tells of one before it is over. None of the input's fires lasts as long."""

QUICK = 6.0
"""Seconds; what is quicker runs three times."""


@dataclass(frozen=True)
class Peer:
    """A way to do the job. `readings`: how many of the file's it gets, 0 for all. `same`: its
    baseline is the very form of the reference."""

    name: str
    title: str
    module: str
    environment: str = ""
    mode: str = ""
    readings: int = 0
    kafka: bool = False
    java: bool = False
    same: bool = True
    note: str = ""


PEERS = (
    Peer("ours", "Xiuhua, 10,000 readings a step", "ours", mode="2500", same=False,
         note="baseline is our own operator, robust, with other events; fires between readings"),
    Peer("ours-live", "Xiuhua, 170 readings a step", "ours", mode="42", same=False),
    Peer("bytewax", "Bytewax", "bytewax", "bytewax",
         note="state machines by hand; fires at a device's next reading only"),
    Peer("quix", "Quix Streams + Kafka", "quix", "quix", mode="quix", kafka=True,
         note="as Bytewax; needs a broker; a second key means a second application and topic"),
    Peer("faust", "Faust + Kafka", "faust", "faust", mode="faust", readings=200_000, kafka=True,
         note="as Quix Streams, in one application"),
    Peer("flink", "PyFlink DataStream, processes", "flink", "flink", readings=600_000, java=True,
         note="state machines by hand; has event-time timers, not used"),
    Peer("flink-thread", "PyFlink DataStream, threads", "flink", "flink", mode="thread",
         readings=600_000, java=True),
    Peer("flink-sql", "Flink SQL", "flink_sql", "flink", readings=600_000, java=True, same=False,
         note="a hold is told only when it is over; no recursive mean, so another baseline; "
              "an end is told at the next reading that meets the condition"),
    Peer("pandas", "pandas, whole file", "pandas", "pandas",
         note="needs the whole file before the first event; keeps no state"),
    Peer("polars", "Polars, whole file, 2 cores", "polars", "polars", note="as pandas"),
)  # fmt: skip

NAMED = {
    "eKuiper": (
        "not run: the Go module proxy refuses github.com/lf-edge/ekuiper/v2 (403, this module "
        "version is not available), and no registry at hand has a binary; its own figure is 800 "
        "messages/s with 8,000 rules on 2 cores"
    ),
}
"""Peers that could not be had: named, not guessed."""


@dataclass(frozen=True)
class Input:
    """What all peers are given, and the events that must come out of it."""

    readings: Path
    places: Path
    expected: set[Event]

    def first(self, count: int) -> Path:
        """The file, or one with its first so many readings."""
        if not count:
            return self.readings
        short = self.readings.with_stem(f"readings-{count}")
        if not short.exists():
            with self.readings.open("rb") as whole, short.open("wb") as out:
                out.writelines(itertools.islice(whole, count))
        return short


@dataclass(frozen=True)
class Measured:
    """What a peer did. `wall` is its whole process; `cpu` and `peak` (MiB) with its children."""

    peer: Peer
    readings: int
    seconds: float
    wall: float
    cpu: float
    peak: float
    lines: int
    found: dict[str, str]
    broker: float = 0.0

    @property
    def rate(self) -> float:
        return self.readings / self.seconds


class CannotRun(Exception):
    """Why a peer could not be measured."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(peer.name for peer in PEERS)])
    parser.add_argument("--places", type=int, default=generate.PLACES, help="four devices at each")
    names = (options := parser.parse_args()).names
    print(describe(), flush=True)
    print(f"load before: {os.getloadavg()[0]:.1f} (1 is one busy core)", flush=True)
    chosen = [peer for peer in PEERS if not names or peer.name in names]
    report(chosen, prepare(HOME / f"job-{options.places}", options.places))


def report(peers: Iterable[Peer], of: Input) -> None:
    """Measure peers and print the table."""
    measured, failed = measure_all(peers, of)
    print("\n".join(table(measured)))
    for one in measured:
        if one.peer.note:
            print(f"  {one.peer.title}: {one.peer.note}")
        if one.broker:
            print(f"  {one.peer.title}: and the broker, {one.broker:,.0f} MiB, its CPU not counted")
    for name, reason in (failed | NAMED).items():
        print(f"  {name}: {reason}")


def prepare(folder: Path, places: int = generate.PLACES, length: int = generate.LENGTH) -> Input:
    """Write the input once and say what must come out."""
    readings, ledger = generate.write_input(folder, places, length)
    return Input(readings, ledger, reference.expected(readings, ledger))


def measure_all(peers: Iterable[Peer], of: Input) -> tuple[list[Measured], dict[str, str]]:
    """What was measured, and why the others were not, by title."""
    measured, failed = [], {}
    for peer in peers:
        try:
            measured.append(measure(peer, of))
            print(f"  {peer.title}: {measured[-1].rate:,.0f} readings/s", file=sys.stderr)
        except (CannotRun, NoKafka) as reason:
            failed[peer.title] = f"not run: {reason}"
    return measured, failed


def measure(peer: Peer, of: Input) -> Measured:
    """The quickest of three runs, of one if it takes more than QUICK. Raises CannotRun, NoKafka."""
    best = measure_once(peer, of)
    for _ in range(2):
        if best.seconds <= QUICK:
            best = min(best, measure_once(peer, of), key=lambda one: one.seconds)
    return best


def measure_once(peer: Peer, of: Input) -> Measured:
    """Install, run, check. Raises CannotRun, NoKafka."""
    python = environment(peer)
    readings = of.first(peer.readings)
    with readings.open("rb") as file:
        count = sum(1 for _ in file)
    folder = HOME / "events" / peer.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    events = folder / "events.ndjson"
    argv = [python, "-m", f"bench.peers.{peer.module}", readings, of.places, events]
    argv += ["--mode", peer.mode, "--count", str(count)]
    with ExitStack() as stack:
        memory = 0.0
        if peer.kafka:
            kafka: Broker = stack.enter_context(broker(HOME / "kafka"))
            kafka.load(environment(_named("quix")), peer.mode, readings)
            argv += ["--broker", kafka.address]
        said, wall, cpu, peak = _watched(argv, _surroundings(peer, python), folder / "log")
        if peer.kafka:
            memory = kafka.memory()
    found = check(peer, of.expected, read_events(events), _last_time(readings))
    return Measured(
        peer, int(said["readings"]), said["seconds"], wall, cpu, peak, lines_of(peer), found, memory
    )


def environment(peer: Peer) -> Path:
    """The interpreter of a peer's own environment, made if its list has changed. CannotRun."""
    if not peer.environment:
        return Path(sys.executable)
    if peer.java and shutil.which("java") is None:
        raise CannotRun("java is not installed")
    wanted, home = HERE / f"{peer.environment}.txt", HOME / peer.environment
    python, installed = home / "venv" / "bin" / "python", home / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted.read_text():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        for argv in (
            ["venv", "--quiet", "--clear", "--python", version, home / "venv"],
            ["pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", wanted],
        ):
            done = subprocess.run([ROOT / ".ci" / "uv", *argv], capture_output=True, text=True)
            if done.returncode:
                raise CannotRun(f"its environment cannot be made: {done.stderr.strip()[:300]}")
        shutil.copy(wanted, installed)
    return python


def _named(name: str) -> Peer:
    return next(peer for peer in PEERS if peer.name == name)


def _surroundings(peer: Peer, python: Path) -> dict[str, str]:
    paths = [str(ROOT)]
    if peer.mode == "thread":  # the interpreter inside the JVM does not find its own environment
        paths += map(str, python.parent.parent.glob("lib/python*/site-packages"))
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}


def _watched(
    argv: list[object], surroundings: dict[str, str], log: Path
) -> tuple[dict[str, float], float, float, float]:
    """Run to the end; returns its last line, wall and CPU seconds, and peak memory in MiB."""
    began, peak = time.perf_counter(), 0.0
    cpu: dict[int, float] = {}
    with log.open("w+b") as out:
        process = subprocess.Popen(
            [str(word) for word in argv], cwd=ROOT, env=surroundings, stdout=out, stderr=out
        )
        while process.poll() is None:
            peak = max(peak, _look(process.pid, cpu))
            time.sleep(0.1)
        wall = time.perf_counter() - began
        out.seek(0)
        text = out.read().decode(errors="replace").strip()
    if process.returncode:
        raise CannotRun(f"it ended with {process.returncode}; see {log}")
    said = [line for line in text.splitlines() if line.startswith('{"readings"')]
    return json.loads(said[-1]), wall, sum(cpu.values()), peak


def _look(pid: int, cpu: dict[int, float]) -> float:
    """Resident memory of a process and its children, MiB; their CPU seconds so far into `cpu`."""
    total = 0.0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0.0
    for member in family:
        try:
            times = member.cpu_times()
            cpu[member.pid] = times.user + times.system
            total += member.memory_info().rss / 2**20
        except psutil.Error:
            continue
    return total


def _last_time(readings: Path) -> int:
    with readings.open("rb") as file:
        file.seek(max(0, readings.stat().st_size - 1000))
        return int(re.findall(rb'"time":(\d+)', file.read())[-1])


def check(peer: Peer, expected: set[Event], found: set[Event], last: int) -> dict[str, str]:
    """Per rule: how many begins, and whether they are the expected ones."""
    said = {}
    for rule in CHECKED:
        want, have = (
            {e for e in events if e[0] == rule and e[2] == "begin" and e[3] <= last - SETTLED}
            for events in (expected, found)
        )
        if rule == "baseline" and not peer.same:
            said[rule] = f"own {len(have)}"
        elif want and not have:
            said[rule] = "none"
        else:
            wrong = len(want ^ have)
            said[rule] = f"{len(have)}" if not wrong else f"{len(have)}, {wrong} WRONG"
    return said


def lines_of(peer: Peer) -> int:
    """Lines of code of a peer's file, its SQL or rules, and rules.py where it builds on that."""
    own = HERE / f"{peer.module}.py"
    files = [own, *(path for end in (".sql", ".toml") if (path := own.with_suffix(end)).exists())]
    if re.search(r"^from bench\.peers import rules$", own.read_text(), re.MULTILINE):
        files.append(HERE / "rules.py")
    return sum(map(lines_in, files))


def lines_in(path: Path) -> int:
    """Lines that are neither blank, comment nor docstring."""
    text = path.read_text()
    if path.suffix != ".py":
        mark = "--" if path.suffix == ".sql" else "#"
        lines = (line.strip() for line in text.splitlines())
        return sum(1 for line in lines if line and not line.startswith(mark))
    used: set[int] = set()
    fresh = True
    layout = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in layout or token.type == tokenize.ENDMARKER:
            fresh = fresh or token.type == tokenize.NEWLINE
            continue
        if not (fresh and token.type == tokenize.STRING):
            used |= set(range(token.start[0], token.end[0] + 1))
        fresh = False
    return len(used)


def table(measured: list[Measured]) -> list[str]:
    """The figures, widest word first, one peer a line."""
    head = ("", "readings", "readings/s", "s", "process s", "CPU s", "MiB", "lines", *CHECKED)
    rows = [
        (
            one.peer.title, f"{one.readings:,}", f"{one.rate:,.0f}", f"{one.seconds:.1f}",
            f"{one.wall:.1f}", f"{one.cpu:.1f}", f"{one.peak:,.0f}", str(one.lines),
            *(one.found[rule] for rule in CHECKED),
        )
        for one in measured
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
        for row in (head, *rows)
    ]


if __name__ == "__main__":
    main()
