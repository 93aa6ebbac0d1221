"""drift: against a plain reading of its definition, by its statistics, and moment by moment."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine.control import Device
from xiuhua.engine.explain import explain
from xiuhua.engine.jit import F64, I64
from xiuhua.engine.operators.drift import DriftLogic
from xiuhua.engine.rules import parse

from .book import START, Book, play
from .learning import DAY, HOUR, MONDAY, UNTRIED, around, every, logic, readings, told

MINUTE = 60_000
NOISE = 2_000.0


class Plain:
    """The definition, read aloud: one device, plain numbers."""

    def __init__(self, slack: float, limit: float, side: str, learn: int, forget: int) -> None:
        self.slack, self.limit, self.side = slack, limit, side
        self.learn, self.full, self.patience = learn, round(forget / math.log(2)), forget // 3
        self.centre = self.spread = 0.0
        self.weight = self.heard = self.began = 0
        self.on = self.anew = False
        self.sums = {"above": 0.0, "below": 0.0}

    def hear(self, time: int, x: float) -> bool | None:
        """Whether the level begins (True) or ends (False) with this reading."""
        if math.isnan(x):
            return None
        gap = min(time - self.heard, DAY)
        self.heard = time
        turns = self.judge(time, x, gap) if self.weight >= self.learn else None
        if not self.on or self.anew:
            self.take(x, gap)
        return turns

    def judge(self, time: int, x: float, gap: int) -> bool | None:
        if not self.anew:
            self.add((x - self.centre) / self.floor(), gap / DAY)
        if not self.on and max(self.sums.values()) >= self.limit:
            self.on, self.began = True, time
            return True
        if self.on and (self.anew or max(self.sums.values()) < self.limit / 2):
            self.on = self.anew = False
            self.sums = {"above": 0.0, "below": 0.0}
            return False
        if self.on and time - self.began >= self.patience:
            self.anew, self.weight = True, 0
        return None

    def add(self, beyond: float, days: float) -> None:
        beyond = min(max(beyond, -6.0), 6.0)
        for side, sign in (("above", 1), ("below", -1)):
            if self.side in (side, "both"):
                more = (sign * beyond - self.slack) * days
                self.sums[side] = min(max(self.sums[side] + more, 0.0), self.limit)

    def take(self, x: float, gap: int) -> None:
        if not self.weight:
            self.centre, self.spread, self.weight = x, 0.0, 1
            return
        self.weight = min(self.weight + gap, self.full)
        young = self.weight < self.learn and not self.spread
        far = math.inf if young else 3 * self.floor()
        pulled = min(max(x - self.centre, -far), far)
        share = min(gap / self.weight, 1.0)
        self.centre += share * pulled
        self.spread += share * (math.sqrt(math.pi / 2) * abs(pulled) - self.spread)

    def floor(self) -> float:
        return max(self.spread, 1e-6 * abs(self.centre), 1e-12)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    side=st.sampled_from(("above", "below", "both")),
    slack=st.sampled_from((0.1, 0.5)),
    limit=st.sampled_from((0.5, 3.0, 8.0)),
)
def test_the_stream_says_what_the_definition_says(
    seed: int, side: str, slack: float, limit: float
) -> None:
    """Reading by reading, to the last bit of what is known."""
    dice = np.random.default_rng(seed)
    steps = dice.choice((0, MINUTE, 3 * HOUR, 2 * DAY), 500, p=(0.05, 0.2, 0.7, 0.05))
    time = MONDAY + np.cumsum(steps)
    value = dice.normal(50, 5, 500) + dice.choice((0, 0, 0, 30, np.nan), 500)
    value[200:350] += dice.choice((-15, 15))
    made = logic("drift", slack=slack, limit=limit, side=side, learn="3d", forget="9d")
    plain = Plain(slack, limit, side, 3 * DAY, 9 * DAY)
    said = [(plain.hear(int(t), float(x)), int(t)) for t, x in zip(time, value, strict=True)]
    assert told(made, readings(time, value)) == [(on, at) for on, at in said if on is not None]
    assert isinstance(made, DriftLogic)
    assert (made.centre[0], made.spread[0], made.weight[0]) == (
        plain.centre, plain.spread, plain.weight,
    )  # fmt: skip


def pressure(time: I64, seed: int = 1) -> F64:
    """A daily rhythm of 0.3 MPa ± 30 kPa, weekends weaker, and noise."""
    turn = 2 * np.pi * (time + 8 * HOUR) / DAY
    weekend = ((time + 8 * HOUR + 3 * DAY) % (7 * DAY)) >= 5 * DAY
    noise = np.random.default_rng(seed).normal(0, NOISE, len(time))
    return 300_000 + np.where(weekend, 20_000, 30_000) * np.sin(turn) + noise


@pytest.mark.parametrize("seed", range(4))
def test_on_a_steady_rhythm_there_is_no_false_alarm_in_a_device_year(seed: int) -> None:
    time = every(5 * MINUTE, 365)
    assert told(logic("drift"), readings(time, pressure(time, seed))) == []


@pytest.mark.parametrize(("sign", "side"), [(-1, "below"), (-1, "both"), (1, "above"), (1, "both")])
def test_what_sinks_a_little_every_day_is_found(sign: int, side: str) -> None:
    """1.5 kPa a day, a twentieth of the daily rhythm: found within four weeks, and the evidence
    says since when."""
    time = every(5 * MINUTE, 70)
    days = np.maximum(time - (MONDAY + 28 * DAY), 0) / DAY
    made = logic("drift", side=side)
    firings = made.update(readings(time, pressure(time) + sign * 1_500 * days), around(), UNTRIED)
    assert firings.on[0]
    assert 35 * DAY < firings.time[0] - MONDAY < 56 * DAY
    assert 28 * DAY < firings.since[0] - MONDAY < firings.time[0] - MONDAY - 4 * DAY


def test_the_other_side_is_not_watched() -> None:
    time = every(5 * MINUTE, 70)
    days = np.maximum(time - (MONDAY + 28 * DAY), 0) / DAY
    assert told(logic("drift", side="above"), readings(time, pressure(time) - 1_500 * days)) == []


def test_how_often_a_device_speaks_does_not_matter() -> None:
    """Once an hour or once a minute: the same drift on the same day."""
    found = []
    for step in (MINUTE, 10 * MINUTE, HOUR):
        time = every(step, 63)
        sunk = pressure(time) - 2_000 * np.maximum(time - (MONDAY + 28 * DAY), 0) / DAY
        found.append(told(logic("drift"), readings(time, sunk))[0][1])
    assert max(found) - min(found) < 1.5 * DAY


def test_a_wild_hour_is_no_drift() -> None:
    time = every(MINUTE, 21)
    value = pressure(time)
    value[-600:-540] = 0
    assert told(logic("drift"), readings(time, value)) == []


def test_it_ends_when_the_mend_has_lasted() -> None:
    """The sum falls by at least the slack a day: eight days at most to half of the limit."""
    time = every(10 * MINUTE, 50)
    leak = (time >= MONDAY + 28 * DAY) & (time < MONDAY + 36 * DAY)
    made = logic("drift", forget="56d")
    begins, ends = told(made, readings(time, pressure(time) - 60_000 * leak))
    assert begins[0]
    assert 31 * DAY < begins[1] - MONDAY < 36 * DAY
    assert not ends[0]
    assert 2 * DAY < ends[1] - MONDAY - 36 * DAY < 9 * DAY
    assert made.arrays()["sums"].max() < 1


def test_what_stays_is_learnt_anew_and_the_level_ends() -> None:
    """A third of `forget` on, `learn` more: 28 / 3 + 7 days."""
    time = every(10 * MINUTE, 60)
    made = logic("drift")
    (_, begun), (ends, ended) = told(
        made, readings(time, pressure(time) - 60_000 * (time >= MONDAY + 28 * DAY))
    )
    assert not ends
    assert ended - begun == pytest.approx(28 * DAY // 3 + 7 * DAY, abs=HOUR)
    assert made.arrays()["centre"][0] == pytest.approx(240_000, abs=5_000)


def test_what_never_varies_needs_the_least_that_counts() -> None:
    time = every(10 * MINUTE, 28)
    value = np.where(time < MONDAY + 14 * DAY, 300_000.0, 299_900.0)
    assert len(told(logic("drift"), readings(time, value))) >= 1
    assert told(logic("drift", least=1_000), readings(time, value)) == []


RULE = """
[[rule]]
id = "leak"
zh = "疑似暗漏"
en = "Suspected hidden leak"
kind = "water"
sentence.zh = "水压 {pressure:MPa} MPa，多日来越来越低"
sentence.en = "Pressure {pressure:MPa} MPa, lower by the day"
[[rule.level]]
level = "warn"
operator = "drift"
field = "pressure"
side = "below"
"""


def test_an_alert_carries_since_when() -> None:
    book = Book().devices(Device(id="w1", kind="water", site="tl01", place="p")).rules(RULE)
    time = START + np.arange(0, 40 * DAY, HOUR)
    sunk = pressure(time) - 2_500 * np.maximum(time - START - 14 * DAY, 0) / DAY
    for at, value in zip((time - START).tolist(), sunk.tolist(), strict=True):
        book.pack({"device": "w1", "pressure": value}, at=at)
    (change,) = play(book.tick(at=40 * DAY))[:1]
    assert (change.what, change.level) == ("raised", "warn")
    assert START + 14 * DAY < change.evidence.since < change.time - 3 * DAY


def test_explain_says_what_is_added_up() -> None:
    (rule,) = parse(RULE)
    zh, en = explain(rule)
    assert "水压低于本设备慢慢学到的常态，超出 0.5 倍离散度的部分按天累加" in zh
    assert "头 7 天只学习、不判断" in zh
    assert "what exceeds 0.5 spreads, added up by the day, reaches 8" in en


def test_its_bytes_per_device() -> None:
    made = logic("drift", slots=10)
    assert sum(array.nbytes for array in made.arrays().values()) == 10 * 73
