"""Replay over history gives what replay over the log gives: the same alerts, to the byte but for
the positions of what the clock decided."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.book import LOG, MINUTE, SECOND, START, Book, smoke
from tests.engine.examples import GATES
from tests.engine.test_laws import _reading
from tests.engine.test_threshold import FIRE
from tests.support.past import write_history
from xiuhua.engine import control
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device
from xiuhua.engine.rules import Rule, parse
from xiuhua.engine.step import State, start_rules
from xiuhua.history.errors import PartDamaged
from xiuhua.history.manifest_file import ManifestFile
from xiuhua.runners.replay import replay
from xiuhua.runners.several import fold
from xiuhua.runners.sources import NothingToReplay, Span
from xiuhua.runners.sources.history import History

pytestmark = pytest.mark.usefixtures("lawgate")

GATE_DEVICES = [
    Device(id=f"g{n}", kind="lawgate", site=f"tl0{n % 2}", place=f"p{n % 2}") for n in range(3)
]
SMOKES = [Device(id=f"s{n}", kind="smoke", site="tl01", place="p1") for n in range(2)]
QUIET = """
[[rule]]
id = "smoke-silent"
kind = "smoke"
zh = "失联"
en = "Silent"
sentence.zh = "已 {silent} 没有读数。"
sentence.en = "No reading for {silent}."
[[rule.level]]
level = "warn"
operator = "silence"
after = "10m"
"""


def plain_life(seed: int, length: int = 120) -> Book:
    """A random log without changes of the ledger, and without the two things that history cannot
    tell: readings of a device with one time and other contents (applied in the order of their
    digests), and records of another site in the millisecond of a device's own."""
    dice, book, at = random.Random(seed), Book(), 0
    book.devices(*GATE_DEVICES, *SMOKES)
    book.change(control.ListSet("known@tl01", add=("a",)))
    first = [{"device": one.id, "time": 0} for one in (*GATE_DEVICES, *SMOKES)]
    book.pack(*first, at=0)
    said: dict[tuple[str, int], dict[str, Any]] = {_moment(r, 0): r for r in first}
    for _ in range(length):
        at += dice.choice((1, 50, 400, 1500))
        readings = [_reading(dice, at) for _ in range(dice.randint(1, 4))]
        kept = [r for r in readings if said.setdefault(_moment(r, at), r) == r]
        if kept:
            book.pack(*kept, at=at)
    return book.tick(at=at + 60_000)


def _moment(reading: dict[str, Any], at: int) -> tuple[str, int]:
    return reading["device"], min(reading["time"], at)


def from_history(root: Path, state: State, rules: Sequence[Rule]) -> list[AlertChange]:
    """Every change that folding the history brings, site by site."""
    found = []
    source = History.of(
        root, ManifestFile(root / "manifest.json").parts(), log=LOG, ledger=state.ledger,
        kinds={of.code for rule in rules for of in rule.kinds}, span=Span(), end=state.time,
    )  # fmt: skip
    for site in source.sites():
        folded: State | None = None
        for piece in source.pieces(site):
            if folded is None:
                folded = State(LOG)
                folded.ledger = source.ledger(site)
                folded.position, folded.time = piece.start
                start_rules(folded, rules)
            folded, changes = piece.fold(folded)
            found += changes
    return found


def without_position(changes: Sequence[AlertChange]) -> list[AlertChange]:
    placed = [msgspec.structs.replace(change, position=0) for change in changes]
    return sorted(placed, key=attrgetter("id", "seq"))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), every=st.integers(0, 60))
def test_history_gives_what_the_log_gives(seed: int, every: int) -> None:
    """On random logs, with every operator, however often history was written out."""
    records = plain_life(seed).records
    rules = [rule for text in (*GATES, FIRE) for rule in parse(text)]
    with TemporaryDirectory() as folder:
        state = write_history(Path(folder), records, LOG, every=every)
        expected = list(replay(records[2:], log=LOG, rules=rules, ledger=state.ledger))
        found = from_history(Path(folder), state, rules)
    assert without_position(found) == without_position(expected)


def day() -> Book:
    """Minutes of two detectors and ticks between, as a door writes them; one burns, one dies."""
    book = Book().devices(smoke(1), smoke(2))
    for second in range(60 * 60 + 1):
        at = second * SECOND
        if second % 60 == 0:
            burning = 0.3 if 600 <= second <= 900 else 0.0
            readings = [{"device": "tl01-smoke-0001", "obscuration": burning}]
            if second <= 1200:
                readings.append({"device": "tl01-smoke-0002", "obscuration": 0.0})
            book.pack(*readings, at=at)
        else:
            book.tick(at=at)
    return book


def test_positions_too_where_a_tick_a_second_fills_the_quiet(tmp_path: Path) -> None:
    records, rules = day().records, [*parse(FIRE), *parse(QUIET)]
    state = write_history(tmp_path, records, LOG)
    lived = list(replay(records[1:], log=LOG, rules=rules, ledger=state.ledger))
    assert {change.rule for change in lived} == {"fire", "smoke-silent"}
    assert from_history(tmp_path, state, rules) == lived


def test_our_own_shut_door_counts_for_nobodys_silence(tmp_path: Path) -> None:
    book = Book().devices(smoke(1))
    for minute in range(5):
        book.pack({"device": "tl01-smoke-0001"}, at=minute * MINUTE)
        for second in range(1, 60):
            book.tick(at=minute * MINUTE + second * SECOND)
    down, up = 5 * MINUTE, 60 * MINUTE
    book.change(control.DoorDown(at=START + down), at=down)
    book.change(control.DoorUp(at=START + up, since=START + down), at=up)
    book.pack({"device": "tl01-smoke-0001"}, at=up + 30 * SECOND)
    state = write_history(tmp_path, book.records, LOG)
    assert from_history(tmp_path, state, parse(QUIET)) == []


def source_of(root: Path, state: State, **more: Any) -> History:
    parts = ManifestFile(root / "manifest.json").parts()
    given: dict[str, Any] = {"kinds": {"smoke"}, "span": Span()} | more
    return History.of(root, parts, log=LOG, ledger=state.ledger, **given)


def test_a_period_is_cut_by_arrival(tmp_path: Path) -> None:
    state = write_history(tmp_path, day().records, LOG)
    span = Span(START + 10 * MINUTE, START + 20 * MINUTE)
    pieces = list(source_of(tmp_path, state, span=span).pieces("tl01"))
    assert sum(piece.readings for piece in pieces) == 20
    assert (pieces[0].start[1], pieces[-1].end) == (START + 10 * MINUTE, START + 20 * MINUTE)


def test_a_device_that_left_is_counted(tmp_path: Path) -> None:
    state = write_history(tmp_path, day().records, LOG)
    state.ledger.remove(control.LedgerRemove(("tl01-smoke-0002",)))
    found = fold(source_of(tmp_path, state), [parse(FIRE)], processes=1, told=lambda _: None)
    assert found.unknown == 21
    state.ledger.remove(control.LedgerRemove(("tl01-smoke-0001",)))
    found = fold(source_of(tmp_path, state), [parse(FIRE)], processes=1, told=lambda _: None)
    assert (found.unknown, found.episodes) == (21 + 61, ([],))


def test_an_empty_period_says_so(tmp_path: Path) -> None:
    state = write_history(tmp_path, day().records, LOG)
    with pytest.raises(NothingToReplay, match="no readings of smoke in that period"):
        source_of(tmp_path, state, span=Span(until=START - 5 * 24 * 60 * MINUTE))


def test_a_damaged_part_is_not_believed(tmp_path: Path) -> None:
    state = write_history(tmp_path, day().records, LOG)
    source = source_of(tmp_path, state)
    file = tmp_path / source.parts[0].path
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(PartDamaged):
        fold(source, [parse(FIRE)], processes=1, told=lambda _: None)


def test_sites_in_processes_of_their_own_give_the_same(tmp_path: Path) -> None:
    book = Book().devices(smoke(1), replace_site(smoke(2), "tl02"))
    for second in range(0, 300, 10):
        book.pack(
            {"device": "tl01-smoke-0001", "obscuration": 0.3},
            {"device": "tl01-smoke-0002", "obscuration": 0.2 if second > 100 else 0.0},
            at=second * SECOND,
        )
    state = write_history(tmp_path, book.records, LOG)
    source, sets = source_of(tmp_path, state), [parse(FIRE), parse(FIRE.replace("0.1", "0.25"))]
    told: list[int] = []
    apart = fold(source, sets, processes=2, told=told.append)
    assert apart == fold(source, sets, processes=1, told=lambda _: None)
    assert [len(found) for found in apart.episodes] == [2, 1]
    assert told[-1] == source.total() == 60


def replace_site(device: Device, site: str) -> Device:
    return msgspec.structs.replace(device, site=site)


def test_what_a_device_said_can_be_drawn(tmp_path: Path) -> None:
    state = write_history(tmp_path, day().records, LOG)
    span = Span(START + 590 * SECOND, START + 700 * SECOND)
    source = source_of(tmp_path, state)
    (curve,) = source.curves([(smoke(1), "obscuration", span)])
    assert (curve.times - START).tolist() == [600_000, 660_000]
    assert curve.values.tolist() == [0.3, 0.3]
    assert replace(source, parts=()).curves([(smoke(1), "battery", span)])[0].values.size == 0
