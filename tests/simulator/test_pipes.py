"""The pipe network that EPANET computes. Its import takes seconds, hence a module by itself."""

import numpy as np
import pytest

from xiuhua.simulator.hydraulics import STEPS, Hydrant, solve
from xiuhua.simulator.pipes import Pipes

from .hood import device

HYDRANTS = tuple(
    Hydrant(f"{site}-water-{number:04}", site, 121.43 + number / 2_000, 31.17 + number % 3 / 3_000)
    for site in ("a-site-with-a-very-long-code-indeed", "tl02")
    for number in range(1, 6)
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def usual():
    return solve(HYDRANTS)


def test_hydrants_have_pressure_all_day_least_when_people_wash(usual):
    assert usual.pressure.shape == usual.flow.shape == (STEPS, len(HYDRANTS))
    assert 140_000 < usual.pressure.min() < usual.pressure.max() < 400_000
    lowest = usual.pressure.argmin(axis=0) * 24 / STEPS
    assert ((lowest >= 6) & (lowest <= 9) | (lowest >= 17) & (lowest <= 21)).all()


def test_a_burst_takes_the_pressure_there_some_around_and_none_elsewhere(usual):
    burst = solve(HYDRANTS, HYDRANTS[2].id)
    fallen = (usual.pressure - burst.pressure).mean(axis=0)
    assert burst.pressure[:, 2].max() < 60_000
    assert burst.flow[:, 2].min() > 90
    assert (fallen[[0, 1, 3, 4]] > 1_000).all()
    assert (burst.pressure[:, [0, 1, 3, 4]] > 140_000).all()
    assert np.allclose(fallen[5:], 0, atol=1)


def test_a_lone_hydrant_is_fed_too():
    assert solve(HYDRANTS[:1]).pressure.min() > 140_000


def test_pipes_are_solved_beside_once_and_read_by_the_clock_of_shanghai():
    gauges = [device("water", number, f"hyd-{number}") for number in (1, 2, 3)]
    pipes = Pipes(gauges)
    pipes.start()
    try:
        midnight = 16 * 3_600_000
        time = np.array([midnight, midnight + 300_000, midnight + 150_000], dtype=np.int64)
        first, second, between = pipes.day(gauges[0]).pressure(time)
        assert min(first, second) <= between <= max(first, second)
        assert pipes.burst(gauges[1], gauges[0].id).pressure(time)[0] < first
        assert pipes.burst(gauges[0], gauges[0].id).flow(time)[0] > 90
    finally:
        pipes.close()


def test_a_neighbourhood_without_gauges_starts_nothing():
    pipes = Pipes([])
    pipes.start()
    pipes.close()
