"""Laws that hold for every series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.engine.detect import Detector

from .stories import beats, days, every, noise, scores

STORIES = {"days": days(60), "beats": beats(40), "noise": (every(1000, 3000), noise(3000))}


@pytest.mark.parametrize("story", STORIES)
def test_the_future_changes_nothing(story: str) -> None:
    """The scores of a beginning are the beginning of the scores, to the bit."""
    time, value = STORIES[story]
    whole = scores(time, value)
    for rows in (1, 127, 128, 129, 1000, 2047, 2049):
        other = np.concatenate((value[:rows], -1e6 * noise(500, seed=9)))
        assert np.array_equal(scores(every(1000, 0), value[:0]), [])
        assert np.array_equal(scores(time[:rows], value[:rows]), whole[:rows])
        ahead = np.concatenate((time[:rows], time[rows - 1] + np.arange(500)))
        assert np.array_equal(scores(ahead, other)[:rows], whole[:rows])


@pytest.mark.parametrize("story", STORIES)
def test_pieces_give_the_scores_of_the_whole(story: str) -> None:
    time, value = STORIES[story]
    whole = scores(time, value)
    for size in (1, 7, 700, 2500):
        detector = Detector()
        rows = min(len(value), 40 * size)
        pieces = [detector.score(time[at : at + size], value[at : at + size])
                  for at in range(0, rows, size)]  # fmt: skip
        assert np.array_equal(np.concatenate(pieces), whole[: len(np.concatenate(pieces))])


@pytest.mark.parametrize("story", STORIES)
def test_it_goes_on_from_a_snapshot(story: str) -> None:
    time, value = STORIES[story]
    first, second = Detector(), Detector()
    first.score(time[:1500], value[:1500])
    second.restore({name: array.copy() for name, array in first.arrays().items()})
    rest = first.score(time[1500:], value[1500:])
    assert np.array_equal(second.score(time[1500:], value[1500:]), rest)


def test_long_series_outlive_their_tapes() -> None:
    """Older readings are let go, and pieces still give the scores of the whole."""
    slow = 8 * np.sin(2 * np.pi * np.arange(60_000) / 2600)
    time, value = every(1000, 60_000), slow + noise(60_000)
    whole = scores(time, value)
    detector = Detector()
    pieces = [detector.score(time[at : at + 1999], value[at : at + 1999])
              for at in range(0, len(value), 1999)]  # fmt: skip
    assert np.array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e9, 0.0), (-3.0, 0.0), (1.0, 1e6)])
@pytest.mark.parametrize("story", STORIES)
def test_units_do_not_matter(story: str, scale: float, shift: float) -> None:
    """Celsius or Fahrenheit, Pa or bar, up or down: the scores are the same, as far as rounding
    lets them."""
    time, value = STORIES[story]
    away = np.abs(scores(time, scale * value + shift) - scores(time, value))
    assert np.quantile(away, 0.99) < 0.02
    assert away.mean() < 0.002


@given(st.lists(st.floats(width=64) | st.just(float("nan")), max_size=300), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_every_reading_has_a_score_between_0_and_1(values: list[float], often: int) -> None:
    """Also infinite, missing, huge and repeated ones, at moments that stand still or run back."""
    value = np.repeat(np.array(values, np.float64), often)
    time = np.random.default_rng(len(value)).integers(-(10**12), 10**13, len(value))
    found = scores(time, value)
    assert len(found) == len(value)
    assert np.all((found >= 0) & (found <= 1))


@pytest.mark.parametrize("value", [0.0, 7.3, -1e-9, 1e9])
def test_a_constant_is_never_unusual(value: float) -> None:
    assert scores(every(60_000, 3000), np.full(3000, value)).max() < 0.2


def test_a_cold_start_is_not_unusual() -> None:
    for seed in range(5):
        assert scores(every(60_000, 100), 1e3 + noise(100, seed)).max() < 0.3


def test_noise_alone_is_seldom_unusual() -> None:
    found = scores(every(60_000, 20_000), noise(20_000))
    assert (found > 0.5).mean() < 1e-3


def test_missing_readings_are_scored_and_learnt_by_nobody() -> None:
    time, value = days(40)
    value[900:930] = np.nan
    found = scores(time, value)
    assert found[900:930].max() < 0.5
    assert found[930:1100].max() < 0.5
