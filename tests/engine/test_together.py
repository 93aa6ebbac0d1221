"""together: smoke and arcs in one flat, and against a plain reading of what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine import control
from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.rules import parse

from .book import MINUTE, SECOND, START, Book, deliver, play, told

WIRING = """
[[rule]]
id = "wiring-fire"
zh = "电线着火"
en = "Wiring on fire"
kinds = ["smoke", "arc"]
subject = "flat"
life_safety = true
sentence.zh = "烟雾 {smoke.obscuration} dB/m，每秒 {arc.arcs} 次电弧"
sentence.en = "smoke {smoke.obscuration} dB/m, {arc.arcs} arcs a second"
[[rule.level]]
level = "critical"
operator = "together"
within = "5m"
[[rule.level.of]]
kind = "smoke"
when = "obscuration >= 0.06"
[[rule.level.of]]
kind = "arc"
when = "arcs >= 8"
"""


def in_flat(kind: str, number: int, flat: str = "tl01-b001-0101") -> Device:
    return Device(
        id=f"{kind}-{number}", kind=kind, site="tl01", place=flat, building="tl01-b001", flat=flat
    )


@pytest.fixture
def book() -> Book:
    """Two flats, each with a smoke detector and an arc detector."""
    other = "tl01-b001-0102"
    flats = in_flat("smoke", 1), in_flat("arc", 1), in_flat("smoke", 2, other)
    return Book().devices(*flats, in_flat("arc", 2, other)).rules(WIRING)


def fumes(at: int, number: int = 1, value: float | None = 0.2) -> dict[str, object]:
    return {"device": f"smoke-{number}", "time": at, "obscuration": value}


def sparks(at: int, number: int = 1, value: float | None = 20) -> dict[str, object]:
    return {"device": f"arc-{number}", "time": at, "arcs": value}


FLAT = "tl01-b001-0101"


def test_smoke_and_arcs_in_one_flat_are_critical_and_both_are_named(book: Book) -> None:
    book.pack(fumes(0), at=0).pack(sparks(2 * MINUTE), at=2 * MINUTE).tick(at=6 * MINUTE)
    raised, cleared = play(book)
    assert told([raised, cleared]) == [
        ("raised", "critical", FLAT, 2 * MINUTE),
        ("cleared", "critical", FLAT, 5 * MINUTE),
    ]
    assert raised.zh == "烟雾 0.2 dB/m，每秒 20 次电弧"
    assert (raised.device, raised.place, raised.site) == ("arc-1", FLAT, "tl01")
    assert raised.evidence.since == START


def test_smoke_here_and_arcs_next_door_are_nothing(book: Book) -> None:
    book.pack(fumes(0), at=0).pack(sparks(1, number=2), at=1).tick(at=MINUTE)
    assert play(book) == []


def test_both_but_never_within_the_time_are_nothing(book: Book) -> None:
    book.pack(fumes(0), at=0).pack(sparks(5 * MINUTE), at=5 * MINUTE).tick(at=20 * MINUTE)
    assert play(book) == []


def test_what_is_missing_fulfils_nothing(book: Book) -> None:
    book.pack(fumes(0, value=None), sparks(1), fumes(2, value=0.01), at=2).tick(at=MINUTE)
    assert play(book) == []


def test_a_detector_behind_the_others_makes_nothing_up(book: Book) -> None:
    """The smoke detector was cut off and delivers at ten what it saw at eight, while the arc
    detector speaks of ten: two hours lie between them."""
    book.pack(sparks(120 * MINUTE), at=120 * MINUTE)
    book.pack(fumes(0), at=120 * MINUTE + SECOND).tick(at=300 * MINUTE)
    assert play(book) == []


def test_a_detector_a_little_behind_still_counts_and_keeps_the_end(book: Book) -> None:
    book.pack(sparks(MINUTE), at=MINUTE).pack(fumes(0), at=MINUTE + SECOND).tick(at=9 * MINUTE)
    assert told(play(book)) == [
        ("raised", "critical", FLAT, MINUTE),
        ("cleared", "critical", FLAT, 5 * MINUTE),
    ]


def test_a_detector_that_moves_out_takes_its_smoke_along(book: Book) -> None:
    book.pack(fumes(0), at=0).devices(in_flat("smoke", 1, "tl01-b001-0102"), at=1)
    book.pack(sparks(2), at=2).pack(sparks(3, number=2), at=3).pack(fumes(4), at=4).tick(at=MINUTE)
    assert told(play(book)) == [
        ("raised", "critical", FLAT, 2),
        ("raised", "critical", "tl01-b001-0102", 4),
    ]


def test_what_ends_because_its_detector_was_taken_away_ends_where_it_was(book: Book) -> None:
    """The detectors of a flat now hang in another compound: that compound has nothing to do with
    the alert of the flat."""
    book.pack(fumes(0), sparks(1), at=1)
    far = {"site": "tl09", "place": "tl09-b1", "building": "tl09-b1", "flat": "tl09-b1-01"}
    moved = [Device(id=f"{kind}-1", kind=kind, **far) for kind in ("smoke", "arc")]
    raised, cleared = play(book.devices(*moved, at=SECOND))
    assert (cleared.what, cleared.subject, cleared.id) == ("cleared", FLAT, raised.id)
    assert (cleared.site, cleared.place) == ("tl01", FLAT)


def test_the_quicker_kind_waits_for_the_slower() -> None:
    """Smoke counts at once, a camera after two seconds: together they count in the order in which
    things happened, and the alert comes when the camera's span is over."""
    rule = WIRING.replace('"arc"', '"camera"').replace("arc.arcs", "camera.people")
    rule = rule.replace("arcs >= 8", "event = 'smoke'").replace('"5m"', '"3s"')
    book = Book().devices(in_flat("smoke", 1), in_flat("camera", 1)).rules(rule)
    seen = {"device": "camera-1", "event": "smoke", "people": 0}
    book.pack({**seen, "time": 0}, at=1500).pack(fumes(2 * SECOND), at=2 * SECOND)
    book.tick(at=3 * SECOND).tick(at=4 * SECOND).tick(at=5 * SECOND).tick(at=6 * SECOND)
    changes = play(book)
    assert [(what, at) for what, _, _, at in told(changes)] == [("raised", 2000), ("cleared", 3000)]
    assert changes[0].position == len(book.records) - 2


def test_while_our_own_door_was_shut_no_level_ends(book: Book) -> None:
    book.pack(fumes(0), at=0).pack(sparks(MINUTE), at=MINUTE)
    shut = control.DoorUp(at=START + 60 * MINUTE, since=START + 2 * MINUTE)
    book.change(shut, at=60 * MINUTE).tick(at=62 * MINUTE)
    assert [change.what for change in play(book)] == ["raised"]


def test_explained_in_both_languages() -> None:
    zh, en = explain(parse(WIRING)[0])
    assert zh.splitlines() == [
        "电线着火：看每户的烟雾感知、电弧监测。",
        (
            "紧急：5 分钟内同时有：烟雾感知减光率 ≥ 0.06 dB/m；电弧监测每秒电弧次数 ≥ 8 /s，"
            "即触发；少了一样就解除。"
        ),
        "涉及生命安全：先处置、后补录。",
    ]
    assert en.splitlines()[:2] == [
        "Wiring on fire: watches each flat's smoke and arc fault sensors.",
        (
            "Critical: when within 5 min there are: smoke obscuration ≥ 0.06 dB/m; arc fault arcs "
            "per second ≥ 8 /s; ends when one is missing."
        ),
    ]


HORIZON = 300
SERIES = st.lists(st.tuples(st.integers(0, 200), st.booleans(), st.booleans()), max_size=25)


def readings_of(series: list[tuple[int, bool, bool]]) -> list[dict[str, object]]:
    """(time, whose, met) as readings, each different, in the order in which they count."""
    made = [
        sparks(at, value=20 if met else n / 10) if arc else fumes(at, value=0.2 if met else None)
        for n, (at, arc, met) in enumerate(series)
    ]
    return [{**reading, "temperature": n / 10} for n, reading in enumerate(made)]


def plain(series: list[tuple[int, bool, bool]], within: int) -> Iterator[tuple[str, int]]:
    """What together is, asked again at every millisecond."""
    on = False
    for t in range(HORIZON):
        now = {arc for at, arc, met in series if met and t - within < at <= t}
        if (len(now) == 2) != on:
            on = not on
            yield ("raised" if on else "cleared"), t


@settings(max_examples=80, deadline=None)
@given(series=SERIES, within=st.integers(1, 80), prompt=st.booleans())
def test_the_streaming_answer_is_the_plain_one(
    series: list[tuple[int, bool, bool]], within: int, *, prompt: bool
) -> None:
    """Whether the readings come as they are made or all at once when all is over."""
    series = sorted(series)
    book = Book().devices(in_flat("smoke", 1), in_flat("arc", 1))
    book.rules(WIRING.replace('"5m"', f'"{within}ms"'))
    deliver(book, readings_of(series), prompt=prompt, end=HORIZON)
    assert [(what, at) for what, _, _, at in told(play(book))] == list(plain(series, within))


@settings(max_examples=60, deadline=None)
@given(series=SERIES, within=st.integers(1, 80))
def test_one_detector_behind_the_other_makes_nothing_up(
    series: list[tuple[int, bool, bool]], within: int
) -> None:
    """First all that one says, then all that the other does: whatever is raised has its cause."""
    series = sorted(series, key=lambda one: (one[1], one[0]))
    book = Book().devices(in_flat("smoke", 1), in_flat("arc", 1))
    book.rules(WIRING.replace('"5m"', f'"{within}ms"'))
    for reading in readings_of(series):
        book.pack(reading, at=HORIZON)
    raised = {at for what, _, _, at in told(play(book.tick(at=2 * HORIZON))) if what == "raised"}
    ons = {
        t
        for t in range(HORIZON)
        if len({a for at, a, m in series if m and t - within < at <= t}) == 2
    }
    assert raised <= ons
