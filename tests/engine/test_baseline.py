"""baseline: against a plain reading of its definition, by its statistics, and moment by moment."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine.jit import F64, I64
from xiuhua.engine.operators import Logic
from xiuhua.engine.operators.baseline import SEASONS, BaselineLogic

from .learning import DAY, HOUR, MONDAY, UNTRIED, around, every, logic, readings, told

MINUTE = 60_000


class Plain:
    """The definition, read aloud: one device, plain numbers, a dictionary of cells."""

    def __init__(
        self, spreads: float, least: float, side: str, season: str, learn: int, forget: int
    ) -> None:
        self.cells, self.width, self.full = SEASONS[season]
        self.unit = max(1, round(forget / (self.cells * self.full * math.log(2))))
        self.need = max(1, math.ceil(learn / (2 * self.cells * self.unit)))
        self.spreads, self.least, self.side = spreads, least / spreads, side
        self.learn, self.patience = learn, forget // 3
        self.known: dict[int, list[Any]] = {}  # cell: centre, spread, weight
        self.past = np.float32(0), np.float32(0)
        self.first = self.heard = self.learnt = self.away = 0
        self.out = False

    def usual(self, time: int) -> tuple[int, float, float, float]:
        """The cell of a moment, and centre, spread and weight of the mixture there."""
        at = (time + 3 * DAY + 8 * HOUR) % (self.cells * self.width)
        cell = at // self.width
        beside = (at % self.width) / self.width - 0.5
        far = (cell + (1 if beside >= 0 else self.cells - 1)) % self.cells
        share = abs(beside)
        a, b = self.known.get(cell), self.known.get(far)
        seen = (1 - share) * (a[2] if a else 0) + share * (b[2] if b else 0)
        if a and b:
            return cell, *((1 - share) * float(a[n]) + share * float(b[n]) for n in (0, 1)), seen  # type: ignore[return-value]
        one = a or b or (0.0, 0.0)
        return cell, float(one[0]), float(one[1]), seen

    def hear(self, time: int, x: float) -> tuple[bool, bool] | None:
        """(far out, back within half); None while nothing is decided."""
        if math.isnan(x):
            return None
        if not self.first:
            self.first, self.heard, self.learnt = time, time, time - self.unit
        cell, middle, usual, seen = self.usual(time)
        verdict, was_out = None, self.out
        if time - self.first >= self.learn and seen >= self.need:
            off = (x - middle) / self.floor(usual * (1 + 8 / seen), middle)
            beyond = {"both": abs(off), "above": off, "below": -off}[self.side]
            verdict = beyond >= self.spreads, beyond < self.spreads / 2
            self.out = verdict[0] or (self.out and not verdict[1])
        self.be_patient(min(time - self.heard, DAY))
        self.heard = time
        if was_out and self.out and self.away >= 0:
            self.learnt = time
        self.take(cell, time, x, middle, usual)
        return verdict

    def floor(self, spread: float, middle: float) -> float:
        return max(spread, self.least, 1e-6 * abs(middle), 1e-12)

    def be_patient(self, gap: int) -> None:
        if not self.out:
            self.away = max(self.away - gap, 0)
        elif self.away >= 0:
            self.away += gap
            if self.away >= self.patience:
                self.away = -1
                for known in self.known.values():
                    known[2] = min(known[2], self.need)

    def take(self, cell: int, time: int, x: float, middle: float, usual: float) -> None:
        units, most = (time - self.learnt) // self.unit, max(1, self.width // self.unit)
        if units <= 0:
            return
        self.learnt = time if units > most else self.learnt + units * self.unit
        units = min(units, most)
        self.pass_(x, units, (time - self.first) // self.unit)
        if cell not in self.known:
            level, swing = (float(number) for number in self.past)
            near = min(max(x - level, -3 * swing), 3 * swing)
            self.known[cell] = [np.float32(level + near), self.past[1], min(units, self.full)]
            return
        centre, spread, weight = self.known[cell]
        pulled = self.pull(x - middle, usual, middle, weight < self.need)
        share = units / min(weight + units, self.full)
        self.known[cell] = [*moved(centre, spread, pulled, share), min(weight + units, self.full)]

    def pass_(self, x: float, units: int, age: int) -> None:
        level, swing = (float(number) for number in self.past)
        day = DAY // self.unit
        if age == 0:
            self.past = np.float32(x), np.float32(0)
        else:
            pulled = self.pull(x - level, swing, level, age < day)
            self.past = moved(*self.past, pulled, units / max(min(age + 1, day), units))

    def pull(self, off: float, spread: float, middle: float, young: bool) -> float:
        far = math.inf if young and not spread else 3 * self.floor(spread, middle)
        return min(max(off, -far), far)


def moved(
    centre: np.float32, spread: np.float32, pulled: float, share: float
) -> tuple[np.float32, np.float32]:
    about = math.sqrt(math.pi / 2) * abs(pulled)
    return (
        np.float32(float(centre) + share * pulled),
        np.float32(float(spread) + share * (about - float(spread))),
    )


def known(made: Logic, time: int) -> tuple[float, float]:
    """Centre and spread that are usual at a moment."""
    assert isinstance(made, BaselineLogic)
    plain = Plain(1, 0, "both", made.config.season, 7 * DAY, 21 * DAY)
    columns = (made.centre[0], made.spread[0], made.weight[0])
    plain.known = {cell: list(row) for cell, row in enumerate(zip(*columns, strict=True))}
    return plain.usual(time)[1:3]


def verdicts(made: BaselineLogic, time: I64, value: F64) -> list[tuple[bool, bool] | None]:
    truth = made.truth(readings(time, value), around(), UNTRIED)
    return [
        (bool(yes), bool(back)) if yes or no else None
        for yes, no, back in zip(truth[0], truth[1], truth[2], strict=True)
    ]


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    season=st.sampled_from(("week", "day", "none")),
    side=st.sampled_from(("above", "below", "both")),
    spreads=st.sampled_from((1.0, 2.5, 5.0)),
    least=st.sampled_from((0.0, 3.0)),
)
def test_the_stream_says_what_the_definition_says(
    seed: int, season: str, side: str, spreads: float, least: float
) -> None:
    """Reading by reading, to the last bit of what is known."""
    dice = np.random.default_rng(seed)
    time = MONDAY + np.cumsum(dice.choice((0, MINUTE, 20 * MINUTE, 3 * HOUR, 2 * DAY), 600,
                                          p=(0.05, 0.25, 0.4, 0.28, 0.02)))  # fmt: skip
    value = dice.normal(50, 5, 600) + dice.choice((0, 0, 0, 30, np.nan), 600)
    value[300 : 300 + int(dice.integers(0, 200))] += 40
    more = {"least": least} if least else {}
    made = logic("baseline", season=season, side=side, spreads=spreads, learn="7d", forget="14d",
                 **more)  # fmt: skip
    assert isinstance(made, BaselineLogic)
    plain = Plain(spreads, least, side, season, 7 * DAY, 14 * DAY)
    expected = [plain.hear(int(t), float(x)) for t, x in zip(time, value, strict=True)]
    assert verdicts(made, time, value) == expected
    for cell, (centre, spread, weight) in plain.known.items():
        assert made.centre[0, cell] == centre
        assert made.spread[0, cell] == spread
        assert made.weight[0, cell] == weight


def rhythm(time: I64) -> F64:
    """A working week as hydrants feel it: two rushes a day, later and flatter at the weekend."""
    hour = ((time + 8 * HOUR) % DAY) / HOUR
    weekend = ((time + 8 * HOUR + 3 * DAY) % (7 * DAY)) >= 5 * DAY
    morning = np.where(weekend, 10.0, 7.5)
    rush = np.exp(-((hour - morning) ** 2) / 2) + np.exp(-((hour - 19) ** 2) / 3)
    return 300_000 - np.where(weekend, 25_000, 40_000) * rush


NOISE = 3_000.0


def clean(time: I64, seed: int = 1) -> F64:
    return rhythm(time) + np.random.default_rng(seed).normal(0, NOISE, len(time))


def test_on_a_clean_rhythm_at_most_one_false_alarm_in_a_device_year() -> None:
    """Four device-years at two readings a minute, six spreads, not even a hold."""
    alarms = 0
    for seed in range(4):
        time = every(MINUTE // 2, 365)
        decisions = told(logic("baseline", spreads=6), readings(time, clean(time, seed)))
        alarms += sum(begins for begins, _ in decisions)
    assert alarms <= 4


@pytest.mark.parametrize("sign", [1, -1])
def test_a_shift_of_six_spreads_is_found_within_three_readings(sign: int) -> None:
    """At whatever hour it begins, after eight weeks of learning."""
    for seed in range(24):
        made = logic("baseline", spreads=4.5)
        time = every(MINUTE, 56, MONDAY + seed * HOUR)
        made.update(readings(time, clean(time, seed)), around(), UNTRIED)
        since = int(time[-1]) + MINUTE
        after = every(MINUTE, 0.25, since)
        shifted = clean(after, seed + 100) + sign * 6 * known(made, since)[1]
        begun = [at for begins, at in told(made, readings(after, shifted)) if begins]
        assert begun
        assert begun[0] <= since + 2 * MINUTE


def test_the_rush_hours_are_learnt_with_their_weekday() -> None:
    """What is usual follows the rhythm within a spread everywhere, and on Monday's rush a Sunday's
    value is far out."""
    made = logic("baseline", spreads=6)
    time = every(MINUTE, 70)
    made.update(readings(time, clean(time)), around(), UNTRIED)
    assert isinstance(made, BaselineLogic)
    hours = MONDAY + np.arange(168) * HOUR + HOUR // 2
    assert np.abs(made.centre[0] - rhythm(hours)).max() < NOISE
    assert np.median(made.spread[0]) == pytest.approx(NOISE, rel=0.15)
    monday = MONDAY + 70 * DAY + 7 * HOUR + 30 * MINUTE
    sunday = rhythm(np.array([monday - DAY]))
    assert verdicts(made, np.array([monday]), sunday) == [(True, False)]


def test_the_edge_of_an_hour_does_not_jump() -> None:
    """A minute before the hour and a minute after it are nearly the same to it."""
    made = logic("baseline", spreads=6)
    time = every(MINUTE, 28)
    made.update(readings(time, clean(time)), around(), UNTRIED)
    assert isinstance(made, BaselineLogic)
    largest = np.abs(np.diff(made.centre[0])).max()
    for hour in range(1, 168):
        before, after = (known(made, MONDAY + hour * HOUR + d)[0] for d in (-MINUTE, MINUTE))
        assert abs(after - before) < largest / 20


def test_nothing_is_decided_before_it_has_learnt() -> None:
    """Two weeks by default, and an hour that it does not know stays unjudged for longer."""
    made = logic("baseline", spreads=4)
    assert isinstance(made, BaselineLogic)
    days = every(10 * MINUTE, 14)
    waking = days[((days + 8 * HOUR) % DAY) >= 8 * HOUR]
    assert set(verdicts(made, waking, clean(waking))) == {None}
    later = MONDAY + 14 * DAY
    wild = np.array([1.0])
    assert verdicts(made, np.array([later + 3 * HOUR]), wild) == [None]
    assert verdicts(made, np.array([later + 12 * HOUR]), wild) == [(True, False)]


def taught(**more: Any) -> tuple[BaselineLogic, int]:
    made = logic("baseline", **({"spreads": 5, "learn": "7d", "forget": "21d"} | more))
    time = every(10 * MINUTE, 28)
    made.update(readings(time, clean(time)), around(), UNTRIED)
    assert isinstance(made, BaselineLogic)
    return made, int(time[-1]) + 10 * MINUTE


def test_what_is_far_out_is_not_learnt() -> None:
    """Six days of half the pressure: what is usual stays, but for one clipped reading."""
    made, now = taught()
    before = made.centre.copy()
    time = every(10 * MINUTE, 6, now)
    decisions = told(made, readings(time, clean(time) / 2))
    assert decisions == [(True, now)]
    assert np.abs(made.centre - before).max() < NOISE
    again = every(10 * MINUTE, 6, int(time[-1]) + 10 * MINUTE)
    assert told(made, readings(again, clean(again))) == [(False, int(again[0]))]


def test_what_stays_becomes_the_new_usual() -> None:
    """After a third of `forget` it learns again, and the alert ends by itself within a few weeks:
    by then the new pressure is what is usual."""
    made, now = taught()
    time = every(10 * MINUTE, 42, now)
    decisions = told(made, readings(time, clean(time) - 8 * NOISE))
    assert decisions[0] == (True, now)
    assert not decisions[-1][0]
    assert 7 * DAY < decisions[-1][1] - now < 35 * DAY
    for hour in range(0, 168, 5):
        at = int(time[-1]) + hour * HOUR
        expected = float(rhythm(np.array([at]))[0]) - 8 * NOISE
        assert known(made, at)[0] == pytest.approx(expected, abs=3 * NOISE)


@pytest.mark.parametrize(("share", "since"), [(0.1, 14), (0.03, 0)])
def test_wild_readings_are_borne(share: float, since: int) -> None:
    """Every tenth may be anything once it has learnt, three in a hundred from the first day on; the
    rest is still told right from wrong."""
    dice = np.random.default_rng(3)
    time = every(5 * MINUTE, 70)
    value = clean(time)
    wild = (dice.random(len(time)) < share) & (time > MONDAY + since * DAY)
    value[wild] = dice.uniform(0, 1_000_000, int(wild.sum()))
    made = logic("baseline", spreads=6)
    made.update(readings(time, value), around(), UNTRIED)
    assert isinstance(made, BaselineLogic)
    hours = MONDAY + np.arange(168) * HOUR + HOUR // 2
    assert np.abs(made.centre[0] - rhythm(hours)).max() < 2 * NOISE
    assert np.median(made.spread[0]) < 1.6 * NOISE


def test_what_hardly_varies_needs_the_least_that_counts() -> None:
    """A gauge that always says the same: a step of its last digit is far out, unless told."""
    time = every(10 * MINUTE, 21)
    value = np.full(len(time), 300_000.0)
    value[-1] += 100
    assert len(told(logic("baseline", spreads=5), readings(time, value))) == 1
    assert told(logic("baseline", spreads=5, least=5_000), readings(time, value)) == []


@pytest.mark.parametrize(("side", "expected"), [("above", [(True, 1), (False, 2)]), ("below", [])])
def test_one_side_only(side: str, expected: list[tuple[bool, int]]) -> None:
    made, now = taught(side=side)
    time = now + 10 * MINUTE * np.arange(3)
    value = clean(time) + np.array([0, 10 * NOISE, 0])
    said = [
        (begins, (at - now) // (10 * MINUTE)) for begins, at in told(made, readings(time, value))
    ]
    assert said == expected
