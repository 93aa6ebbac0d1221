"""What is told, and in which order, hangs on the records alone: against one record at a time."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device
from xiuhua.engine.records import Record
from xiuhua.engine.step import State, step

from .book import LOG, Book
from .examples import GATES, SPAN
from .test_laws import life

pytestmark = pytest.mark.usefixtures("lawgate")

_COUNT_AND_TOGETHER = """
[[rule]]
id = "law-count-and-together"
zh = "一起"
en = "Both ways"
kind = "lawgate"
subject = "site"
sentence.zh = "{level}"
sentence.en = "{level}"
[[rule.level]]
level = "warn"
operator = "count"
when = "level > 3"
within = "900ms"
at_least = 3
[[rule.level]]
level = "serious"
operator = "together"
within = "1500ms"
[[rule.level.of]]
when = "level = 6"
[[rule.level.of]]
when = "level = 1"
"""
"""One level is shown every reading, the other only asks for some."""

_SILENCE_OF_THREE = """
[[rule]]
id = "law-silence-of-three"
zh = "静"
en = "Silent"
kinds = ["lawgate", "smoke", "door"]
subject = "site"
sentence.zh = "{silent}"
sentence.en = "{silent}"
[[rule.level]]
level = "warn"
operator = "silence"
after = "1500ms"
[[rule.level]]
level = "serious"
operator = "silence"
after = "2s"
[[rule.level.of]]
kind = "smoke"
when = "obscuration > 0.1"
[[rule.level.of]]
kind = "lawgate"
when = "level = 6"
"""

_BUSY = [rule for rule in GATES if "subject" in rule or '"silence"' in rule]


def busy(seed: int) -> list[Record]:
    """A log of two sites and three kinds with spans of their own, in which most records share
    their log time with others and most readings their event time."""
    dice = random.Random(seed)
    sites = ("tl00", "tl01")
    kinds = ("lawgate", "lawgate", "smoke", "smoke", "door")
    devices = [
        Device(id=f"{kind}{number}-{site}", kind=kind, site=site, place=dice.choice("pq"))
        for site in sites
        for number, kind in enumerate(kinds)
    ]
    book = Book().devices(*devices).rules(*_BUSY, _COUNT_AND_TOGETHER, _SILENCE_OF_THREE)
    at = 0
    for _ in range(120):
        at += dice.choice((0, 0, 0, 0, 1, SPAN, 400, 1600))
        if dice.random() < 0.1:
            book.tick(at=at)
        else:
            book.pack(*(_said(dice, devices, at) for _ in range(dice.randint(1, 3))), at=at)
    return book.tick(at=at + 60_000).records


def _said(dice: random.Random, devices: list[Device], at: int) -> dict[str, object]:
    device = dice.choice(devices)
    said: dict[str, object] = {"device": device.id, "time": at - dice.choice((0, 0, 0, 100, SPAN))}
    if device.kind == "lawgate":
        return said | {"level": dice.choice((1, 4, 6, None)), "tag": None}
    if device.kind == "smoke":
        return said | {"obscuration": dice.choice((0.0, 0.05, 0.2, 0.5))}
    return said | {"open": dice.random() < 0.5}


def cut(records: list[Record], most: int, seed: int) -> list[AlertChange]:
    """The changes where each step is given 1 to `most` records."""
    dice, state, changes, at = random.Random(seed), State(LOG), list[AlertChange](), 0
    while at < len(records):
        size = dice.randint(1, most)
        state, told = step(state, records[at : at + size])
        changes += told
        at += size
    return changes


cuts = settings(max_examples=20, deadline=None)


@cuts
@given(seed=st.integers(0, 10**6), most=st.integers(2, 40))
def test_no_cut_changes_what_a_busy_log_tells(seed: int, most: int) -> None:
    records = busy(seed)
    assert cut(records, most, seed) == cut(records, 1, seed)


@cuts
@given(seed=st.integers(0, 10**6), most=st.integers(2, 40))
@example(seed=20, most=100)  # which of two records of one log time ended a silence
@example(seed=27, most=100)  # which of two readings of one moment stood there last
@example(seed=62, most=100)  # a kind that the crowd does not ask for, beside one that it does
@example(seed=116, most=100)
def test_no_cut_changes_what_a_life_tells(seed: int, most: int) -> None:
    records = life(seed, 100).records
    assert cut(records, most, seed) == cut(records, 1, seed)
