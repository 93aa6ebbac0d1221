"""`xiuhua replay`: what changed rules would have done with the past, wherever that is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec
import polars as pl

from xiuhua.engine.records import Millis
from xiuhua.engine.rules import Rule
from xiuhua.pasts import WARM_UP, Asked, Opened
from xiuhua.runners.replay import Difference, Episode, Folded, compare, in_order
from xiuhua.runners.report import Report, render
from xiuhua.runners.report.samples import samples
from xiuhua.runners.scoring import Labels, Score, Scores, score
from xiuhua.runners.several import Told, fold

Note: TypeAlias = tuple[str, str]
"""A sentence in Chinese and in English."""
SCORED = (7, 7, 7, 6, 11, 8, 9)
"""Widths of the table of scores."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it: the alerts of the proposed rules, of the live ones, and how they differ."""

    proposed: list[Episode]
    live: list[Episode]
    difference: Difference
    readings: int = 0
    notes: tuple[Note, ...] = ()
    scores: Scores | None = None
    scores_live: Scores | None = None

    def ndjson(self) -> bytes:
        """The alerts of the proposed rules, one a line."""
        return b"".join(msgspec.json.encode(episode) + b"\n" for episode in self.proposed)

    def write(self, path: Path) -> None:
        """The alerts of the proposed rules in a file: Parquet where its name says so."""
        if path.suffix != ".parquet":
            path.write_bytes(self.ndjson())
            return
        rows = [msgspec.to_builtins(episode) for episode in self.proposed]
        names = {name: pl.String() for name in Episode.__dataclass_fields__}
        frame = pl.DataFrame(rows, names | {"start": pl.Int64(), "end": pl.Int64()})
        moment = pl.col("start", "end").cast(pl.Datetime("ms", "UTC"))
        frame.with_columns(moment).write_parquet(path)

    def table(self) -> Iterator[str]:
        """A line for each rule that says something, under a heading; then a line in all."""
        yield _line("rule", ["proposed", "live", "new", "gone", "earlier", "later"])
        columns = [self.proposed, self.live, *_columns(self.difference)]
        counts = [Counter(episode.rule for episode in column) for column in columns]
        for rule in sorted(set().union(*counts)):
            yield _line(rule, [count[rule] for count in counts])
        yield _line("in all", [count.total() for count in counts])

    def score_table(self) -> Iterator[str]:
        """A line for each rule that labels speak of, and one for each kind of incident."""
        if self.scores is None:
            return
        heading = ["true", "false", "found", "of", "precision", "recall", "seconds"]
        yield _line("rule", heading, SCORED)
        for each in (*self.scores.rules, self.scores.all):
            yield _line(each.name or "in all", _scored_line(each), SCORED)
        yield _line("incident", ["", "", *heading[2:4], "", *heading[5:]], SCORED)
        for each in self.scores.kinds:
            yield _line(
                each.name, ["", "", *_scored_line(each)[2:4], "", *_scored_line(each)[5:]], SCORED
            )


def rehearse(
    opened: Opened, asked: Asked, *, labels: Labels | None = None, processes: int = 1, told: Told
) -> Rehearsal:
    """Fold the past with the live rules and with those proposed, and compare; with labels, hold
    both against what really happened.

    A rule that both have alike is folded once: rules know nothing of each other. Raises what
    reading the source raises.
    """
    live, proposed = opened.live, opened.proposed
    changed = {name: rule for name, rule in proposed.items() if not _alike(rule, live.get(name))}
    sets = [list(live.values()), list(changed.values())]
    done = [0]

    def tell(readings: int) -> None:
        done[0] = readings
        told(readings)

    found = fold(opened.source, sets if changed else sets[:1], processes=processes, told=tell)
    lived = [e for e in found.episodes[0] if asked.period.holds(e.start)]
    fresh = found.episodes[1] if changed else []
    kept = proposed.keys() - changed.keys()
    would = in_order(
        [e for e in lived if e.rule in kept] + [e for e in fresh if asked.period.holds(e.start)]
    )
    return Rehearsal(
        would, lived, compare(would, lived), done[0], tuple(_notes(opened, asked, found)),
        *((_scored(each, opened, asked, labels) if labels else None) for each in (would, lived)),
    )  # fmt: skip


def report(
    found: Rehearsal, opened: Opened, asked: Asked, *, made: Millis, changes: Sequence[int],
    budget: int,
) -> str:  # fmt: skip
    """The report's page; `changes` are the hours at which shifts change, `budget` the alerts that
    one of them can give their due. Reads the source once more, around some alerts."""
    rules = opened.live | opened.proposed
    shown = samples(found.difference, rules, opened.ledger, opened.source)
    return render(
        Report(
            source=" ".join(asked.source or ("log",)), period=asked.period, made=made,
            readings=found.readings, rules=rules, proposed=found.proposed, live=found.live,
            difference=found.difference, samples=shown, scores=found.scores,
            scores_live=found.scores_live, notes=found.notes, changes=changes, budget=budget,
        )
    )  # fmt: skip


def _scored(alerts: Sequence[Episode], opened: Opened, asked: Asked, labels: Labels) -> Scores:
    """Only what began in the period, and that a rule here could find, had to be found."""
    rules = opened.live | opened.proposed
    return score(
        alerts,
        labels,
        names={rule.id: (rule.zh, rule.en) for rule in rules.values()},
        health={rule.id for rule in rules.values() if rule.health},
        happened=[
            label
            for label in labels.labels
            if asked.period.holds(label.start) and label.expected & rules.keys()
        ],
    )


def _alike(rule: Rule, other: Rule | None) -> bool:
    return other is not None and rule.text.strip() == other.text.strip()


def _notes(opened: Opened, asked: Asked, found: Folded) -> Iterator[Note]:
    """What the reader of the result ought to know."""
    if found.unknown:
        yield (
            f"有 {found.unknown:,} 条读数来自不在用的设备，未计入。",
            f"{found.unknown:,} readings are of devices not in service; they were passed over.",
        )
    refused = getattr(opened.source, "refused", 0)
    if refused:
        yield (
            f"有 {refused:,} 行不是读数，已跳过。",
            f"{refused:,} lines are no readings; they were passed over.",
        )
    warmed = asked.warm_up / WARM_UP
    for rule in opened.proposed.values():
        learns = max((getattr(level.operator, "learn", 0) for level in rule.levels), default=0)
        days = learns / WARM_UP
        if asked.period.since is not None and days > warmed:
            yield (
                f"{rule.zh}要先学 {days:g} 天，这次只有 {warmed:g} 天；见 --warm-up。",
                f"{rule.id} learns for {days:g} days and had {warmed:g}; see --warm-up.",
            )


def _columns(found: Difference) -> list[Sequence[Episode]]:
    return [found.new, found.gone, found.earlier, found.later]


def _scored_line(of: Score) -> list[int | str]:
    shares = ("-" if share is None else f"{share:.0%}" for share in (of.precision, of.recall))
    seconds = "-" if of.seconds is None else f"{of.seconds:,.0f}"
    return [of.true, of.false, of.caught, of.happened, *shares, seconds]


def _line(
    name: str, numbers: Sequence[int | str], widths: Sequence[int] = (9, 7, 6, 6, 9, 7)
) -> str:
    return f"{name:28}" + "".join(f"{n:>{w}}" for n, w in zip(numbers, widths, strict=True))
