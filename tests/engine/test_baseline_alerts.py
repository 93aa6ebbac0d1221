"""baseline: its alerts moment by moment, its memory, its words."""

from __future__ import annotations

import numpy as np
import pytest

from xiuhua.engine import snapshot
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.operators.base import roomier
from xiuhua.engine.rules import parse
from xiuhua.engine.step import State, step

from .book import LOG, MINUTE, START, Book
from .learning import DAY, logic
from .test_baseline import clean, taught, verdicts

RULE = """
[[rule]]
id = "odd"
zh = "水压反常"
en = "Pressure unusual"
kind = "water"
sentence.zh = "{pressure:MPa} MPa"
sentence.en = "{pressure:MPa} MPa"
[[rule.level]]
level = "warn"
operator = "baseline"
field = "pressure"
spreads = 5
side = "below"
hold = "5m"
least = 10000
"""
MAIN = "tl01-water-0001"


def life() -> Book:
    """Three weeks at a reading in ten minutes, then half an hour of little, then the usual."""
    book = Book().devices(Device(id=MAIN, kind="water", site="tl01", place="tl01-b001")).rules(RULE)
    time = START + np.arange(0, 21 * DAY, 10 * MINUTE)
    value = clean(time).tolist()
    value[-6:-3] = [200_000.0] * 3
    for at, x in zip((time - START).tolist(), value, strict=True):
        book.pack({"device": MAIN, "pressure": x}, at=at)
    return book.tick(at=21 * DAY)


def whats(changes: list[AlertChange]) -> list[tuple[str, int]]:
    return [(change.what, (21 * DAY - (change.time - START)) // MINUTE) for change in changes]


def test_the_hold_counts_by_log_time_and_the_alert_ends_by_itself() -> None:
    """Out at 60 minutes before the end; held for five. Back at 30; held for five."""
    assert whats(step(State(LOG), life().records)[1]) == [("raised", 55), ("cleared", 25)]


def test_a_week_of_cells_may_be_cut_and_resumed_anywhere() -> None:
    """The law book cuts a life of a minute; this one has hours and a weekend."""
    records = life().records
    whole, expected = step(State(LOG), records)
    state, got = State(LOG), []
    for start in range(0, len(records), 500):
        state, changes = step(state, records[start : start + 500])
        state = snapshot.restore(snapshot.save(state))
        got += changes
    assert got == expected
    assert snapshot.save(state) == snapshot.save(whole)


def test_explain_says_that_it_learns_first() -> None:
    (rule,) = parse(RULE)
    zh, en = explain(rule)
    assert (
        "水压低于本设备每周这个小时的常态 5 倍离散度以上（且至少差 10000 Pa）持续 5 分钟时触发"
        in zh
    )
    assert "头 14 天只学习、不判断" in zh
    assert "is below what this device usually says at this hour of the week by 5 spreads" in en
    assert "only learns for the first 14 d" in en


@pytest.mark.parametrize(("season", "size"), [("week", 1578), ("day", 306), ("none", 76)])
def test_its_bytes_per_device(season: str, size: int) -> None:
    made = logic("baseline", slots=10, spreads=5, season=season, learn="7d")
    assert sum(array.nbytes for array in made.arrays().values()) == 10 * size


def test_growing_keeps_what_is_known_and_rarely_copies() -> None:
    made, _ = taught()
    before = made.centre[0].copy()
    made.grow(3, 0)
    whole = made.centre.base
    made.grow(4, 0)
    assert made.centre.shape == (4, 168)
    assert made.centre.base is not whole
    made.grow(6, 0)
    made.grow(7, 0)
    kept = made.centre.base
    assert made.centre.shape == (7, 168)
    made.grow(9, 0)
    assert made.centre.base is kept
    assert (made.centre[0] == before).all()
    assert not made.centre[1:].any()
    assert len(roomier(np.zeros((0, 2)), 5)) == 5


def test_a_device_that_leaves_is_forgotten() -> None:
    made, now = taught()
    made.forget(np.array([0], np.int32), now)
    assert verdicts(made, np.array([now]), np.array([1.0])) == [None]
