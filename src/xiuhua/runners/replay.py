"""Rules tested like code: fold past records with other rules, and see which alerts there would be.

The same `step` as live; only the rules differ. Positions and log time stay those of the log, so an
alert that both sets of rules raise alike has the same id as it had alive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from xiuhua.engine import control
from xiuhua.engine.changes import LEVELS, AlertChange, Level
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Control, Millis, Record, Tick
from xiuhua.engine.rules import Rule
from xiuhua.engine.step import State, start_rules, step

AT_ONCE = 2000
"""Records folded together; any number gives the same answer."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from its beginning to its end, or still up where `end` is None; times in ms."""

    id: str
    rule: str
    subject: str
    place: str
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


def replay(
    records: Iterable[Record], *, log: str, rules: Sequence[Rule], ledger: Ledger | None = None
) -> Iterator[AlertChange]:
    """The changes that these rules bring over the records, in order.

    `ledger` is where the fold begins; without one it begins empty, as a log from its first record
    does. The records' own changes of rules are passed over; those of ledger and lists count.
    Raises ValueError for a gap in the records.
    """
    state: State | None = None
    for batch in _batches(records):
        if state is None:
            state = _begun(log, rules, ledger, batch[0])
        state, changes = step(state, map(_without_rules, batch))
        yield from changes


def episodes(changes: Iterable[AlertChange]) -> list[Episode]:
    """Alerts from their changes, in the order in which they began."""
    found: dict[str, Episode] = {}
    for change in changes:
        before = found.get(change.id)
        if before is None:
            found[change.id] = _begin(change)
        elif change.what == "cleared":
            found[change.id] = replace(before, end=change.time)
        elif LEVELS.index(change.level) > LEVELS.index(before.level):
            found[change.id] = replace(before, level=change.level, zh=change.zh, en=change.en)
    return sorted(found.values(), key=lambda episode: (episode.start, episode.id))


def compare(new: Sequence[Episode], live: Sequence[Episode]) -> Difference:
    """What the new rules change against the live ones."""
    unmet = {episode.id: episode for episode in live}
    met: list[tuple[Episode, Episode]] = []
    fresh = []
    for episode in new:
        partner = next((old for old in unmet.values() if _meets(episode, old)), None)
        if partner is None:
            fresh.append(episode)
        else:
            del unmet[partner.id]
            met.append((episode, partner))
    return Difference(
        same=tuple(n for n, old in met if n.start == old.start),
        new=tuple(fresh),
        gone=tuple(unmet.values()),
        earlier=tuple(n for n, old in met if n.start < old.start),
        later=tuple(n for n, old in met if n.start > old.start),
    )


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _begun(log: str, rules: Sequence[Rule], ledger: Ledger | None, first: Record) -> State:
    state = State(log)
    state.position, state.time = first.position - 1, first.at
    if ledger is not None:
        state.ledger = ledger
    return start_rules(state, rules)


def _without_rules(record: Record) -> Record:
    if isinstance(record, Control):
        change = control.decode(record.body)
        if isinstance(change, control.RulesSet | control.RulesRemove):
            return Tick(record.position, record.at)
    return record


def _begin(change: AlertChange) -> Episode:
    return Episode(
        id=change.id, rule=change.rule, subject=change.subject, place=change.place,
        level=change.level, start=change.start, end=None, zh=change.zh, en=change.en,
    )  # fmt: skip


def _meets(one: Episode, other: Episode) -> bool:
    if (one.rule, one.subject) != (other.rule, other.subject):
        return False
    return (one.end is None or one.end >= other.start) and (
        other.end is None or other.end >= one.start
    )
