"""Buckets of readings: full at first, in debt at most by one message, filling at a steady rate."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.waiting import PATIENCE
from xiuhua.gateway.rates import BURST, Rates
from xiuhua.gateway.slowed import SLOWED, SPAN, Slowed, SlowedWatch, slowed_in
from xiuhua.log.database import open_log

from .support.house import running
from .support.people import OTHERS_SMOKE, SECRET, SMOKE

RATE = 2.0
FULL = int(RATE * BURST)


def test_a_bucket_is_full_at_first_and_says_when_it_will_not_be_empty():
    rates = Rates(device=RATE, speaker=0)
    assert rates.spend("box", {"a": FULL}, now=0) == 0
    assert rates.spend("box", {"a": 1}, now=0) == pytest.approx(1 / RATE)
    assert rates.spend("box", {"a": 1}, now=1 / RATE) == 0


def test_one_message_may_leave_it_in_debt_and_the_next_waits_for_all_of_it():
    rates = Rates(device=RATE, speaker=0)
    assert rates.spend("box", {"a": FULL + 99}, now=0) == 0
    assert rates.spend("box", {"a": 1}, now=0) == pytest.approx(100 / RATE)


def test_where_one_device_must_wait_nothing_is_counted_of_the_others():
    rates = Rates(device=RATE, speaker=0)
    assert rates.spend("box", {"a": FULL}, now=0) == 0
    assert rates.spend("box", {"a": 1, "b": FULL}, now=0) > 0
    assert rates.spend("box", {"b": FULL}, now=0) == 0


def test_a_log_in_has_a_bucket_of_its_own_over_all_its_devices():
    rates = Rates(device=0, speaker=RATE)
    assert rates.wait("box", now=0) == 0
    assert rates.spend("box", {"a": FULL - 1, "b": 1}, now=0) == 0
    assert rates.wait("box", now=0) == pytest.approx(1 / RATE)
    assert rates.spend("box", {"c": 1}, now=0) == pytest.approx(1 / RATE)
    assert rates.spend("other", {"c": 1}, now=0) == 0


def test_nought_is_no_limit():
    rates = Rates(device=0, speaker=0)
    assert all(rates.spend("box", {"a": 10**9}, now=0) == 0 for _ in range(3))


@given(st.lists(st.tuples(st.floats(0, 50), st.integers(1, 300)), max_size=40))
def test_never_more_than_the_bucket_the_rate_and_one_message(steps: list[tuple[float, int]]):
    rates, now, taken, largest = Rates(device=RATE, speaker=0), 0.0, 0, 0
    for pause, size in steps:
        now += pause
        if not rates.spend("box", {"a": size}, now):
            taken, largest = taken + size, max(largest, size)
        assert taken <= FULL + now * RATE + largest


def test_it_counts_how_often_each_was_told_to_wait():
    rates = Rates(device=RATE, speaker=10 * RATE)
    assert rates.owe("box", {"a": FULL}, now=0) > 0
    assert rates.spend("box", {"b": FULL}, now=0) == 0
    assert rates.spend("box", {"b": 1}, now=0) > 0
    assert rates.owe("other", {}, now=0, others=10 * FULL) > 0
    assert rates.wait("other", now=0) > 0
    assert rates.wait("third", now=0) == 0
    assert rates.slowed == {"box": 2, "other": 2}


def test_what_is_looked_through_and_not_taken_counts_for_the_log_in():
    rates = Rates(device=RATE, speaker=RATE)
    assert rates.spend("box", {"a": 1}, now=0, others=FULL) == 0
    assert rates.wait("box", now=0) == pytest.approx(2 / RATE)
    assert rates.spend("other", {"a": FULL}, now=0) == 0
    for _ in range(2):
        assert rates.spend("third", {"a": FULL}, now=0) > 0
    assert rates.wait("third", now=0) == pytest.approx(1 / RATE), "counted once, then waited for"
    assert rates.wait("fourth", now=0) == 0
    assert rates.wait("fourth", now=0, device="a") > 0


def test_a_message_owes_for_each_of_its_devices():
    rates = Rates(device=RATE, speaker=0)
    assert rates.owe("box", {"a": 1, "b": FULL}, now=0, others=FULL) == pytest.approx(1 / RATE)
    assert rates.spend("box", {"a": 1}, now=0) == 0


HUNDRED = json.dumps([{"battery": "x"}] * 100).encode()


async def test_over_http_what_is_refused_counts_too():
    async with (
        running(rates=Rates(device=0.5, speaker=0)) as house,
        httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as http,
    ):

        async def status(name: str) -> int:
            head = {"authorization": f"Bearer {name}:{SECRET}", "content-type": "application/json"}
            return (await http.post("/intake", content=HUNDRED, headers=head)).status_code

        assert [await status(SMOKE), await status(SMOKE)] == [202, 429]
        assert await status(OTHERS_SMOKE) == 202
        assert len(house.log.rejected) == 200, "nothing is kept of what was told to wait"


async def test_who_is_slowed_is_told_beside_the_log_and_forgotten_after_an_hour(tmp_path: Path):
    rates, wall = Rates(device=RATE, speaker=0), [1_790_000_000_000]
    with open_log(tmp_path / "log.db") as log, ThreadPoolExecutor(1) as threads:
        watch = SlowedWatch({SLOWED: rates.slowed}, log.notes, threads, lambda: wall[0])

        async def told(after: int) -> Slowed | None:
            wall[0] += after
            await watch.look()
            return slowed_in(log.notes.get(SLOWED), wall[0])

        began = wall[0]
        assert await told(10_000) is None
        for number in range(9):
            for _ in range(number):
                rates.owe(f"box-{number}", {"a": FULL}, now=0)
        most = (("box-8", 8), ("box-7", 7), ("box-6", 6), ("box-5", 5), ("box-4", 4))
        assert await told(10_000) == Slowed(began, rates.slowed.total(), most)
        note = log.notes.get(SLOWED)
        assert await told(SPAN - 20_000) == Slowed(began, 36, most)
        assert log.notes.get(SLOWED) == note, "nothing new, nothing written"
        assert rates.slowed == {}
        assert await told(SPAN) is None
        rates.owe("box-1", {"a": FULL}, now=0)
        assert await told(10_000) == Slowed(began + 2 * SPAN, 1, (("box-1", 1),))
