"""Replay: the same rules over the same log give what was lived, to the byte; other rules say what
they would change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.book import LOG, MINUTE, SECOND, START, Book, smoke
from tests.engine.examples import GATES
from tests.engine.test_laws import life
from tests.engine.test_threshold import FIRE
from xiuhua.engine.records import Control, Record, Tick
from xiuhua.engine.rules import parse
from xiuhua.engine.step import State, step
from xiuhua.runners.replay import compare, episodes, replay

pytestmark = pytest.mark.usefixtures("lawgate")


def burning(*readings: tuple[int, float]) -> Book:
    """A log of one detector: (second, smoke)."""
    book = Book().devices(smoke(1)).rules(FIRE)
    for second, value in readings:
        book.pack({"device": "tl01-smoke-0001", "obscuration": value}, at=second * SECOND)
    return book.tick(at=60 * MINUTE)


DAY = burning((0, 0.2), (100, 0.0), (300, 0.35), (400, 0.0), (900, 0.12), (1000, 0.0))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_same_rules_give_what_was_lived(seed: int) -> None:
    """On random logs with every operator, lists that change, and our own door shut now and then."""
    first, *rest = life(seed).records
    records = [first, rest[0], *map(_quiet, rest[1:])]
    rules = [rule for text in (*GATES, FIRE) for rule in parse(text)]
    lived = step(State(LOG), records)[1]
    assert list(replay(records, log=LOG, rules=rules)) == lived


def _quiet(record: Record) -> Record:
    """The record, or a tick where it would change the rules."""
    changes_rules = isinstance(record, Control) and b"rules." in record.body
    return Tick(record.position, record.at) if changes_rules else record


def test_lived_and_replayed_are_the_same_to_the_byte() -> None:
    lived = step(State(LOG), DAY.records)[1]
    assert list(replay(DAY.records, log=LOG, rules=parse(FIRE))) == lived


def test_what_a_lower_limit_would_change() -> None:
    live = episodes(replay(DAY.records, log=LOG, rules=parse(FIRE)))
    lower = FIRE.replace("params.limit = 0.1", "params.limit = 0.05").replace("10s", "0s")
    found = compare(episodes(replay(DAY.records, log=LOG, rules=parse(lower))), live)
    assert [e.start - START for e in live] == [10 * SECOND, 300 * SECOND, 910 * SECOND]
    assert [e.start - START for e in found.earlier] == [0, 900 * SECOND]
    assert [e.start - START for e in found.same] == [300 * SECOND]
    assert (found.new, found.gone, found.later) == ((), (), ())


def test_what_a_higher_limit_would_change() -> None:
    live = episodes(replay(DAY.records, log=LOG, rules=parse(FIRE)))
    higher = FIRE.replace("params.limit = 0.1", "params.limit = 0.15")
    found = compare(episodes(replay(DAY.records, log=LOG, rules=parse(higher))), live)
    assert [e.start - START for e in found.gone] == [910 * SECOND]
    assert len(found.same) == 2


def test_episodes_know_their_worst_level_and_their_end() -> None:
    (first, second, _) = episodes(replay(DAY.records, log=LOG, rules=parse(FIRE)))
    assert (first.level, second.level) == ("serious", "critical")
    assert second.end == START + 430 * SECOND


def test_a_log_that_begins_later_needs_the_ledger() -> None:
    state, _ = step(State(LOG), DAY.records[:4])
    late = DAY.records[4:]
    assert list(replay(late, log=LOG, rules=parse(FIRE))) == []
    found = episodes(replay(late, log=LOG, rules=parse(FIRE), ledger=state.ledger))
    assert [e.start - START for e in found] == [300 * SECOND, 910 * SECOND]


def test_a_gap_is_refused() -> None:
    with pytest.raises(ValueError, match="jumps to position"):
        list(replay([DAY.records[0], DAY.records[2]], log=LOG, rules=[]))
