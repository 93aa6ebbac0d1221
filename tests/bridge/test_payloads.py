"""A payload made ready for our door: the same reading however often it comes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.support.people import SMOKE, take
from xiuhua.bridge.payloads import LONGEST, ready

AT = 1_790_000_000_000


def lines_of(payload: bytes, *, lines: bool = False, now: int = AT + 5_000) -> list[bytes]:
    """What our door writes into the log."""
    taken = [take(each, device=SMOKE, now=now) for each in ready(payload, AT, lines=lines)]
    assert [each.refused for each in taken] == [[]] * len(taken)
    return [line for each in taken for line in each.body.splitlines()]


@pytest.mark.parametrize(
    ("payload", "times"),
    [
        (b'{"battery":3.0}', [AT]),
        (b' { "battery":3.0}', [AT]),
        (b'\xef\xbb\xbf{"battery":3.0}', [AT]),
        (b'{"time":1780000000000,"battery":3.0}', [1_780_000_000_000]),
        (b'{"battery":3.0,"time":"2026-05-28T20:26:40Z"}', [1_780_000_000_000]),
        (b'[{"battery":3.0},{"battery":2.9,"time":1780000000000}]', [AT, 1_780_000_000_000]),
        (b'[{"n":"battery","u":"V","v":3.0}]', [AT]),
        (b'[{"n":"battery","u":"V","v":3.0,"t":-5}]', [AT - 5_000]),
        (b'[{"bt":-2,"n":"battery","u":"V","v":3.0,"t":-5}]', [AT - 7_000]),
        (b'[{"bt":1780000000,"n":"battery","u":"V","v":3.0}]', [1_780_000_000_000]),
    ],
)
def test_a_reading_without_a_time_gets_that_of_its_arrival(
    payload: bytes, times: list[int]
) -> None:
    found = lines_of(payload)
    assert [json.loads(line)["time"] for line in found] == times
    assert lines_of(payload, now=AT + 90_000) == found, "delivered again it is the same"


def test_lines_are_readings_too() -> None:
    found = lines_of(b'{"battery":3.0}\n\n{"battery":2.9,"time":1780000000000}\n', lines=True)
    assert [json.loads(line)["battery"] for line in found] == [3.0, 2.9]


ENDLESS = b'[{"bt":1%b,"n":"battery","u":"V","v":3.0}]' % (b"1" * 400)
"""Found by fuzzing: a time of so many digits ended the bridge, and came again to the next one."""


@pytest.mark.parametrize(
    "payload", [ENDLESS, b"", b"23.1", b"on", b"{", b"[", b"[1", b"\xff", b"{}"]
)
def test_what_is_no_reading_goes_on_to_be_refused_with_a_reason(payload: bytes) -> None:
    (message,) = ready(payload, AT)
    assert take(message, device=SMOKE).refused


def test_a_large_array_goes_in_several_messages_and_stays_whole() -> None:
    payload = json.dumps([{"battery": n / 10_000} for n in range(5_000)]).encode()
    messages = ready(payload, AT)
    assert max(map(len, messages)) <= LONGEST < len(payload)
    values = [json.loads(line)["battery"] for line in lines_of(payload)]
    assert values == [n / 10_000 for n in range(5_000)]


def test_a_reading_too_large_for_the_door_is_cut_and_so_refused() -> None:
    (message,) = ready(b'{"battery":"' + b"x" * 200_000 + b'"}', AT)
    assert len(message) == LONGEST
    assert [each.why.reason for each in take(message, device=SMOKE).refused] == ["unreadable"]


@given(st.binary(max_size=200), st.booleans())
def test_no_payload_stops_a_bridge(payload: bytes, lines: bool) -> None:
    assert ready(payload, AT, lines=lines)


json_ = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["time", "bt", "n", "t", "v", "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(json_, st.booleans())
def test_no_json_stops_a_bridge(value: object, lines: bool) -> None:
    assert ready(json.dumps(value).encode(), AT, lines=lines)
