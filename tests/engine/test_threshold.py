"""threshold, moment by moment."""

from __future__ import annotations

import pytest

from xiuhua.engine import control
from xiuhua.engine.step import State, step

from .book import LOG, MINUTE, SECOND, START, Book, play, smoke, told

FIRE = """
[[rule]]
id = "fire"
zh = "火情"
en = "Fire"
kind = "smoke"
sentence.zh = "{obscuration} dB/m，限 {limit}"
sentence.en = "{obscuration} dB/m, limit {limit}"
params.limit = 0.1
[[rule.level]]
level = "serious"
operator = "threshold"
when = "obscuration >= :limit"
hold = "10s"
clear = "obscuration < 0.04"
clear_hold = "30s"
[[rule.level]]
level = "critical"
operator = "threshold"
when = "obscuration >= 0.3"
"""


@pytest.fixture
def book() -> Book:
    return Book().devices(smoke(1), smoke(2)).rules(FIRE)


def reading(value: float | None, device: int = 1) -> dict[str, object]:
    return {"device": f"tl01-smoke-{device:04}", "obscuration": value}


def test_raised_when_the_hold_is_over_even_if_nothing_more_is_said(book: Book) -> None:
    book.pack(reading(0.2), at=0).tick(at=9 * SECOND).tick(at=11 * SECOND)
    (change,) = play(book)
    assert told([change]) == [("raised", "serious", "tl01-smoke-0001", 10 * SECOND)]
    assert change.position == len(book.records)
    assert change.evidence.since == START
    assert change.evidence.values["obscuration"] == 0.2
    assert (change.zh, change.en) == ("0.2 dB/m，限 0.1", "0.2 dB/m, limit 0.1")


def test_a_reading_below_the_limit_in_the_hold_cancels(book: Book) -> None:
    book.pack(reading(0.2), at=0).pack(reading(0.05), at=5 * SECOND).tick(at=MINUTE)
    assert play(book) == []


def test_a_reading_with_nothing_in_it_cancels_nothing(book: Book) -> None:
    book.pack(reading(0.2), at=0).pack(reading(None), at=5 * SECOND).tick(at=MINUTE)
    assert told(play(book)) == [("raised", "serious", "tl01-smoke-0001", 10 * SECOND)]


def test_between_the_limits_the_level_stays(book: Book) -> None:
    book.pack(reading(0.2), at=0).pack(reading(0.05), at=20 * SECOND).tick(at=10 * MINUTE)
    assert told(play(book)) == [("raised", "serious", "tl01-smoke-0001", 10 * SECOND)]


def test_cleared_after_the_clear_hold(book: Book) -> None:
    book.pack(reading(0.2), at=0).pack(reading(0.01), at=20 * SECOND).tick(at=MINUTE)
    cleared = play(book)[-1]
    assert told([cleared]) == [("cleared", "serious", "tl01-smoke-0001", 50 * SECOND)]
    assert (cleared.zh, cleared.en) == (
        "已解除：0.01 dB/m，限 0.1", "Over: 0.01 dB/m, limit 0.1",
    )  # fmt: skip


def test_what_the_last_reading_leaves_out_is_told_as_it_was(book: Book) -> None:
    warm = FIRE.replace("dB/m，限", "dB/m，{temperature} ℃，限")
    book.rules(warm).pack(reading(0.2) | {"temperature": 41.0}, at=0)
    book.pack(reading(0.01), at=20 * SECOND).tick(at=MINUTE)
    assert play(book)[-1].zh == "已解除：0.01 dB/m，41 ℃，限 0.1"


def test_smoke_coming_back_in_the_clear_hold_keeps_the_alert(book: Book) -> None:
    book.pack(reading(0.2), at=0).pack(reading(0.01), at=20 * SECOND)
    book.pack(reading(0.06), at=30 * SECOND).tick(at=10 * MINUTE)
    assert [change.what for change in play(book)] == ["raised"]


def test_one_alert_rises_and_falls_through_its_levels(book: Book) -> None:
    book.pack(reading(0.5), at=0).tick(at=15 * SECOND).pack(reading(0.2), at=20 * SECOND)
    book.pack(reading(0.0), at=30 * SECOND).tick(at=2 * MINUTE)
    changes = play(book)
    assert told(changes) == [
        ("raised", "critical", "tl01-smoke-0001", 0),
        ("level", "serious", "tl01-smoke-0001", 20 * SECOND),
        ("cleared", "serious", "tl01-smoke-0001", 60 * SECOND),
    ]
    assert len({change.id for change in changes}) == 1
    assert [change.seq for change in changes] == [1, 2, 3]


def test_a_second_fire_is_another_alert(book: Book) -> None:
    book.pack(reading(0.5), at=0).pack(reading(0.0), at=1).tick(at=MINUTE)
    book.pack(reading(0.5), at=2 * MINUTE)
    changes = [change for change in play(book) if change.what != "level"]
    assert [change.what for change in changes] == ["raised", "cleared", "raised"]
    assert changes[2].start > changes[0].start
    assert changes[2].id != changes[0].id


def test_a_recorded_series_played_fast_holds_by_its_own_times(book: Book) -> None:
    """An hour between two readings is longer than the hold, however fast they come in."""
    for hour, value in enumerate((0.2, 0.01, 0.01)):
        book.pack({**reading(value), "time": (hour - 5) * 60 * MINUTE}, at=hour)
    assert [change.what for change in play(book)] == ["raised", "cleared"]


def test_a_whole_fire_in_one_pack_is_told_as_it_went(book: Book) -> None:
    """A gateway that was cut off sends five minutes at once."""
    values = (0.0, 0.2, 0.2, 0.5, 0.2, 0.0, 0.0, 0.0)
    readings = [{**reading(value), "time": n * 20 * SECOND} for n, value in enumerate(values)]
    book.pack(*readings, at=5 * MINUTE)
    assert told(play(book)) == [
        ("raised", "serious", "tl01-smoke-0001", 30 * SECOND),
        ("level", "critical", "tl01-smoke-0001", 60 * SECOND),
        ("level", "serious", "tl01-smoke-0001", 80 * SECOND),
        ("cleared", "serious", "tl01-smoke-0001", 130 * SECOND),
    ]


def test_a_level_that_begins_again_as_it_ends_stays_on(book: Book) -> None:
    """The end falls due at the very instant at which a slow clock's reading begins it again, with
    an earlier time: the level is on afterwards, as the reading says."""
    late = -100 * SECOND
    book.pack({**reading(0.5), "time": 2 * late}, at=0)
    book.pack({**reading(0.0), "time": late}, at=SECOND)
    book.pack({**reading(0.2), "time": late + 20 * SECOND}, at=31 * SECOND).tick(at=MINUTE)
    state, changes = step(State(LOG), book.records)
    assert changes[-1].what == "raised"
    (up,) = state.alerts.open.values()
    assert up.level == "serious"


def test_a_device_with_its_own_limit(book: Book) -> None:
    book.devices(smoke(1, params={"fire.limit": 0.25}), at=1)
    book.pack(reading(0.2, 1), reading(0.2, 2), at=2).tick(at=MINUTE)
    assert [change.subject for change in play(book)] == ["tl01-smoke-0002"]


def test_a_device_that_leaves_takes_its_alert_along(book: Book) -> None:
    book.pack(reading(0.5), at=0)
    book.change(control.LedgerRemove(("tl01-smoke-0001",)), at=SECOND)
    book.pack(reading(0.5), at=2 * SECOND)
    state, changes = step(State(LOG), book.records)
    assert [change.what for change in changes] == ["raised", "cleared"]
    assert state.unknown == 1


def test_a_rule_of_another_shape_begins_afresh_and_leaves_the_others_alone(book: Book) -> None:
    other, changed = FIRE.replace('"fire"', '"other"'), FIRE.replace('"10s"', '"0s"')
    book.rules(other).pack(reading(0.5), at=0).rules(changed, at=SECOND, version=2)
    book.pack(reading(0.5), at=2 * SECOND)
    changes = play(book)
    assert [(c.rule, c.what, c.version) for c in changes] == [
        ("fire", "raised", 1), ("other", "raised", 1),
        ("fire", "cleared", 1), ("fire", "raised", 2),
    ]  # fmt: skip


def test_other_words_and_numbers_leave_standing_what_is_up(book: Book) -> None:
    """Who is on the way to a fire must not hear that it is over because a sentence was mended."""
    mended = FIRE.replace("params.limit = 0.1", "params.limit = 0.2")
    book.pack(reading(0.5), at=0).rules(mended, at=SECOND, version=2)
    book.pack(reading(0.5), at=2 * SECOND).pack(reading(0.0), at=3 * SECOND)
    changes = play(book.tick(at=10 * MINUTE))
    assert [(c.what, c.version) for c in changes] == [("raised", 1), ("cleared", 2)]
    assert changes[-1].evidence.params == {"limit": 0.2}
