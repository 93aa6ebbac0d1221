"""Rules tested like code: fold the past with other rules, and see which alerts there would be.

The same engine as live; only the rules differ. Positions and log time stay those of the log, so an
alert that both sets of rules raise alike has the same id as it had alive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from xiuhua.engine.changes import LEVELS, AlertChange, Level
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Millis, Record
from xiuhua.engine.rules import Rule
from xiuhua.engine.step import State, start_rules

from .sources import Piece, Source
from .sources.records import in_pieces


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from its beginning to its end, or still up where `end` is None; times in ms."""

    id: str
    rule: str
    subject: str
    device: str
    place: str
    site: str
    level: Level
    start: Millis
    end: Millis | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What other rules would change. An episode of one side meets one of the other if they are
    of the same rule and subject and overlap; `earlier` and `later` met one that began otherwise."""

    same: tuple[Episode, ...]
    new: tuple[Episode, ...]
    gone: tuple[Episode, ...]
    earlier: tuple[Episode, ...]
    later: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """What came of folding: the episodes of each set of rules, in the order in which they began,
    and how many readings were of devices not in service."""

    episodes: tuple[list[Episode], ...]
    unknown: int

    @staticmethod
    def joined(parts: Sequence[Folded], sets: int) -> Folded:
        """What came of sites that were folded apart, as if they had been folded together."""
        every = tuple(in_order(e for part in parts for e in part.episodes[n]) for n in range(sets))
        return Folded(every, sum(part.unknown for part in parts))


class Gathering:
    """Alerts put together from their changes as these come."""

    def __init__(self) -> None:
        self._found: dict[str, Episode] = {}

    def take(self, changes: Iterable[AlertChange]) -> None:
        """The next changes, in order."""
        for change in changes:
            before = self._found.get(change.id)
            if before is None:
                self._found[change.id] = _begin(change)
            elif change.what == "cleared":
                self._found[change.id] = replace(before, end=change.time)
            elif LEVELS.index(change.level) > LEVELS.index(before.level):
                worse = replace(before, level=change.level, zh=change.zh, en=change.en)
                self._found[change.id] = worse

    def episodes(self) -> list[Episode]:
        """In the order in which they began."""
        return in_order(self._found.values())


def fold_site(
    source: Source, site: str, sets: Sequence[Sequence[Rule]], told: Callable[[Piece], None]
) -> Folded:
    """Fold a site's past once, with each set of rules; `told` is told of each piece that is done.
    Raises ValueError for a gap in a log."""
    states: list[State] = []
    gathered = [Gathering() for _ in sets]
    for piece in source.pieces(site):
        if not states:
            states = [_begun(source.log, r, source.ledger(site), piece.start) for r in sets]
        for at, gathering in enumerate(gathered):
            states[at], changes = piece.fold(states[at])
            gathering.take(changes)
        told(piece)
    return Folded(tuple(each.episodes() for each in gathered), states[0].unknown if states else 0)


def replay(
    records: Iterable[Record], *, log: str, rules: Sequence[Rule], ledger: Ledger | None = None
) -> Iterator[AlertChange]:
    """The changes that these rules bring over the records, in order.

    `ledger` is where the fold begins; without one it begins empty, as a log from its first record
    does. The records' own changes of rules are passed over; those of ledger and lists count.
    Raises ValueError for a gap in the records.
    """
    state: State | None = None
    for piece in in_pieces(records):
        if state is None:
            state = _begun(log, rules, ledger, piece.start)
        state, changes = piece.fold(state)
        yield from changes


def episodes(changes: Iterable[AlertChange]) -> list[Episode]:
    """Alerts from their changes, in the order in which they began."""
    gathering = Gathering()
    gathering.take(changes)
    return gathering.episodes()


def in_order(found: Iterable[Episode]) -> list[Episode]:
    """By when they began."""
    return sorted(found, key=lambda episode: (episode.start, episode.id))


def compare(new: Sequence[Episode], live: Sequence[Episode]) -> Difference:
    """What the new rules change against the live ones."""
    unmet: dict[tuple[str, str], dict[str, Episode]] = defaultdict(dict)
    for old in live:
        unmet[old.rule, old.subject][old.id] = old
    met: list[tuple[Episode, Episode]] = []
    fresh = []
    for episode in new:
        alike = unmet[episode.rule, episode.subject]
        partner = next((old for old in alike.values() if _meets(episode, old)), None)
        if partner is None:
            fresh.append(episode)
        else:
            del alike[partner.id]
            met.append((episode, partner))
    return Difference(
        same=tuple(n for n, old in met if n.start == old.start),
        new=tuple(fresh),
        gone=tuple(in_order(old for alike in unmet.values() for old in alike.values())),
        earlier=tuple(n for n, old in met if n.start < old.start),
        later=tuple(n for n, old in met if n.start > old.start),
    )


def _begun(
    log: str, rules: Sequence[Rule], ledger: Ledger | None, start: tuple[int, Millis]
) -> State:
    state = State(log)
    state.position, state.time = start
    if ledger is not None:
        state.ledger = ledger
    return start_rules(state, rules)


def _begin(change: AlertChange) -> Episode:
    return Episode(
        id=change.id, rule=change.rule, subject=change.subject, device=change.device,
        place=change.place, site=change.site, level=change.level, start=change.start, end=None,
        zh=change.zh, en=change.en,
    )  # fmt: skip


def _meets(one: Episode, other: Episode) -> bool:
    return (one.end is None or one.end >= other.start) and (
        other.end is None or other.end >= one.start
    )
