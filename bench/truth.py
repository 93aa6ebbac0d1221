"""Ten days of the whole pilot against the ground truth: what was found, what was a false alarm.
`make bench-truth`, or `python -m bench.truth --days 10 --seeds 901 902 903`.

Rules are written with the seeds of `DEVELOPMENT` in view; the figures that are published come from
`HELD_OUT`, which nobody looks at before.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context

from bench.machine import describe
from bench.truth_feed import Feed
from bench.truth_schedule import Drilled
from bench.truth_scoring import (
    DAY,
    Happened,
    Told,
    found,
    found_table,
    heard,
    heard_table,
    per_shift,
    speaks_of,
    untrue,
)
from xiuhua.city.alerts.queries import MOST_MATTERS
from xiuhua.city.almanac.queries import shift
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.rules import Rule, default_rules, parse
from xiuhua.epoch import SHANGHAI
from xiuhua.neighbourhood import Device, Neighbourhood, load
from xiuhua.simulator.app import PILOT
from xiuhua.simulator.faults import PROFILES, Fault
from xiuhua.simulator.incidents import Incident
from xiuhua.simulator.pipes import Pipes
from xiuhua.simulator.rhythm import HOUR, day_start
from xiuhua.simulator.rows import Span
from xiuhua.simulator.signals import Scene
from xiuhua.simulator.stage import Stage
from xiuhua.simulator.weather import Weather
from xiuhua.simulator.world import World
from xiuhua.simulator.world import load as load_simulator

DEVELOPMENT = (101, 102)
HELD_OUT = (901, 902)
FIRST_DAY = 20_730
"""4 October 2026 in Shanghai: where the warm-up ends."""


@dataclass(frozen=True)
class Run:
    """What happened in one seed's days, of it what was a drill, and what was told; `under_storms`
    is how many alerts stood under another when they were raised, and so called nobody."""

    seed: int
    span: Span
    readings: int
    happened: list[Happened]
    drills: list[Happened]
    told: list[Told]
    under_storms: int

    @property
    def told_by_nature(self) -> list[Told]:
        """What would have been told without the drills."""
        return [one for one in self.told if not any(speaks_of(one, drill) for drill in self.drills)]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=10, help="days that are scored")
    parser.add_argument("--warm-up", type=float, default=8, help="days before them, not scored")
    parser.add_argument(
        "--least", type=int, default=3, help="so often everything happens, per seed"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=HELD_OUT)
    parser.add_argument("--jobs", type=int, default=1, help="seeds at the same time")
    parser.add_argument("--why", action="store_true", help="list false alarms and what was missed")
    options = parser.parse_args()
    print(describe(), flush=True)
    hood = load(PILOT)
    began = time.perf_counter()
    one = partial(run, hood, days=options.days, warm_up=options.warm_up, least=options.least)
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as beside:
        runs = list(beside.map(one, options.seeds))
    print("\n".join(report(runs, time.perf_counter() - began)))
    if options.why:
        print("\n".join(reasons(runs)))


def run(hood: Neighbourhood, seed: int, *, days: float, warm_up: float, least: int) -> Run:
    """One seed's days in that neighbourhood."""
    load_simulator()
    stage = Stage(hood)
    pipes = Pipes(stage.kind("water"))
    pipes.start()
    try:
        scene = Scene(seed, stage, Weather(seed), pipes)
        since = day_start(FIRST_DAY)
        span = Span(since, since + int(days * DAY))
        schedule = Drilled(scene, span, least=least)
        return score(World(scene, schedule, PROFILES["usual"]), schedule, span, warm_up)
    finally:
        pipes.close()


def score(world: World, schedule: Drilled, span: Span, warm_up: float) -> Run:
    """The days of a world, and what the house's rules made of them. What began before them or was
    not over after them is left out, with all that was told of it."""
    seed = world.scene.seed
    feed = Feed(world, rules(), span.since - int(warm_up * DAY))
    for _ in feed.until(span.since, only=learners()) if warm_up else ():
        pass  # nobody is told
    raised = [change for change in feed.until(span.until) if _begins(change, span)]
    known = {device.id: device for device in world.devices}
    incidents = [_incident(seed, one, known) for one in schedule.between(span)]
    faults = [_fault(seed, one, known[one.device], span) for one in feed.faults]
    happened = [one for one in incidents + faults if span.overlaps(one.since, one.until)]
    cut = [one for one in happened if one.since < span.since or one.until > span.until]
    told = [_told(seed, change) for change in raised if not change.parent]
    return Run(
        seed, span, feed.readings, [one for one in happened if one not in cut],
        [_incident(seed, one, known) for one in schedule.drills],
        [alert for alert in told if not any(speaks_of(alert, one) for one in cut)],
        len(raised) - len(told),
    )  # fmt: skip


def rules() -> list[Rule]:
    """The kinds' own and the pilot's."""
    files = sorted((PILOT / "rules").glob("*.toml"))
    return default_rules() + [one for path in files for one in parse(path.read_text("utf-8"))]


def learners() -> set[str]:
    """The kinds that a rule learns from."""
    slow = ("baseline", "drift")
    return {rule.kind.code for rule in rules() for at in rule.levels if at.operator.NAME in slow}


def _begins(change: AlertChange, span: Span) -> bool:
    return change.what == "raised" and span.since <= change.start < span.until


# Names bear the seed, so that the days of several seeds can be scored together.


def _told(seed: int, change: AlertChange) -> Told:
    about = (f"{seed} {name}" for name in (change.device, change.subject))
    return Told(change.rule, change.start, frozenset(about))


def _incident(seed: int, one: Incident, known: Mapping[str, Device]) -> Happened:
    touched = {one.place}.union(*(_names(known[name]) for name in one.devices))
    return Happened(
        one.script.code, one.since, one.until, frozenset(f"{seed} {name}" for name in touched),
        frozenset(one.script.expected + one.script.also), one.script.lookalike,
    )  # fmt: skip


def _names(device: Device) -> set[str]:
    return {device.id, device.place, device.site, device.building, device.flat} - {""}


def _fault(seed: int, one: Fault, device: Device, span: Span) -> Happened:
    """A sensor's own trouble: rules about its health, or of its battery, may speak of it."""
    may = {f"{device.kind}-{what}" for what in ("silent", "battery", "flapping", "frozen")}
    return Happened(
        f"sensor: {one.fault}", one.since, one.until or span.until,
        frozenset({f"{seed} {device.id}"}), frozenset(may),
    )  # fmt: skip


def report(runs: Sequence[Run], spent: float) -> Iterator[str]:
    """The published lines."""
    happened = [one for run in runs for one in run.happened]
    told = [one for run in runs for one in run.told]
    days = sum((run.span.until - run.span.since) / DAY for run in runs)
    yield (
        f"seeds {' '.join(str(run.seed) for run in runs)}: {days:g} days, "
        f"{sum(run.readings for run in runs):,} readings with the warm-up, {spent:.0f} s"
    )
    yield from ("", *found_table(found(happened, told)))
    yield from ("", *heard_table(heard(happened, told), days), "")
    counts = [
        count for run in runs for count in per_shift(run.told_by_nature, _shift, _hours(run.span))
    ]
    over = sum(count > MOST_MATTERS for count in counts)
    yield (
        f"alerts per shift, drills apart: median {statistics.median(counts):g}, "
        f"most {max(counts)}; {over} of {len(counts)} shifts over {MOST_MATTERS}"
    )
    yield f"{sum(run.under_storms for run in runs)} more alerts stood under one that was up"


def reasons(runs: Iterable[Run]) -> Iterator[str]:
    """Every false alarm, and everything that was not found."""
    for run in runs:
        for alert in untrue(run.happened, run.told):
            yield f"false  {alert.rule:24} {_clock(alert.start)} {', '.join(sorted(alert.about))}"
        for one in run.happened:
            if not one.lookalike and not found([one], run.told)[0].found:
                where = ", ".join(sorted(one.touches)[:6])
                yield f"missed {one.kind:24} {_clock(one.since)} {where}"


def _hours(span: Span) -> range:
    return range(span.since, span.until, HOUR)


def _shift(moment: int) -> str:
    return shift(datetime.fromtimestamp(moment / 1_000, UTC)).since.isoformat()


def _clock(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / 1_000, SHANGHAI):%m-%d %H:%M}"


if __name__ == "__main__":
    main()
