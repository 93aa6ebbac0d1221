"""Simulated time never passes the wall's."""

from hypothesis import given
from hypothesis import strategies as st

from xiuhua.simulator.clock import Clock

times = st.integers(0, 2**41)


@given(
    zero=times,
    ago=st.integers(0, 10**10),
    speed=st.floats(0.001, 10_000),
    steps=st.lists(st.integers(0, 10**8), max_size=20),
)
def test_no_speed_brings_the_future(zero, ago, speed, steps):
    wall = [zero]
    clock = Clock(start=zero - ago, speed=speed, wall=lambda: wall[0])
    before = clock.now()
    for step in steps:
        wall[0] += step
        assert before <= clock.now() <= wall[0]
        before = clock.now()


@given(zero=times, ago=st.integers(0, 10**9), speed=st.floats(0.1, 1_000), due=times)
def test_after_the_wait_it_is_time_and_not_much_later(zero, ago, speed, due):
    wall = [float(zero)]
    clock = Clock(start=zero - ago, speed=speed, wall=lambda: int(wall[0]))
    wall[0] += clock.wait(due) * 1_000 + 1
    assert clock.now() >= due - max(1.0, speed)


def test_a_start_in_the_future_is_now():
    assert Clock(start=50, speed=1, wall=lambda: 10).now() == 10
