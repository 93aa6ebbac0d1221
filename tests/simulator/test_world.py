"""What the neighbourhood says: repeatable, each device by itself, within the limits of its kind."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua import kinds
from xiuhua.simulator.rhythm import HOUR, MINUTE, SECOND
from xiuhua.simulator.rows import Span, as_instrument
from xiuhua.simulator.schedule import Demo, Natural
from xiuhua.simulator.world import block_of, block_span

from .hood import SITE, device, world

START = 1_795_000_000_000


def lines(of, since=START, until=START + 20 * MINUTE):
    return [spoken.line() for spoken in of.stream(since, until)]


def test_the_same_seed_says_the_same_bytes_and_another_seed_does_not():
    first, again, other = (
        lines(world(seed=seed, faults="rough", schedule=Natural)) for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("faults", ["none", "rough"])
def test_one_more_device_leaves_the_others_unchanged(faults):
    further = device("smoke", 77, f"{SITE}-b002", "stairwell")
    before = lines(world(faults=faults))
    after = lines(world(further, faults=faults))
    assert [line for line in after if b"smoke-0077" not in line] == before
    assert len(after) > len(before)


def test_a_stream_begun_later_says_the_rest_of_the_same():
    speaking = world(faults="usual", schedule=lambda scene: Demo(scene, start=START, speed=1))
    cut = START + 8 * MINUTE
    whole = lines(speaking)
    assert lines(speaking, START, cut) + lines(speaking, cut) == whole


def test_readings_come_in_order_of_the_time_they_are_due():
    due = [spoken.due for spoken in world(faults="rough").stream(START, START + HOUR)]
    assert due == sorted(due)
    assert due[0] >= START
    assert due[-1] < START + HOUR


def test_without_faults_nobody_speaks_before_it_is_time():
    for spoken in world().stream(START, START + 10 * MINUTE):
        assert spoken.time <= spoken.due < spoken.time + SECOND


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**40), number=st.integers(60_000, 90_000))
def test_every_value_lies_within_the_limits_of_its_field(seed, number):
    speaking = world(seed=seed, faults="rough", schedule=Natural)
    for one in speaking.devices:
        rows = speaking.block(one, number).rows
        kind = kinds.kind(one.kind)
        assert set(rows.columns) == {field.name for field in kind.fields}
        for field in kind.fields:
            values = rows.columns[field.name].tolist()
            check(field, [value for value in values if not unsaid(value)])
            assert field.nullable or not any(map(unsaid, values)), field


def unsaid(value):
    return value is None or (isinstance(value, float) and math.isnan(value))


def check(field, values):
    if field.type in {"number", "count"}:
        assert all(field.low <= value <= field.high for value in values), field
    if field.type == "choice":
        assert set(values) <= set(field.choices)
    if field.type == "bool":
        assert set(values) <= {True, False}
    if field.type == "token":
        assert all(isinstance(value, str) and value for value in values)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**40), number=st.integers(60_000, 90_000))
def test_a_healthy_device_is_never_silent_for_longer_than_its_kinds_interval(seed, number):
    speaking = world(seed=seed, schedule=Natural)
    both = Span(block_span(number).since, block_span(number + 1).until)
    dark = {
        device
        for one in speaking.schedule.between(both)
        if one.script.code == "power-cut"
        for device in one.devices
    }
    for one in speaking.devices:
        interval = kinds.kind(one.kind).interval
        if interval is not None and one.id not in dark:
            time = np.concatenate([speaking.block(one, number + at).rows.time for at in (0, 1)])
            assert np.diff(np.sort(time)).max() <= interval.total_seconds() * 1_000, one.id


def test_a_block_holds_what_was_said_within_it_and_blocks_follow_each_other():
    speaking = world(schedule=Natural)
    for number in (74_000, 74_001):
        span = block_span(number)
        assert block_of(span.since) == block_of(span.until - 1) == number
        for one in speaking.devices:
            time = speaking.block(one, number).rows.time
            assert (time >= span.since).all()
            assert (time < span.until).all()


def test_the_instrument_rounds_and_keeps_within_limits():
    speaking = world(only=("smoke",))
    rows = speaking.block(speaking.devices[0], 74_000).rows
    wild = rows.take(np.arange(2))
    wild.columns["obscuration"][:] = (-1.0, 0.123456)
    assert as_instrument(kinds.kind("smoke"), wild).columns["obscuration"].tolist() == [0.0, 0.1235]


def test_a_kind_without_a_signal_is_named_as_mute():
    foreign = device("radon", 1, f"{SITE}-b001")
    speaking = world(foreign)
    assert speaking.mute == ["radon"]
    assert foreign not in speaking.devices


def test_the_door_opens_only_after_a_key_and_falls_shut_again():
    speaking = world(only=("door",))
    for one in speaking.devices:
        rows = speaking.block(one, 74_002).rows
        events = [event for event in rows.columns["event"].tolist() if event is not None]
        assert events[1::3] == ["open"] * (len(events) // 3)
        assert events[2::3] == ["close"] * (len(events) // 3)
        assert set(events[0::3]) <= {"card", "button", "remote"}


def test_spans_overlap_where_they_share_a_moment():
    assert Span(0, 10).overlaps(9, 20)
    assert not Span(0, 10).overlaps(10, 20)
