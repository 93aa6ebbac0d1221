"""count, moment by moment, and against a plain reading of what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine import control
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse
from xiuhua.engine.step import State, step

from .book import LOG, MINUTE, SECOND, START, Book, play, smoke, told

PUFFS = """
[[rule]]
id = "puffs"
zh = "反复冒烟"
en = "Smoke again and again"
kind = "smoke"
sentence.zh = "{obscuration} dB/m"
sentence.en = "{obscuration} dB/m"
[[rule.level]]
level = "warn"
operator = "count"
when = "obscuration >= 0.1"
within = "10m"
at_least = 3
"""
ID = "tl01-smoke-0001"


@pytest.fixture
def book() -> Book:
    return Book().devices(smoke(1), smoke(2)).rules(PUFFS)


def puff(at: int, value: float | None = 0.2, device: str = ID) -> dict[str, object]:
    return {"device": device, "time": at, "obscuration": value}


def test_begins_with_the_third_and_says_since_when(book: Book) -> None:
    for minute in (0, 2, 4):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    (change,) = play(book)
    assert told([change]) == [("raised", "warn", ID, 4 * MINUTE)]
    assert change.evidence.since == START
    assert change.evidence.values["obscuration"] == 0.2


def test_ends_when_the_first_of_three_leaves_the_window(book: Book) -> None:
    for minute in (0, 2, 4):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    book.tick(at=10 * MINUTE).tick(at=10 * MINUTE + SECOND)
    changes = play(book)
    assert told(changes)[1:] == [("cleared", "warn", ID, 10 * MINUTE)]
    assert changes[1].position == len(book.records)


def test_three_that_never_stand_in_one_window_are_nothing(book: Book) -> None:
    for minute in (0, 5, 10):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    assert play(book) == []


def test_what_is_false_or_missing_or_anothers_is_not_counted(book: Book) -> None:
    book.pack(puff(0), puff(1, 0.0), puff(2, None), puff(3, device="tl01-smoke-0002"), at=3)
    book.pack(puff(4), at=4).tick(at=MINUTE)
    assert play(book) == []


def test_a_fourth_puts_the_end_off(book: Book) -> None:
    for minute in (0, 2, 4, 8):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    book.tick(at=20 * MINUTE)
    assert told(play(book))[-1] == ("cleared", "warn", ID, 12 * MINUTE)


def test_one_that_comes_as_the_oldest_leaves_keeps_the_level(book: Book) -> None:
    for minute in (0, 2, 4, 10):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    assert [change.what for change in play(book)] == ["raised"]


def test_ends_only_below_its_own_lower_number(book: Book) -> None:
    book.rules(PUFFS + "clear_below = 1\n", version=2)
    for minute in (0, 2, 4):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    book.tick(at=20 * MINUTE)
    assert told(play(book)) == [
        ("raised", "warn", ID, 4 * MINUTE),
        ("cleared", "warn", ID, 14 * MINUTE),
    ]


def test_a_recorded_series_played_fast_is_counted_by_its_own_times(book: Book) -> None:
    """Three within ten minutes, then one an hour later, all within a second of ours."""
    for at, minute in enumerate((-90, -88, -86, -30)):
        book.pack(puff(minute * MINUTE), at=at)
    assert told(play(book)) == [
        ("raised", "warn", ID, -86 * MINUTE),
        ("cleared", "warn", ID, -80 * MINUTE),
    ]


def test_two_levels_of_one_alert(book: Book) -> None:
    more = PUFFS[PUFFS.index("[[rule.level]]") :].replace("warn", "serious").replace("3", "5")
    book.rules(PUFFS + more, version=2)
    for minute in range(5):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    book.tick(at=20 * MINUTE)
    assert [(what, level, at // MINUTE) for what, level, _, at in told(play(book))] == [
        ("raised", "warn", 2), ("level", "serious", 4), ("level", "warn", 10),
        ("cleared", "warn", 12),
    ]  # fmt: skip


def test_while_our_own_door_was_shut_no_level_ends(book: Book) -> None:
    for minute in (0, 2, 4):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    opened = control.DoorUp(at=START + 65 * MINUTE, since=START + 5 * MINUTE)
    book.change(opened, at=65 * MINUTE).tick(at=69 * MINUTE)
    assert [change.what for change in play(book)] == ["raised"]
    book.tick(at=71 * MINUTE)
    assert [change.what for change in play(book)] == ["raised", "cleared"]


def test_a_device_that_comes_back_begins_afresh(book: Book) -> None:
    book.pack(puff(0), at=0).pack(puff(1), at=1)
    book.change(control.LedgerRemove((ID,)), at=2).devices(smoke(1), at=3)
    book.pack(puff(4), at=4).tick(at=MINUTE)
    assert play(book) == []


def test_explained_with_its_numbers() -> None:
    (rule,) = parse(PUFFS + "clear_below = 2\n")
    zh, en = explain(rule)
    assert "预警：10 分钟内有 3 个读数（减光率 ≥ 0.1 dB/m）时触发；不足 2 个时解除。" in zh
    assert (
        "Warning: at 3 readings within 10 min where obscuration ≥ 0.1 dB/m; ends when fewer" in en
    )


def test_bytes_of_state_per_slot(book: Book) -> None:
    state, _ = step(State(LOG), book.records)
    arrays = state.logics("puffs")[0].arrays()
    assert sum(array[0].nbytes for array in arrays.values()) == 8 * 3 + 17


HORIZON = 300
moments = st.tuples(st.integers(0, 200), st.sampled_from((0.2, 0.2, 0.0, None)))


def plain(
    hits: list[int], within: int, at_least: int, clear_below: int
) -> Iterator[tuple[str, int]]:
    """What count is, asked again at every millisecond."""
    on = False
    for t in range(HORIZON):
        now = sum(t - within < hit <= t for hit in hits)
        if not on and now >= at_least:
            on = True
            yield "raised", t
        elif on and now < clear_below:
            on = False
            yield "cleared", t


@settings(max_examples=150, deadline=None)
@given(
    series=st.lists(moments, max_size=30), within=st.integers(1, 60), at_least=st.integers(1, 5),
    below=st.integers(1, 5), prompt=st.booleans(),
)  # fmt: skip
def test_the_streaming_answer_is_the_plain_one(
    series: list[tuple[int, float | None]], within: int, at_least: int, below: int, *, prompt: bool
) -> None:
    """Whether the readings come as they are made or all at once when all is over."""
    below = min(below, at_least)
    rule = PUFFS.replace('"10m"', f'"{within}ms"').replace("= 3", f"= {at_least}")
    book = Book().devices(smoke(1)).rules(f"{rule}clear_below = {below}\n")
    series = sorted(series, key=lambda one: one[0])
    readings = [{**puff(*one), "temperature": at} for at, one in enumerate(series)]
    if prompt:
        for one in readings:
            book.pack(one, at=one["time"])  # type: ignore[arg-type]
    elif readings:
        book.pack(*readings, at=HORIZON)
    book.tick(at=2 * HORIZON)
    hits = [at for at, value in series if value == 0.2]
    got = [(what, at) for what, _, _, at in told(play(book))]
    assert got == list(plain(hits, within, at_least, below))


def test_a_detector_behind_another_makes_nothing_up() -> None:
    """Of three puffs in one building, one was told two hours late: they are not three in ten
    minutes, whatever order they come in."""
    place = PUFFS.replace('kind = "smoke"', 'kind = "smoke"\nsubject = "place"')
    book = Book().devices(smoke(1), smoke(2)).rules(place)
    for minute in (120, 122):
        book.pack(puff(minute * MINUTE), at=minute * MINUTE)
    book.pack(puff(0, device="tl01-smoke-0002"), at=123 * MINUTE)
    assert play(book) == []
    book.pack(puff(119 * MINUTE, device="tl01-smoke-0002"), at=124 * MINUTE)
    raised, cleared = play(book.tick(at=150 * MINUTE))
    assert told([raised, cleared]) == [
        ("raised", "warn", "tl01-b001", 122 * MINUTE),
        ("cleared", "warn", "tl01-b001", 129 * MINUTE),
    ]
    assert raised.evidence.since == START + 119 * MINUTE
