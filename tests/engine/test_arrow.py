"""From history back to the engine's columns: the same rows as the log's own lines give."""

from __future__ import annotations

import random
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.engine.book import LOG, SECOND, START, Book, smoke
from tests.support.past import write_history
from xiuhua.engine.arrow import SHUT, digests, idle, rows_of, stretches
from xiuhua.engine.columns import Rows
from xiuhua.engine.control import Device
from xiuhua.engine.decode import decode
from xiuhua.engine.ledger import Ledger, Roster
from xiuhua.engine.records import Data
from xiuhua.history.manifest_file import ManifestFile
from xiuhua.history.reader import History
from xiuhua.kinds import kind

KINDS = ("smoke", "vehicle", "camera", "door", "arc")
DEVICES = [Device(id=f"{k}-{n}", kind=k, site="tl01", place="p") for k in KINDS for n in range(3)]


def reading(dice: random.Random, device: Device, at: int) -> dict[str, Any]:
    """Values of every type that the kind has, each missing now and then."""
    drawn: dict[str, Any] = {
        "number": round(dice.uniform(-50, 1e6), dice.randint(0, 6)),
        "count": dice.randint(0, 10**6),
        "bool": dice.random() < 0.5,
        "token": dice.choice(("v-0a1b", "卡", "x" * 40)),
    }
    said = {"device": device.id, "time": at - dice.choice((0, 0, 1, 1999, 2001, 90_000))}
    for field in kind(device.kind).fields:
        value = dice.choice(field.choices) if field.type == "choice" else drawn[field.type]
        if dice.random() < 0.8:
            said[field.name] = value if dice.random() < 0.9 else None
    return said


@pytest.fixture(scope="module")
def book() -> Book:
    dice, written = random.Random(1), Book().devices(*DEVICES)
    for second in range(200):
        at = 100_000 + second * SECOND
        some = dice.sample(DEVICES, 5)
        written.pack(*(reading(dice, device, at) for device in some), at=at)
    return written


@pytest.fixture(scope="module")
def past(book: Book, tmp_path_factory: pytest.TempPathFactory) -> tuple[History, Ledger]:
    root: Path = tmp_path_factory.mktemp("history")
    state = write_history(root, book.records, LOG, every=70)
    return History(root, ManifestFile(root / "manifest.json"), lambda _: None), state.ledger


def in_one_order(rows: Rows) -> Rows:
    """A pack's lines have no order of their own in history."""
    return rows.take(np.lexsort((*rows.values, rows.time, rows.slot, rows.position)))


@pytest.mark.parametrize("code", KINDS)
def test_rows_are_those_that_the_lines_gave(
    code: str, book: Book, past: tuple[History, Ledger]
) -> None:
    history, ledger = past
    lines = decode([r for r in book.records if isinstance(r, Data)], ledger).rows[code]
    found, unknown = rows_of(history.scan(code).collect(), kind(code), ledger.roster(code))
    assert unknown == 0
    assert (np.diff(found.position) >= 0).all()
    for column in {f.name for f in fields(Rows)} - {"line", "digest"}:
        ours, theirs = (getattr(in_one_order(rows), column) for rows in (found, lines))
        np.testing.assert_array_equal(ours, theirs, err_msg=column)


def test_who_is_not_in_service_is_counted(past: tuple[History, Ledger]) -> None:
    history, ledger = past
    frame = history.scan("smoke").collect()
    roster = Roster()
    roster.put(ledger.roster("smoke").devices[1])
    rows, unknown = rows_of(frame, kind("smoke"), roster)
    assert len(rows) == (frame["device"] == "smoke-1").sum()
    assert unknown == frame.height - len(rows)
    assert len(rows_of(frame, kind("smoke"), Roster())[0]) == 0


def test_a_digest_tells_values_apart_and_knows_copies() -> None:
    time = np.array([1, 1, 1, 2, 1], np.int64)
    values = np.array([[0.0, np.nan, 1.0, 0.0, 0.0], [np.nan, 0.0, 0.0, np.nan, np.nan]])
    found = digests(time, values).tolist()
    assert found[0] == found[4]
    assert len(set(found)) == 4


def arrivals(*seconds: float, position: list[int] | None = None) -> dict[str, Rows]:
    """Readings of one smoke detector at these seconds, each by a record of its own."""
    times = [START + int(second * SECOND) for second in seconds]
    frame = pl.DataFrame(
        {
            "device": ["tl01-smoke-0001"] * len(times), "time": times, "arrival": times,
            "position": position or list(range(11, 11 + len(times))), "late": [False] * len(times),
            "obscuration": [0.1] * len(times), "temperature": [20.0] * len(times),
            "battery": [3.0] * len(times),
        }
    )  # fmt: skip
    roster = Roster()
    roster.put(smoke())
    rows, _ = rows_of(
        frame.with_columns(pl.col("time", "arrival").cast(pl.Datetime("ms", "UTC"))),
        kind("smoke"), roster,
    )  # fmt: skip
    return {"smoke": rows}


def test_quiet_seconds_tick() -> None:
    (stretch,) = stretches(arrivals(1, 4.5, position=[12, 16]), position=10, time=START)
    assert (stretch.clock.times - START).tolist() == [0, 1000, 2000, 3000, 4000, 4500]
    assert stretch.clock.positions.tolist() == [10, 12, 13, 14, 15, 16]
    assert stretch.shut == 0


def test_a_door_that_was_shut_is_known_by_positions_that_stood_still() -> None:
    before, after = stretches(arrivals(1, 2, 700, position=[11, 12, 15]), position=10, time=START)
    assert [len(piece.arrivals["smoke"]) for piece in (before, after)] == [2, 1]
    assert (before.shut, after.shut) == (0, 698 * SECOND - 3 * SECOND)
    assert int(before.clock.times[-1]) == START + 2 * SECOND
    quiet = stretches(arrivals(1, 700, position=[11, 710]), position=10, time=START)
    assert [piece.shut for piece in quiet] == [0]


def test_a_door_that_was_shut_before_the_first_reading() -> None:
    (stretch,) = stretches(arrivals(60), position=10, time=START)
    assert stretch.shut == 59 * SECOND > SHUT
    assert (int(stretch.clock.times[0]), int(stretch.clock.times[-1])) == (START, START + 60_000)


@pytest.mark.parametrize("most", [1, 2, 3, 1000])
def test_stretches_are_whole_however_they_are_cut(most: int) -> None:
    given = arrivals(1, 1, 1, 2, 3, 5, 8, 13, position=[1, 1, 2, 3, 4, 6, 9, 14])
    found = list(stretches(given, position=0, time=START, most=most))
    held = [piece.arrivals["smoke"].position.tolist() for piece in found]
    assert [each for some in held for each in some] == [1, 1, 2, 3, 4, 6, 9, 14]
    ends = [(int(p.clock.times[0]), int(p.clock.times[-1])) for p in found]
    assert all(one[1] == other[0] for one, other in pairwise(ends))


def test_nothing_but_the_clock() -> None:
    stretch = idle(position=7, time=START, until=START + 2500)
    assert stretch.clock.times.tolist() == [START, START + 1000, START + 2000, START + 2500]
    assert set(stretch.clock.positions.tolist()) == {7}
    assert not stretch.arrivals
