"""Epoch milliseconds and moments, there and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from xiuhua.epoch import SHANGHAI, millis, moment

MS = st.integers(0, 4_102_444_800_000)


@given(MS)
def test_there_and_back_is_the_same_millisecond(ms: int) -> None:
    assert millis(moment(ms)) == ms
    assert millis(moment(ms).astimezone(SHANGHAI)) == ms


@given(MS, st.integers(0, 999))
def test_a_part_of_a_millisecond_never_makes_it_the_next(ms: int, micros: int) -> None:
    assert millis(moment(ms) + timedelta(microseconds=micros)) == ms


def test_a_moment_is_in_utc() -> None:
    assert moment(1_795_000_000_123) == datetime(2026, 11, 18, 11, 6, 40, 123_000, tzinfo=UTC)
