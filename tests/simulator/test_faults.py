"""What goes wrong on the way is told, and nothing else goes wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiuhua.simulator.faults import EMPTY, PROFILES, Faults, Profile
from xiuhua.simulator.rhythm import DAY, HOUR, MINUTE, SECOND
from xiuhua.simulator.rows import Rows, Span

BLOCK = Span(1_795_017_600_000, 1_795_017_600_000 + 6 * HOUR)
DEVICES = [f"tl01-smoke-{number:04}" for number in range(40)]


def rows(step=10 * SECOND):
    time = np.arange(BLOCK.since, BLOCK.until, step, dtype=np.int64)
    return Rows(time, {"battery": np.full(len(time), 3.0)})


def sent(profile, device=DEVICES[0], seed=5):
    return Faults(seed, profile, iter(DEVICES)).on(device, rows(), BLOCK)


def told(one, fault):
    return [time for it in one.faults if it.fault == fault for time in it.times]


def test_without_faults_everything_arrives_once_and_in_order():
    one = sent(PROFILES["none"])
    assert one.rows.time.tolist() == rows().time.tolist()
    assert one.faults == ()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_what_arrives_is_what_was_said_less_the_lost_plus_the_doubled(seed):
    one = sent(Profile(lost=0.05, doubled=0.05, shuffled=0.1, late=0.05), seed=seed)
    expected = sorted(set(rows().time.tolist()) - set(told(one, "lost")))
    assert sorted(one.rows.time.tolist()) == sorted(expected + told(one, "doubled"))
    assert (np.diff(one.due) >= 0).all()
    assert (one.due >= one.rows.time).all()
    assert one.due[-1] < BLOCK.until


def test_only_the_late_and_the_doubled_come_more_than_two_seconds_after_their_time():
    one = sent(Profile(doubled=0.05, shuffled=0.2, late=0.02))
    slow = set(one.rows.time[one.due - one.rows.time > 2 * SECOND].tolist())
    assert slow <= set(told(one, "late")) | set(told(one, "doubled"))
    assert len(told(one, "late")) > 10
    waits = (one.due - one.rows.time)[np.isin(one.rows.time, told(one, "late"))]
    assert waits.max() <= 10 * MINUTE + 5 * SECOND


def test_rates_are_what_the_profile_says():
    one = sent(Profile(lost=0.1))
    assert len(told(one, "lost")) / len(rows()) == pytest.approx(0.1, abs=0.03)


def test_one_clock_stands_in_1970_and_it_is_told():
    faults = Faults(5, Profile(reset=True), iter(DEVICES))
    wrong = [faults.clocks(device) for device in DEVICES]
    assert [one.fault for one in wrong if one] == ["clock-1970"]
    device = next(one.device for one in wrong if one)
    assert faults.on(device, rows(), BLOCK).rows.time.max() < 90 * DAY


def test_a_skewed_clock_is_off_by_what_is_told():
    faults = Faults(5, Profile(skewed=0.5), iter(DEVICES))
    wrong = [fault for device in DEVICES if (fault := faults.clocks(device))]
    assert 10 < len(wrong) < 30
    for fault in wrong:
        assert abs(fault.amount) <= 20 * SECOND
        off = faults.on(fault.device, rows(), BLOCK).rows.time - rows().time
        assert set(off.tolist()) == {fault.amount}


def test_a_dying_battery_falls_and_then_says_nothing_until_it_is_replaced():
    one = sent(Profile(dying=1.0))
    assert {fault.fault for fault in one.faults} == {"battery"}
    dead = list(one.faults)
    for fault in dead:
        silent = Span(fault.since + 6 * HOUR, fault.until)
        assert not len(one.rows.within(silent))
    if len(one.rows):
        assert EMPTY <= one.rows.columns["battery"].min() <= 3.0


def test_a_dead_line_swallows_what_was_said_meanwhile():
    faults = Faults(5, Profile(offline=1.0), iter(DEVICES))
    heard = [faults.on(device, rows(), BLOCK) for device in DEVICES]
    spells = [(one, fault) for one in heard for fault in one.faults]
    assert spells
    for one, fault in spells:
        assert fault.fault == "offline"
        assert not len(one.rows.within(Span(fault.since, fault.until)))
