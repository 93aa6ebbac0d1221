"""`xiuhua replay`: what changed rules would have done with what the house's log still holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from xiuhua.engine import snapshot
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Millis, Record
from xiuhua.engine.rules import Rule, parse
from xiuhua.epoch import SHANGHAI, millis
from xiuhua.log.database import LogReader
from xiuhua.runners.replay import Difference, Episode, compare, episodes, replay

WARM_UP = 86_400_000
"""ms before the period asked for, so that holds and windows have begun when it does."""


class NothingToReplay(Exception):
    """There is no log, no snapshot or no such rule to rehearse with; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Period:
    """Alerts that began from `since` until before `until`, ms; None: no limit."""

    since: Millis | None = None
    until: Millis | None = None

    @staticmethod
    def of_shanghai(since: datetime | None, until: datetime | None) -> Period:
        """The period between two moments; those without a zone are the city's own."""
        return Period(*(_ms(moment) for moment in (since, until)))

    def of(self, found: Iterable[Episode]) -> list[Episode]:
        """Those of the period."""
        return [
            episode
            for episode in found
            if (self.since is None or episode.start >= self.since)
            and (self.until is None or episode.start < self.until)
        ]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it: the alerts of the proposed rules, of the live ones, and how they differ."""

    proposed: list[Episode]
    live: list[Episode]
    difference: Difference

    def ndjson(self) -> bytes:
        """The alerts of the proposed rules, one a line."""
        return b"".join(msgspec.json.encode(episode) + b"\n" for episode in self.proposed)

    def table(self) -> Iterator[str]:
        """A line for each rule that says something, under a heading; then a line in all."""
        yield _line("rule", ["proposed", "live", "new", "gone", "earlier", "later"])
        columns = [self.proposed, self.live, *_columns(self.difference)]
        counts = [Counter(episode.rule for episode in column) for column in columns]
        for rule in sorted(set().union(*counts)):
            yield _line(rule, [count[rule] for count in counts])
        yield _line("in all", [count.total() for count in counts])


def rehearse(
    log: LogReader, chunks: Mapping[str, bytes], files: Sequence[Path], *, only: str, period: Period
) -> Rehearsal:
    """Fold the log twice, with the live rules and with those of the files in their place.

    `chunks` is the worker's newest snapshot: it knows the live rules, and the ledger for a log
    whose beginning is gone. Raises NothingToReplay, and RuleError for a rule that cannot be read.
    """
    if not chunks:
        raise NothingToReplay("There is no snapshot yet: let the worker run for half a minute.")
    state = snapshot.restore(chunks)
    live = dict(state.rules)
    proposed = live | {rule.id: rule for rule in _read(files)}
    if only:
        live, proposed = _the_one(live, only), _the_one(proposed, only)
        if not live and not proposed:
            raise NothingToReplay(f"There is no rule {only}, neither live nor in the files.")
    found = [
        period.of(_lived(log, list(rules.values()), snapshot.restore(chunks).ledger, period))
        for rules in (proposed, live)
    ]
    return Rehearsal(found[0], found[1], compare(*found))


def _lived(log: LogReader, rules: Sequence[Rule], ledger: Ledger, period: Period) -> list[Episode]:
    oldest = log.retention.older_than(0)
    first = oldest if period.since is None else log.retention.older_than(period.since - WARM_UP)
    records = _records(log, max(first, oldest), period.until)
    whole = first == 1
    return episodes(replay(records, log=log.name(), rules=rules, ledger=None if whole else ledger))


def _records(log: LogReader, first: int, until: Millis | None) -> Iterator[Record]:
    """The log from a position on, up to `until`; what the doors write meanwhile is left alone."""
    after, (head, _) = first - 1, log.head()
    while after < head:
        for record in log.read(after):
            if until is not None and record.at >= until:
                return
            yield record
            after = record.position


def _read(files: Sequence[Path]) -> Iterator[Rule]:
    for path in files:
        for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
            yield from parse(file.read_text(encoding="utf-8"))


def _the_one(rules: dict[str, Rule], name: str) -> dict[str, Rule]:
    return {name: rules[name]} if name in rules else {}


def _ms(moment: datetime | None) -> Millis | None:
    if moment is None:
        return None
    return millis(moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI))


def _columns(found: Difference) -> list[Sequence[Episode]]:
    return [found.new, found.gone, found.earlier, found.later]


def _line(name: str, numbers: Sequence[int | str]) -> str:
    widths = (9, 7, 6, 6, 9, 7)
    return f"{name:28}" + "".join(f"{n:>{w}}" for n, w in zip(numbers, widths, strict=True))
