"""One message in, flat lines out."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiuhua.gateway import fields
from xiuhua.gateway.intake import Form, Message
from xiuhua.gateway.parsing import ITEMS_MOST, READING_LIMIT
from xiuhua.gateway.reasons import Refused
from xiuhua.gateway.roll import Roll
from xiuhua.gateway.shapes import Shape, shape
from xiuhua.kinds import Kind, all_kinds

from .support.people import (
    GATEWAY,
    NOW,
    OTHERS_SMOKE,
    PLAIN_GATEWAY,
    SMOKE,
    SPEAKERS,
    VEHICLE,
    WATER,
    intake,
    take,
)

LINE = b'{"device":"tl04-smoke-0001","time":1790000000000,"obscuration":0.02,"battery":3.0}\n'


def lines(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines()]


def test_a_reading_comes_out_flat_and_in_the_kinds_order():
    taken = take(b'{"battery": 3, "time": 1790000000000, "obscuration": 2e-2}')
    assert taken.body == LINE
    assert (taken.count, taken.accepted, taken.refused) == (1, {"smoke": 1}, [])


@pytest.mark.parametrize(
    "body",
    [
        LINE,
        b"[" + LINE + b"," + LINE + b"]",
        LINE + b"7",
        b'{"battery":3}',
        b'{"battery":3,"rssi":-80}',
        b'{"battery":"3"}',
        b'{"device":"tl04-water-0001","battery":3}',
        b'{"battery":3,"time":9}',
        b'{"battery":3,"time":"2026-09-21T14:13:20Z"}',
        b"{}",
        b"{",
        b"",
        b'\xef\xbb\xbf{"battery":3}',
        b'{"battery":3,"battery":4}',
    ],
)
def test_a_device_that_has_spoken_before_is_taken_in_the_same_way(body: bytes):
    """Whoever has spoken goes a shorter way (`Intake._take_one`); nothing may depend on it."""
    table = intake()
    first = take(body, into=table)
    assert take(LINE, into=table).count == 1, "it has spoken now"
    again = take(body, into=table)
    assert (again.body, again.accepted, again.ignored) == (
        first.body,
        first.accepted,
        first.ignored,
    )
    assert [r.why.reason for r in again.refused] == [r.why.reason for r in first.refused]


def test_whoever_has_spoken_and_leaves_the_roll_is_refused():
    table = intake()
    assert take(LINE, into=table).count == 1
    who = table.roll.get(SMOKE)
    assert who is not None
    table.roll = Roll(speaker for speaker in SPEAKERS if speaker.id != SMOKE)
    taken = table.take(Message(LINE, "mqtt", who, SMOKE, NOW))
    assert [refusal.why.reason for refusal in taken.refused] == ["unknown_device"]


def test_foreign_fields_are_left_out_and_counted():
    taken = take(b'{"battery":3,"time":1790000000000,"obscuration":0.02,"rssi":-80,"fw":{"v":1}}')
    assert taken.body == LINE
    assert taken.ignored == {"smoke": 2}


def test_a_byte_order_mark_and_blanks_do_no_harm():
    assert take(b"\xef\xbb\xbf " + LINE).body == LINE


def test_a_key_that_stands_twice_counts_as_its_last():
    assert take(b'{"obscuration":9,"battery":3,"time":1790000000000,"obscuration":0.02}').body == (
        LINE
    )


def test_without_a_time_the_arrival_counts():
    assert lines(take(b'{"obscuration": 0.02}').body)[0]["time"] == NOW


@pytest.mark.parametrize(
    ("time", "millis"),
    [
        ("2026-09-21T14:13:20Z", 1790000000000),
        ("2026-09-21T22:13:20+08:00", 1790000000000),
        ("2026-09-21t14:13:20.0019z", 1790000000001),
        (NOW + 300_000, NOW + 300_000),  # five minutes ahead and not a millisecond more
        (946_684_800_000, 946_684_800_000),
    ],
)
def test_times(time: object, millis: int):
    taken = take(msgspec.json.encode({"time": time, "obscuration": 0.02}))
    assert lines(taken.body)[0]["time"] == millis


@pytest.mark.parametrize("time", [NOW + 300_001, 946_684_799_999, "2026-09-21T14:13:60Z", "", None])
def test_times_just_outside(time: object):
    assert take(msgspec.json.encode({"time": time, "obscuration": 0.02})).count == 0


def test_an_array_speaks_of_the_topics_device():
    body = b'[{"obscuration":0.01,"time":1790000000000},{"obscuration":0.02,"time":1790000000001}]'
    assert [line["device"] for line in lines(take(body).body)] == [SMOKE, SMOKE]


def test_of_an_array_the_good_are_taken_and_the_bad_refused_by_number():
    taken = take(b'[{"obscuration":0.01},{"obscuration":99},{"obscuration":0.02},7]')
    assert [line["obscuration"] for line in lines(taken.body)] == [0.01, 0.02]
    assert [(r.number, r.why.reason) for r in taken.refused] == [
        (2, "out_of_limits"),
        (4, "not_object"),
    ]
    assert taken.refused[0].record.body == b'{"obscuration":99}'


def test_a_gateway_speaks_for_the_devices_under_it_and_no_others():
    body = b"\n".join(
        b'{"device":"%b","%b":1}' % (name.encode(), field)
        for name, field in [(SMOKE, b"battery"), (OTHERS_SMOKE, b"battery"), (WATER, b"pressure")]
    )
    taken = take(body, speaker=GATEWAY, device=None, form="lines", door="http")
    assert [line["device"] for line in lines(taken.body)] == [SMOKE, WATER]
    assert taken.accepted == {"smoke": 1, "water": 1}
    assert [(r.number, r.why.reason) for r in taken.refused] == [(2, "not_yours")]
    record = taken.refused[0].record
    assert (record.door, record.speaker, record.device) == ("http", GATEWAY, OTHERS_SMOKE)


def test_what_names_a_device_that_is_no_id_is_not_kept_as_one():
    body = b'{"device": "13812345678 Zhang San", "obscuration": 1}'
    taken = take(body, speaker=PLAIN_GATEWAY, device=None)
    assert taken.refused[0].record.device == ""


def test_names_of_fields_are_kept_few_and_short():
    body = msgspec.json.encode({f"{number:0100}": number for number in range(100)})
    names = take(body).refused[0].record.fields
    assert len(names) == 32
    assert {len(name) for name in names} == {64}


@pytest.mark.parametrize("value", ["沪A12345", "3c:22:fb:1d:09:aa", "张三", "13812345678"])
def test_a_value_where_a_name_belongs_is_not_kept_of_personal_kinds(value: str):
    body = msgspec.json.encode({value: 1, "directon": "in"})
    taken = take(body, speaker=VEHICLE, device=VEHICLE)
    assert taken.refused[0].record.fields == ("?", "directon")


def test_text_is_written_as_it_was_meant():
    body = rb'{"media": "a\"\\\u4e2d\ud83d\ude80\n"}'
    taken = take(body, speaker="tl04-camera-0001", device="tl04-camera-0001")
    assert taken.body.count(b"\n") == 1
    assert lines(taken.body)[0]["media"] == 'a"\\中🚀\n'


def test_a_reading_too_long_is_refused_and_not_kept():
    taken = take(b'{"obscuration": 0.02, "note": "%b"}' % (b"x" * READING_LIMIT))
    assert [r.why.reason for r in taken.refused] == ["too_large"]
    assert taken.refused[0].record.body is None


@pytest.mark.parametrize("item", [b"{}", b'{"battery":3}'])
@pytest.mark.parametrize(("start", "between", "end"), [(b"", b"\n", b"\n"), (b"[", b",", b"]")])
def test_too_many_readings_are_refused_as_one(item, start: bytes, between: bytes, end: bytes):
    form: Form = "json" if start else "lines"
    for more in (0, 1):
        taken = take(start + between.join([item] * (ITEMS_MOST + more)) + end, form=form)
        assert taken.count == (0 if more or item == b"{}" else ITEMS_MOST)
    assert [(r.number, r.why.reason) for r in taken.refused] == [(0, "too_many")]


def test_ndjson_does_not_take_an_array_for_senml():
    taken = take(b'[{"n":"obscuration","v":1}]', form="lines")
    assert [r.why.reason for r in taken.refused] == ["not_object"]


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=5)
)


def messages(kind: Kind) -> st.SearchStrategy[dict[str, object]]:
    likely = [
        st.sampled_from(field.choices) if field.choices else st.integers(0, 60) | st.floats(0, 60)
        for field in kind.fields
    ]
    keys = [field.name for field in kind.fields] + ["strange"]
    return st.dictionaries(st.sampled_from(keys), st.one_of(VALUES, *likely))


@given(st.sampled_from(all_kinds()).flatmap(lambda kind: st.tuples(st.just(kind), messages(kind))))
def test_the_quick_way_agrees_with_the_explaining_one(drawn: tuple[Kind, dict[str, object]]):
    """What the strict struct takes, the slow way takes to the same bytes; what it refuses for
    another reason than a foreign field, the slow way refuses too (or takes a whole float)."""
    kind, message = drawn
    known = shape(kind.code)
    assert known is not None
    raw = json.dumps(message, allow_nan=False) if _finite(message) else "{}"
    try:
        quick = msgspec.json.encode(known.one.decode(raw))
    except msgspec.ValidationError:
        quick = None
    slow, foreign = slowly(known, raw)
    if quick is None:
        whole = any(isinstance(value, float) for value in message.values())
        assert slow is None or foreign or whole
    else:
        assert slow == (None if quick == b"{}" else quick)


def slowly(known: Shape, raw: str) -> tuple[bytes | None, int]:
    try:
        values, foreign = fields.read(known, json.loads(raw))
    except Refused:
        return None, 0
    return msgspec.json.encode(values), foreign


def _finite(message: dict[str, object]) -> bool:
    inf = {float("inf"), float("-inf")}
    return all(value == value and value not in inf for value in message.values())  # noqa: PLR0124


@given(st.binary(max_size=200), st.sampled_from(["json", "lines", "senml"]))
def test_no_bytes_whatever_stop_the_door(body: bytes, form: str):
    for speaker, device in ((SMOKE, SMOKE), (GATEWAY, None)):
        taken = take(body, speaker=speaker, device=device, form=form)  # type: ignore[arg-type]
        assert taken.count == taken.body.count(b"\n")
        assert taken.count or taken.refused


JSON = st.recursive(
    VALUES.filter(lambda value: value == value and value not in {float("inf"), float("-inf")}),  # noqa: PLR0124
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["device", "time", "n", "bn", "v", "bt", "t", "obscuration", "bver"]),
            inner,
            max_size=5,
        )
    ),
)


@given(JSON)
def test_no_json_whatever_stops_the_door(message: object):
    body = json.dumps(message).encode()
    for speaker, device in ((SMOKE, SMOKE), (GATEWAY, None)):
        taken = take(body, speaker=speaker, device=device)
        assert taken.count == taken.body.count(b"\n")
        assert taken.count or taken.refused


@pytest.mark.parametrize(
    ("body", "numbers", "refused"),
    [
        (b'{"battery":1}\n{"battery":2}\n', [1, 2], []),
        (b'{"battery":1}\r\n{"battery":2}\r\n', [1, 2], []),
        (b'\n{"battery":1}\n\n{"battery":2}', [2, 4], []),
        (b'{"battery":1} {"battery":2}', [], [1]),
        (b'{"battery":1} {"battery":2}\n \n{"battery":3}', [3], [1]),
        (b'{"battery":\n1}{"battery":2}', [], [1, 2]),
        (b'{"battery":1}\n{"battery":"x"}\n{"battery":3}', [1, 3], [2]),
    ],
)
def test_a_line_is_one_reading_however_lines_are_read(
    body: bytes, numbers: list[int], refused: list[int]
) -> None:
    """Those of one device are read all at once, those of a gateway one by one."""
    named = body.replace(b"{", b'{"device":"%b",' % SMOKE.encode())
    for taken in (
        take(body, form="lines", door="http"),
        take(named, form="lines", door="http", speaker=GATEWAY, device=None),
    ):
        assert list(taken.numbers) == numbers
        assert [refusal.number for refusal in taken.refused] == refused
        assert taken.devices == ({SMOKE: len(numbers)} if numbers else {})
