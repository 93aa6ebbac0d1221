"""distinct, moment by moment, and against a plain reading of what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine import snapshot
from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse
from xiuhua.engine.step import State, step

from .book import LOG, MINUTE, SECOND, START, Book, play, told

TRIES = """
[[rule]]
id = "tries"
zh = "多卡试刷"
en = "Card after card"
kind = "door"
sentence.zh = "{event}"
sentence.en = "{event}"
[[rule.level]]
level = "warn"
operator = "distinct"
field = "card"
when = "granted = FALSE"
within = "10m"
at_least = 3
"""
DOOR = "tl01-door-0001"
WAIT = 2 * SECOND
"""How long the doors' readings wait to be sorted."""


@pytest.fixture
def book() -> Book:
    return Book().devices(door(1), door(2)).rules(TRIES)


def door(number: int) -> Device:
    return Device(id=f"tl01-door-{number:04}", kind="door", site="tl01", place="tl01-b001")


def shown(
    card: str | None, at: int, device: str = DOOR, granted: bool | None = False
) -> dict[str, object]:
    return {"device": device, "time": at, "event": "card", "card": card, "granted": granted}


def cards(book: Book, *said: tuple[str | None, int]) -> Book:
    for card, minute in said:
        book.pack(shown(card, minute * MINUTE), at=minute * MINUTE)
    return book


def test_begins_with_the_third_card_and_keeps_them_all_to_itself(book: Book) -> None:
    cards(book, ("a", 0), ("b", 2), ("c", 4)).tick(at=5 * MINUTE)
    (change,) = play(book)
    assert told([change]) == [("raised", "warn", DOOR, 4 * MINUTE)]
    assert change.evidence.since == START
    assert change.evidence.values == {"event": "card", "granted": False, "open": None}


def test_the_same_card_again_and_again_is_one(book: Book) -> None:
    cards(book, *((card, minute) for minute, card in enumerate("abababab"))).tick(at=9 * MINUTE)
    assert play(book) == []


def test_no_card_a_granted_one_and_another_doors_are_not_counted(book: Book) -> None:
    cards(book, ("a", 0), ("b", 1), (None, 2))
    book.pack(shown("c", 3 * MINUTE, granted=True), at=3 * MINUTE)
    book.pack(shown("d", 4 * MINUTE, granted=None), at=4 * MINUTE)
    book.pack(shown("e", 5 * MINUTE, "tl01-door-0002"), at=5 * MINUTE).tick(at=9 * MINUTE)
    assert play(book) == []


def test_ends_when_the_card_not_seen_for_longest_leaves_the_window(book: Book) -> None:
    cards(book, ("a", 0), ("b", 2), ("c", 4), ("a", 6)).tick(at=30 * MINUTE)
    assert told(play(book)) == [
        ("raised", "warn", DOOR, 4 * MINUTE),
        ("cleared", "warn", DOOR, 12 * MINUTE),
    ]


def test_a_fourth_card_stands_in_for_the_first(book: Book) -> None:
    cards(book, ("a", 0), ("b", 2), ("c", 4), ("d", 6)).tick(at=30 * MINUTE)
    assert told(play(book))[-1] == ("cleared", "warn", DOOR, 12 * MINUTE)


def test_a_week_read_in_one_pack_is_counted_by_its_own_times(book: Book) -> None:
    said = [("a", -90), ("b", -89), ("c", -88), ("a", -40), ("b", -20)]
    book.pack(*(shown(card, minute * MINUTE) for card, minute in said), at=0)
    assert told(play(book)) == [
        ("raised", "warn", DOOR, -88 * MINUTE),
        ("cleared", "warn", DOOR, -80 * MINUTE),
    ]


def test_it_goes_on_after_a_restart(book: Book) -> None:
    cards(book, ("a", 0), ("b", 2)).tick(at=3 * MINUTE)
    state, _ = step(State(LOG), book.records)
    known = len(book.records)
    cards(book, ("b", 4), ("c", 5)).tick(at=6 * MINUTE)
    _, changes = step(snapshot.restore(snapshot.save(state)), book.records[known:])
    assert told(changes) == [("raised", "warn", DOOR, 5 * MINUTE)]


def test_explained_with_its_numbers() -> None:
    (rule,) = parse(TRIES + "clear_below = 1\n")
    zh, en = explain(rule)
    assert "预警：10 分钟内有 3 个不同的门卡（准许 = 否）时触发；一个也不剩时解除。" in zh
    assert "Warning: at 3 different values of card within 10 min where granted = false; ends" in en


def test_bytes_of_state_per_slot(book: Book) -> None:
    state, _ = step(State(LOG), book.records)
    arrays = state.logics("tries")[0].arrays()
    assert sum(array[0].nbytes for array in arrays.values()) == 16 * 3 + 17


HORIZON = 300
Shown = tuple[int, str | None, bool]
moments = st.tuples(st.integers(0, 200), st.sampled_from(("a", "b", "c", "d", None)), st.booleans())


def plain(
    hits: list[tuple[int, str]], within: int, at_least: int, clear_below: int
) -> Iterator[tuple[str, int]]:
    """What distinct is, asked again at every millisecond."""
    on = False
    for t in range(HORIZON):
        now = len({card for at, card in hits if t - within < at <= t})
        if not on and now >= at_least:
            on = True
            yield "raised", t
        elif on and now < clear_below:
            on = False
            yield "cleared", t


@settings(max_examples=150, deadline=None)
@given(
    series=st.lists(moments, max_size=40), within=st.integers(1, 90), at_least=st.integers(2, 4),
    below=st.integers(1, 4), prompt=st.booleans(),
)  # fmt: skip
def test_the_streaming_answer_is_the_plain_one(
    series: list[Shown], within: int, at_least: int, below: int, *, prompt: bool
) -> None:
    """Whether the readings come as they are made or all at once when all is over."""
    below = min(below, at_least)
    rule = TRIES.replace('"10m"', f'"{within}ms"').replace("= 3", f"= {at_least}")
    book = Book().devices(door(1)).rules(f"{rule}clear_below = {below}\n")
    series = sorted(series, key=lambda one: one[0])
    readings = [shown(card, at, granted=not denied) for at, card, denied in series]
    if prompt:
        for one in readings:
            book.pack(one, at=one["time"])  # type: ignore[arg-type]
    elif readings:
        book.pack(*readings, at=HORIZON)
    book.tick(at=2 * HORIZON + WAIT)
    hits = [(at, card) for at, card, denied in series if denied and card]
    got = [(what, at) for what, _, _, at in told(play(book))]
    assert got == list(plain(hits, within, at_least, below))


def test_a_door_behind_another_makes_nothing_up() -> None:
    """Three cards at a building's two doors, one of them told two hours late: not within ten
    minutes. A card that is told late a second time keeps its newer time."""
    place = TRIES.replace('kind = "door"', 'kind = "door"\nsubject = "place"')
    book = Book().devices(door(1), door(2)).rules(place)
    cards(book, ("a", 120), ("b", 122))
    late = "tl01-door-0002"
    book.pack(shown("c", 0, late), shown("a", 1, late), at=123 * MINUTE).tick(at=124 * MINUTE)
    assert play(book) == []
    book.pack(shown("c", 119 * MINUTE, late), at=125 * MINUTE).tick(at=150 * MINUTE)
    assert [(what, at) for what, _, _, at in told(play(book))] == [
        ("raised", 122 * MINUTE), ("cleared", 129 * MINUTE),
    ]  # fmt: skip
