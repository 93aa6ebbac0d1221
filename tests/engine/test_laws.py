"""The law book: each law a function whose docstring is the law, held against random logs."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiuhua.engine import control, snapshot
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device
from xiuhua.engine.errors import SnapshotRefused
from xiuhua.engine.operators import all_operators
from xiuhua.engine.records import Record
from xiuhua.engine.step import State, step

from .book import LOG, Book
from .examples import EXAMPLES, GATES, JOINED, SPAN
from .test_threshold import FIRE

pytestmark = pytest.mark.usefixtures("lawgate")


def life(seed: int, length: int = 150) -> Book:
    """A random log: two kinds, five devices, silences, copies, disorder, changes of rules and
    lists, our own door shut now and then."""
    dice = random.Random(seed)
    book = Book()
    gates = [
        Device(id=f"g{n}", kind="lawgate", site=f"tl0{n % 2}", place="p", params={"limit": n * 4.0})
        for n in range(3)
    ]
    smokes = [Device(id=f"s{n}", kind="smoke", site="tl01", place="p") for n in range(2)]
    book.devices(*gates, *smokes).rules(*GATES, FIRE)
    at = 0
    for _ in range(length):
        at += dice.choice((0, 0, 1, 50, 400, 1500))
        _happening(book, dice, at)
    return book.tick(at=at + 60_000).tick(at=at + 7_200_000)


def _happening(book: Book, dice: random.Random, at: int) -> None:
    what = dice.random()
    if what < 0.04:
        book.change(control.ListSet("known@tl01", add=(dice.choice("ab"),)), at=at)
    elif what < 0.06:
        book.change(control.DoorUp(at=0, since=-dice.choice((0, 2000))), at=at)
    elif what < 0.08:
        book.rules(dice.choice(GATES), at=at, version=2)
    elif what < 0.1:
        book.change(control.FlagSet("rain", on=dice.random() < 0.4), at=at)
    elif what < 0.12:
        params = {"limit": dice.choice((0.0, 5.0))} if dice.random() < 0.7 else {}
        book.change(control.PlacesSet((control.Place("tl01", params),)), at=at)
    elif what < 0.14:
        gone = dice.random() < 0.5
        site, place = f"tl0{dice.randint(0, 1)}", dice.choice("pq")
        moved = Device(id=dice.choice(("g2", "g3")), kind="lawgate", site=site, place=place)
        book.change(control.LedgerRemove(("g2",)) if gone else control.LedgerSet((moved,)), at=at)
    elif what < 0.24:
        book.tick(at=at)
    else:
        book.pack(*(_reading(dice, at) for _ in range(dice.randint(1, 4))), at=at)


def _reading(dice: random.Random, at: int) -> dict[str, object]:
    time = at - dice.choice((0, 0, 100, SPAN - 1, SPAN, 3000))
    time += dice.choice((0, 0, 0, 2000))
    if dice.random() < 0.3:
        return {"device": dice.choice(("s0", "s1")), "time": time,
                "obscuration": dice.choice((0.0, 0.05, 0.2, 0.5))}  # fmt: skip
    return {"device": dice.choice(("g0", "g1", "g2", "g3", "nobody")), "time": time,
            "level": dice.choice((1, 4, 6, None)),
            "tag": dice.choice(("a", "b", None))}  # fmt: skip


def whole(records: list[Record]) -> tuple[State, list[AlertChange]]:
    return step(State(LOG), records)


lives = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@lives
@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 125), max_size=12))
def test_batching_does_not_change_the_answer(seed: int, cuts: list[int]) -> None:
    """However the log is cut into batches, the same changes come, byte by byte."""
    records = life(seed).records
    _, expected = whole(records)
    state, got = State(LOG), []
    edges = sorted({0, len(records), *(cut for cut in cuts if cut < len(records))})
    for start, end in pairwise(edges):
        state, changes = step(state, records[start:end])
        got += changes
    assert got == expected


@lives
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 120))
def test_cutting_and_resuming_does_not_change_the_answer(seed: int, cut: int) -> None:
    """A state saved and restored anywhere goes on as if nothing had happened."""
    records = life(seed).records
    _, expected = whole(records)
    state, before = whole(records[:cut])
    resumed = snapshot.restore(snapshot.save(state))
    assert snapshot.save(resumed) == snapshot.save(state)
    _, after = step(resumed, records[cut:])
    assert before + after == expected


@lives
@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(1, 120), max_size=5))
def test_what_changed_is_all_that_need_be_saved(seed: int, cuts: list[int]) -> None:
    """The chunks that changed, laid over those saved before, are the whole state, also when the
    state was restored in between; nothing is saved again where nothing was heard."""
    records = life(seed).records
    state, kept = State(LOG), dict[str, bytes]()
    for start, end in pairwise(sorted({0, *cuts})):
        state, _ = step(state, records[start:end])
        for name, body in snapshot.changed(state).items():
            kept.pop(name) if body is None else kept.update({name: body})
        assert kept == snapshot.save(state)
        assert snapshot.changed(state) == {}
        state = snapshot.restore(kept)


@lives
@given(seed=st.integers(0, 10**6))
def test_alerts_are_well_formed(seed: int) -> None:
    """Per rule and subject: raised, then changes of level, then cleared, then the next; each start
    after the last; positions never run back; sequence numbers without a gap."""
    _, changes = whole(life(seed).records)
    up: dict[tuple[str, str], AlertChange] = {}
    newest: dict[tuple[str, str], int] = {}
    for change in changes:
        key = change.rule, change.subject
        before = up.get(key)
        if change.what == "raised":
            assert before is None
            assert change.seq == 1
            assert change.start > newest.get(key, -1)
            newest[key] = change.start
        else:
            assert before is not None
            assert (change.id, change.seq) == (before.id, before.seq + 1)
            assert change.what == "cleared" or change.level != before.level or joins(change, before)
        up[key] = change
        if change.what == "cleared":
            del up[key]
    assert [c.position for c in changes] == sorted(c.position for c in changes)


def joins(change: AlertChange, before: AlertChange) -> bool:
    """Whether it becomes one of a storm, for the first time, or is one that has grown."""
    if change.what == "grown":
        return change.children > before.children
    return change.what == "joined" and change.parent != "" and before.parent == ""


def on_time(seed: int) -> list[dict[str, object]]:
    dice = random.Random(seed)
    return [
        {"device": f"g{dice.randint(0, 2)}", "time": at * 97, "level": dice.choice((1, 4, 6, None)),
         "tag": dice.choice(("a", "b", None))}
        for at in range(60)
    ]  # fmt: skip


def delivered(readings: list[dict[str, object]], dice: random.Random, times: int) -> Book:
    """Each reading `times` over, at some moment within the span, packed as it comes."""
    book = Book()
    gates = [Device(id=f"g{n}", kind="lawgate", site="tl01", place="p") for n in range(3)]
    book.devices(*gates, at=-1).rules(*GATES, at=-1)
    arrivals = [
        (int(r["time"]) + dice.randint(0, SPAN), r)
        for r in readings
        for _ in range(times)  # type: ignore[call-overload]
    ]
    for at, r in sorted(arrivals, key=lambda arrival: arrival[0]):
        book.pack(r, at=at)
    return book.tick(at=120_000)


@lives
@given(seed=st.integers(0, 10**6), times=st.integers(1, 3))
def test_disorder_within_the_span_and_copies_change_no_alert(seed: int, times: int) -> None:
    """Readings delayed within the reorder span and sent several times over give the same alerts at
    the same times; each copy is counted."""
    readings = on_time(seed)
    plain, expected = whole(delivered(readings, _Prompt(), 1).records)
    mixed, got = whole(delivered(readings, random.Random(seed), times).records)
    assert by_readings(got) == by_readings(expected)
    distinct = plain.rooms["lawgate"].copies
    assert mixed.rooms["lawgate"].late == 0
    assert mixed.rooms["lawgate"].copies == distinct + len(readings) * (times - 1)


def by_readings(changes: list[AlertChange]) -> list[tuple[str, str, str, int]]:
    """The changes that hang on what readings say, not on when they came: all but silences. In the
    order of their times: the moments of arrival only order what is decided at once."""
    told = [(c.id, c.what, c.level, c.time) for c in changes
            if not c.rule.startswith("law-silence")]  # fmt: skip
    return sorted(told, key=lambda change: (change[3], change[0], change[1]))


class _Prompt(random.Random):
    def randint(self, a: int, b: int) -> int:
        del b
        return a


def test_late_readings_are_counted_and_change_nothing() -> None:
    """A reading past the span and behind a newer one is counted as late, and no alert knows it."""
    readings = on_time(7)
    book = delivered(readings, _Prompt(), 1)
    _, expected = whole(book.records)
    late = delivered(readings, _Prompt(), 1)
    late.records.pop()
    late.pack({**readings[0], "level": 99}, {**readings[1], "level": 98}, at=59 * 97 + SPAN)
    late.tick(at=120_000)
    state, got = whole(late.records)
    assert state.rooms["lawgate"].late == 2
    assert state.late == [(len(late.records) - 1, 0), (len(late.records) - 1, 1)]
    assert by_readings(got) == by_readings(expected)


def test_every_operator_stands_under_the_laws() -> None:
    """An operator that has no example here would be under no law."""
    assert EXAMPLES.keys() | JOINED.keys() == all_operators().keys()


def test_the_log_may_not_jump() -> None:
    """A gap in the positions is refused, and the state stays as it was."""
    book = Book().tick(at=0).tick(at=1).tick(at=2)
    state = State(LOG)
    with pytest.raises(ValueError, match="jumps to position 3 where 2 was due"):
        step(state, [book.records[0], book.records[2]])
    assert state.position == 0


def test_a_rule_that_cannot_be_read_stops_no_other() -> None:
    """What an older release let in and this one cannot read is left out and named."""
    book = Book().devices(Device(id="s0", kind="smoke", site="tl01", place="p"))
    book.rules(FIRE.replace("obscuration >= 0.3", "fog >= 0.3").replace('"fire"', '"fog"'), FIRE)
    state, _ = whole(book.records)
    assert list(state.rules) == ["fire"]
    assert ["fog" in str(refused) for refused in state.refused] == [True]


def test_a_house_goes_on_from_the_state_of_the_release_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state, _ = whole(Book().devices(Device(id="s0", kind="smoke", site="tl01", place="p")).records)
    monkeypatch.setattr(snapshot, "RELEASE", "2")
    saved = snapshot.save(state)
    monkeypatch.undo()
    assert snapshot.restore(saved).position == state.position > 0


def test_a_snapshot_of_another_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An older snapshot is refused with what to do."""
    monkeypatch.setattr(snapshot, "RELEASE", "0")
    saved = snapshot.save(State(LOG))
    monkeypatch.undo()
    with pytest.raises(SnapshotRefused, match="Run the xiuhua that saved it"):
        snapshot.restore(saved)
