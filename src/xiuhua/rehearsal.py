"""`xiuhua replay`: what changed rules would have done with the past, wherever that is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import msgspec
import polars as pl

from xiuhua.engine import snapshot
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Millis
from xiuhua.engine.rules import Rule, parse
from xiuhua.epoch import SHANGHAI, millis
from xiuhua.history.manifest_file import LEDGER, MANIFEST, ManifestFile
from xiuhua.history.parts import Manifest
from xiuhua.log.database import LogReader, open_reader
from xiuhua.runners import ledgers
from xiuhua.runners.replay import Difference, Episode, Folded, compare, in_order
from xiuhua.runners.scoring import Labels, Score, Scores, score
from xiuhua.runners.several import Told, fold
from xiuhua.runners.sources import NothingToReplay, Source, Span
from xiuhua.runners.sources.history import History
from xiuhua.runners.sources.lines import Lines
from xiuhua.runners.sources.log import Log
from xiuhua.tokens import known_master_key

WARM_UP = 86_400_000
"""ms before the period asked for, so that holds and windows have begun when it does."""
NOBODYS_LOG = str(uuid5(NAMESPACE_URL, "xiuhua:archive"))
"""Alert ids of a past that no log of a house stands behind hang on this."""
EVER = Span()
SCORED = (7, 7, 7, 6, 11, 8, 9)
"""Widths of the table of scores."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be replayed: SOURCE as it was written, the files of rules, the ledger for a past
    without a house, one rule alone, alerts from when until when, and how long before to begin."""

    source: Sequence[str] = ()
    rules: Sequence[Path] = ()
    ledger: Path | None = None
    only: str = ""
    period: Span = EVER
    warm_up: Millis = WARM_UP

    @property
    def span(self) -> Span:
        """The log time that must be folded for it."""
        since = self.period.since
        return replace(self.period, since=None if since is None else since - self.warm_up)


@dataclass(frozen=True, kw_only=True)
class House:
    """The house itself: where it lives (with the key of its plates), its log's address, its
    history, and the worker's newest snapshot."""

    home: Path
    log: str
    history: Path
    manifest: Callable[[], Manifest]
    chunks: Callable[[], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A source, and the rules to fold it with: the live ones and those proposed."""

    source: Source
    live: dict[str, Rule]
    proposed: dict[str, Rule]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it: the alerts of the proposed rules, of the live ones, and how they differ."""

    proposed: list[Episode]
    live: list[Episode]
    difference: Difference
    notes: tuple[str, ...] = ()
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
    found = fold(opened.source, sets if changed else sets[:1], processes=processes, told=told)
    lived = [e for e in found.episodes[0] if asked.period.holds(e.start)]
    fresh = found.episodes[1] if changed else []
    kept = proposed.keys() - changed.keys()
    would = in_order(
        [e for e in lived if e.rule in kept] + [e for e in fresh if asked.period.holds(e.start)]
    )
    return Rehearsal(
        would, lived, compare(would, lived), tuple(_notes(opened, asked, found)),
        *((_scored(each, opened, asked, labels) if labels else None) for each in (would, lived)),
    )  # fmt: skip


@contextmanager
def opening(asked: Asked, house: House) -> Iterator[Opened]:
    """The source and the rules that are asked for, until they are done with.

    SOURCE is nothing or `log` (the house's log), `history` (the house's history), the address of
    a log, a folder with a manifest (an archive), or files of NDJSON. Raises NothingToReplay,
    RuleError, PilotError, LogUnavailable, SnapshotRefused.
    """
    words = asked.source or ("log",)
    known = _known(asked, words, house)
    live = {rule.id: rule for rule in known.rules}
    proposed = live | {rule.id: rule for rule in _read(asked.rules)}
    if asked.only:
        live, proposed = _the_one(live, asked.only), _the_one(proposed, asked.only)
    if not live and not proposed:
        what = f"no rule {asked.only}" if asked.only else "no rule"
        raise NothingToReplay(f"There is {what}, neither live nor in the files; see --rules.")
    with ExitStack() as stack:
        kinds = {rule.kind.code for rule in (*live.values(), *proposed.values())}
        source = _source(words, known, asked, house, kinds, stack)
        yield Opened(source, live, proposed)


@dataclass(slots=True)
class _Known:
    """What the past is read with; `end` is the log time of the snapshot that says so."""

    ledger: Callable[[], Ledger]
    rules: Sequence[Rule]
    log: str = NOBODYS_LOG
    end: Millis | None = None


def _known(asked: Asked, words: Sequence[str], house: House) -> _Known:
    """From --ledger, from beside an archive, or from the worker's newest snapshot."""
    beside = Path(words[0]) / LEDGER
    path = asked.ledger or (beside if beside.is_file() else None)
    if path is not None:
        told = ledgers.read(path, known_master_key(house.home))
        return _Known(told.ledger, told.rules)
    chunks = house.chunks()
    if not chunks:
        raise NothingToReplay(
            "There is no snapshot yet: let the worker run for half a minute; or say with --ledger "
            "which devices there were."
        )
    state = snapshot.restore(chunks)
    rules = [run.rule for run in state.running.values()]
    return _Known(lambda: snapshot.restore(chunks).ledger, rules, state.log, state.time)


def _source(
    words: Sequence[str], known: _Known, asked: Asked, house: House, kinds: set[str],
    stack: ExitStack,
) -> Source:  # fmt: skip
    first = Path(words[0])
    if words[0] == "history":
        return History.of(
            house.history, house.manifest().parts(), log=known.log, ledger=known.ledger(),
            kinds=kinds, span=asked.span, end=known.end,
        )  # fmt: skip
    if (first / MANIFEST).is_file():
        parts = ManifestFile(first / MANIFEST).parts()
        return History.of(
            first, parts, log=known.log, ledger=known.ledger(), kinds=kinds, span=asked.span
        )
    if words[0] == "log" or "://" in words[0] or first.suffix == ".db":
        address = house.log if words[0] == "log" else words[0]
        return _log(stack.enter_context(open_reader(address)), known, asked)
    if first.is_dir():
        raise NothingToReplay(f"{first} is no history: it has no {MANIFEST}.")
    return Lines([Path(word) for word in words], known.ledger, asked.span, log=known.log)


def _log(reader: LogReader, known: _Known, asked: Asked) -> Log:
    if known.log not in {NOBODYS_LOG, reader.name()}:
        raise NothingToReplay(
            f"The worker's snapshot belongs to log {known.log}; this is log {reader.name()}. "
            "Say with --ledger which devices it knew."
        )
    return Log(reader, known.ledger, asked.span)


def told_apart(
    words: Sequence[str], rules: Sequence[Path]
) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """SOURCE and the files of rules: one that ends in .toml, or a folder of such files, is rules
    wherever it stands."""
    named = [Path(word) for word in words if _holds_rules(Path(word))]
    source = tuple(word for word in words if Path(word) not in named)
    return source, (*rules, *named)


def _holds_rules(path: Path) -> bool:
    if (path / MANIFEST).exists():
        return False
    return path.suffix == ".toml" or any(path.glob("*.toml"))


def of_shanghai(since: datetime | None, until: datetime | None) -> Span:
    """The period between two moments; those without a zone are the city's own."""
    return Span(*(_ms(moment) for moment in (since, until)))


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


def _notes(opened: Opened, asked: Asked, found: Folded) -> Iterator[str]:
    """What the reader of the result ought to know."""
    if found.unknown:
        yield f"{found.unknown:,} readings are of devices not in service; they were passed over."
    refused = getattr(opened.source, "refused", 0)
    if refused:
        yield f"{refused:,} lines are no readings; they were passed over."
    for rule in opened.proposed.values():
        learns = max((getattr(level.operator, "learn", 0) for level in rule.levels), default=0)
        if asked.period.since is not None and learns > asked.warm_up:
            yield (
                f"{rule.id} learns for {learns / WARM_UP:g} days and had "
                f"{asked.warm_up / WARM_UP:g} before the period: see --warm-up."
            )


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


def _scored_line(of: Score) -> list[int | str]:
    shares = ("-" if share is None else f"{share:.0%}" for share in (of.precision, of.recall))
    seconds = "-" if of.seconds is None else f"{of.seconds:,.0f}"
    return [of.true, of.false, of.caught, of.happened, *shares, seconds]


def _line(
    name: str, numbers: Sequence[int | str], widths: Sequence[int] = (9, 7, 6, 6, 9, 7)
) -> str:
    return f"{name:28}" + "".join(f"{n:>{w}}" for n, w in zip(numbers, widths, strict=True))
