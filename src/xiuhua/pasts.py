"""Which past a replay reads, and the rules it is folded with: SOURCE and --rules, made real."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from xiuhua.engine import snapshot
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Millis
from xiuhua.engine.rules import Rule, parse
from xiuhua.epoch import SHANGHAI, millis
from xiuhua.history.manifest_file import LEDGER, MANIFEST, ManifestFile
from xiuhua.history.parts import Manifest
from xiuhua.log.database import LogReader, open_reader
from xiuhua.runners import ledgers
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


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be replayed: SOURCE as it was written, rules as files or texts, one rule alone,
    the ledger for a past without a house, alerts from when until when, how long before to begin."""

    source: Sequence[str] = ()
    rules: Sequence[Path] = ()
    texts: Sequence[str] = ()
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
    """A source, and the rules to fold it with: the live ones and those proposed; and the ledger as
    it stands at the end."""

    source: Source
    ledger: Ledger
    live: dict[str, Rule]
    proposed: dict[str, Rule]


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
    proposed = live | {rule.id: rule for rule in _read(asked)}
    if asked.only:
        live, proposed = _the_one(live, asked.only), _the_one(proposed, asked.only)
    if not live and not proposed:
        what = f"no rule {asked.only}" if asked.only else "no rule"
        raise NothingToReplay(f"There is {what}, neither live nor in the files; see --rules.")
    with ExitStack() as stack:
        kinds = {of.code for rule in (*live.values(), *proposed.values()) for of in rule.kinds}
        source = _source(words, known, asked, house, kinds, stack)
        yield Opened(source, known.ledger(), live, proposed)


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
    rules = list(state.rules.values())
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
        reader = open_reader(address)
        stack.callback(reader.close)
        return _log(reader, known, asked)
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


def _read(asked: Asked) -> Iterator[Rule]:
    for path in asked.rules:
        for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
            yield from parse(file.read_text(encoding="utf-8"))
    for text in asked.texts:
        yield from parse(text)


def _the_one(rules: dict[str, Rule], name: str) -> dict[str, Rule]:
    return {name: rules[name]} if name in rules else {}


def _ms(moment: datetime | None) -> Millis | None:
    if moment is None:
        return None
    return millis(moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI))
