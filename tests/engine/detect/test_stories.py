"""What a person would see at once, the detector sees."""

from __future__ import annotations

import numpy as np
import pytest

from xiuhua.engine.jit import F64

from .stories import beats, days, every, noise, scores


def stands_out(found: F64, start: int, end: int, *, after: int = 200) -> None:
    """The highest score after the cold start lies in the stretch, and is worth somebody's look."""
    best = after + int(np.argmax(found[after:]))
    assert start <= best < end
    assert found[best] > 0.5


@pytest.mark.parametrize("size", [8.0, -8.0, 100.0])
def test_a_spike(size: float) -> None:
    value = noise(4000)
    value[3000] += size
    stands_out(scores(every(60_000, 4000), value), 3000, 3001)


def test_a_spike_that_would_be_usual_at_another_hour() -> None:
    time, value = days(60)
    value[48 * 50 + 12] = value[48 * 50 + 36]
    stands_out(scores(time, value), 48 * 50 + 12, 48 * 50 + 14)


@pytest.mark.parametrize("size", [4.0, -4.0])
def test_a_level_shift(size: float) -> None:
    value = noise(4000)
    value[3000:] += size
    found = scores(every(60_000, 4000), value)
    stands_out(found, 3000, 3064)
    assert np.median(found[3000:3050]) > 3 * np.median(found[2000:3000])


def test_a_frozen_sensor() -> None:
    time, value = days(60)
    value[2000:2100] = value[2000]
    found = scores(time, value)
    stands_out(found, 2002, 2102)
    assert np.median(found[2010:2100]) > 0.5


def test_counts_that_are_often_nothing_are_not_frozen() -> None:
    value = np.random.default_rng(3).poisson(0.3, 4000).astype(float)
    assert (scores(every(60_000, 4000), value)[200:] > 0.5).mean() < 0.002


def test_a_day_that_did_not_come() -> None:
    time, value = days(60)
    value[48 * 50 : 48 * 51] = noise(48, seed=5)
    stands_out(scores(time, value), 48 * 50, 48 * 51 + 8)


def test_a_beat_of_another_shape() -> None:
    """No clock tells its period, and no single reading of it is out of the ordinary."""
    time, value = beats(80, seed=2)
    value[4000:4060] = value[4000:4060][::-1]
    found = scores(time, value)
    best = 1000 + int(np.argmax(found[1000:]))
    assert 3990 <= best < 4130


def test_noise_that_grows() -> None:
    value = noise(4000)
    value[3000:3100] *= 4
    stands_out(scores(every(60_000, 4000), value), 3000, 3110)


def test_two_alarms_alike_are_told_apart_by_how_wild_the_series_was_before() -> None:
    """The same spike is worth less where such spikes are usual."""
    calm, wild = noise(4000), noise(4000)
    wild[50:3000:100] += 8.0
    calm[3500] += 8.0
    wild[3500] += 8.0
    time = every(60_000, 4000)
    assert scores(time, wild)[3500] < scores(time, calm)[3500] - 0.1
