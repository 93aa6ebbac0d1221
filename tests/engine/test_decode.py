"""The fast way and the slow way of reading lines agree on every input."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xiuhua.engine.columns import Rows, digests
from xiuhua.engine.control import Device, LedgerSet
from xiuhua.engine.decode import _read_slowly, decode
from xiuhua.engine.eights import PADDING
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Data
from xiuhua.engine.scanner import ODD, UNKNOWN, Scanned, Shapes, scan
from xiuhua.kinds import Field, Kind, all_kinds

ODD_WORDS = (
    "time",
    "device",
    "é",
    'a"b',
    "a\\b",
    "",
    "eightful",
    "sixteen-letters!",
    "seventeen-letters",
)
STRANGE = Kind(
    code="strange", zh="怪", en="Strange", interval=None,
    fields=(
        *(Field(name=word, type="number", zh="怪", en="Odd") for word in ODD_WORDS[2:]),
        Field(name="pick", type="choice", zh="选", en="Pick", choices=ODD_WORDS),
    ),
)  # fmt: skip
"""A kind whose words try what the scanner compares with."""
KINDS = (*all_kinds(), STRANGE)
IDS = [(f"d-{kind.code}-{n}", kind.code) for kind in all_kinds() for n in range(2)]
IDS += [(word, STRANGE.code) for word in ODD_WORDS]
LEDGER = Ledger()
LEDGER.put(LedgerSet(tuple(Device(id=name, kind=code, site="s", place="p") for name, code in IDS)))
LEDGER._shapes = Shapes.of(KINDS)
DEVICES = list(LEDGER.kind_of)
FIELDS = sorted({field.name for kind in KINDS for field in kind.fields})
CHOICES = sorted({c for kind in KINDS for field in kind.fields for c in field.choices})


def both_ways(line: bytes) -> None:
    """Read a line by the scanner and by msgspec, and compare; a line that the scanner leaves to
    msgspec agrees by nature."""
    fast = scan(line + b"\n" + PADDING, 1, LEDGER.shapes, LEDGER.roll)
    if fast.kind[0] == ODD:
        return
    slow = blank()
    _read_slowly(line, 1, LEDGER, slow, 0)
    assert seen(fast) == seen(slow), line


def blank() -> Scanned:
    """Room for one line that the slow way reads."""
    return scan(b"?\n" + PADDING, 1, LEDGER.shapes, LEDGER.roll)


def seen(scanned: Scanned) -> tuple[Any, ...]:
    kind = int(scanned.kind[0])
    if kind == UNKNOWN:
        return (kind,)
    own = scanned.values[0, : len(LEDGER.shapes.kinds[kind].fields)].tolist()
    values = [None if np.isnan(v) else (v, bool(np.signbit(v))) for v in own]
    return kind, int(scanned.slot[0]), int(scanned.time[0]), values


ODD_NUMBERS = "-0 -0.0 0.1 00 01 1. .5 1e5 1E-3 +1 NaN 123456789012345 1234567890123456"
numbers = st.one_of(
    st.integers(-(10**17), 10**17).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1000, 1000, places=4).map(str),
    st.sampled_from([*ODD_NUMBERS.split(), "0.30000000000000004", "1" * 40]),
)
odd_letters = st.sampled_from(
    ["é", "汉", "\\n", '\\"', "\\u0041", "\\", "\x7f", "\x1f", "\0", "~", " "]
)
long_words = st.builds(lambda a, odd, b: "x" * a + odd + "y" * b, st.integers(0, 18), odd_letters,
                       st.integers(0, 18))  # fmt: skip
words = st.one_of(
    st.sampled_from([*CHOICES, *DEVICES, *FIELDS, "", "v-00ff", "1.5", "2026-11-25T19:42:04Z"]),
    long_words,
    st.text(max_size=24).map(lambda text: json.dumps(text, ensure_ascii=False)[1:-1]),
)
values = st.one_of(
    numbers,
    words.map(lambda word: f'"{word}"'),
    st.sampled_from(["true", "false", "null", "tru", "nulll", "[]", "{}", '{"a":1}', "[1,2]", ""]),
    st.sampled_from(['{"time":2}', '[{"device":"d-arc-0"}]', "TRUE", "truefalse", "Infinity", '"']),
)
times = st.one_of(numbers, numbers, words.map(lambda word: f'"{word}"'), values)
keys = st.one_of(
    st.sampled_from([*FIELDS, "device", "time", "other", "Battery", "battery ", "é"]), words
)
fields = st.lists(st.tuples(keys, values), max_size=6).map(
    lambda pairs: "".join(f',"{key}":{value}' for key, value in pairs)
)
spaces = st.sampled_from(["", "", "", " ", "\t"])
lines = st.builds(
    lambda head, who, time, rest, tail: f'{head}{{"device":"{who}","time":{time}{rest}}}{tail}',
    spaces, st.one_of(st.sampled_from(DEVICES), words), times, fields,
    st.sampled_from(["", "", "", " ", ",", "}", "\0"]),
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(line=lines)
@example('{"device":"d-smoke-0","time":1,"battery":1,"battery":null}')
@example('{"device":"d-smoke-0","time":1,"battery":"3.1"}')
@example('{"device":"eightful","time":1,"eightful":2,"sixteen-letters!":3,"pick":"eightful"}')
@example('{"device":"seventeen-letters","time":1,"":4,"pick":""}')
@example('{"device":"","time":1,"é":4,"seventeen-letters":5,"pick":"seventeen-letters"}')
@example('{"device":"a"b","time":1}')
@example('{"device":"eightful","time":1,"a"b":4}')
@example('{"device":"d-smoke-0","time":"2026-11-25T19:42:04Z"}')
@example('{"device":"d-smoke-0","time":1,"device":"d-arc-0"}')
@example('{"device":"d-smoke-00","time":1}')
@example('{"device":"d-smoke-","time":1}')
@example('{"device":"d-smoke-0","time":1,"battery":1,"battery":"x"}')
@example('{"device":"d-smoke-0","time":1,"battery":1,"time":2}')
@example('{"device":"d-door-1","time":1,"event":"forced","card":null,"open":true}')
def test_the_fast_way_reads_what_the_slow_way_reads(line: str) -> None:
    try:
        both_ways(line.encode())
    except ValueError:
        assert scan_kind(line.encode()) == ODD, line


@settings(max_examples=1500, deadline=None)
@given(line=lines, at=st.integers(0, 200), byte=st.binary(max_size=2))
def test_not_even_when_bytes_are_hurt(line: str, at: int, byte: bytes) -> None:
    whole = line.encode()
    hurt = (whole[: at % len(whole)] + byte + whole[at % len(whole) + 1 :]).replace(b"\n", b"")
    try:
        both_ways(hurt)
    except ValueError:
        assert scan_kind(hurt) == ODD, hurt


def scan_kind(line: bytes) -> int:
    return int(scan(line + b"\n" + PADDING, 1, LEDGER.shapes, LEDGER.roll).kind[0])


@settings(max_examples=300, deadline=None)
@given(pack=st.lists(lines, min_size=1, max_size=12))
def test_a_pack_is_read_line_by_line(pack: list[str]) -> None:
    """Whatever stands before or after a line changes nothing about it, and each kind's rows come in
    the order of the log."""
    good = [line.encode() for line in pack if readable(line.encode())]
    body = b"".join(line + b"\n" for line in good)
    decoded = decode([Data(1, 10**15, len(good), body)], LEDGER)
    expected: dict[int, list[Any]] = {}
    for at, line in enumerate(good):
        slow = blank()
        _read_slowly(line, 1, LEDGER, slow, 0)
        expected.setdefault(int(slow.kind[0]), []).append((at, *seen(slow)[1:]))
    assert decoded.unknown == len(expected.pop(UNKNOWN, []))
    for number, of in enumerate(LEDGER.shapes.kinds):
        rows = decoded.rows.get(of.code)
        got = [] if rows is None else listed(rows)
        assert got == [(at, s, min(t, 10**15), v) for at, s, t, v in expected.get(number, [])]


def readable(line: bytes) -> bool:
    try:
        _read_slowly(line, 1, LEDGER, blank(), 0)
    except ValueError:
        return False
    return b"\n" not in line


def listed(rows: Rows) -> list[tuple[Any, ...]]:
    of_row = [[None if np.isnan(v) else (v, bool(np.signbit(v))) for v in row.tolist()]
              for row in rows.values.T]  # fmt: skip
    return list(
        zip(rows.line.tolist(), rows.slot.tolist(), rows.time.tolist(), of_row, strict=True)
    )


@settings(max_examples=300, deadline=None)
@given(data=st.data(), count=st.integers(0, 5), width=st.integers(0, 3))
def test_a_digest_is_of_time_and_values(data: st.DataObject, count: int, width: int) -> None:
    """Equal readings have equal digests whatever NaN they hold; any difference makes another."""
    floats = st.lists(st.floats(), min_size=count, max_size=count)
    values = np.array([data.draw(floats) for _ in range(width)]).reshape(width, count)
    time = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)), np.int64
    )
    told = [(t, *(None if np.isnan(v) else v.hex() for v in row.tolist()))
            for t, row in zip(time.tolist(), values.T, strict=True)]  # fmt: skip
    found = digests(time, values).tolist()
    assert len(set(zip(told, found, strict=True))) == len(set(told)) == len(set(found))
    assert 0 not in found


def test_a_line_and_a_column_have_the_same_digest() -> None:
    """The fast way, the slow way and a table of columns know one another's readings."""
    fast = b'{"device":"d-smoke-0","time":50,"battery":3}\n'
    odd = b'{"device":"d-smoke-0", "time":50,"battery":3.0,"temperature":null}\n'
    rows = decode([Data(1, 40, 2, fast + odd)], LEDGER).rows["smoke"]
    assert rows.time.tolist() == [40, 40]
    expected = digests(np.array([50]), np.array([[np.nan], [-np.nan], [3.0]]))[0]
    assert rows.digest.tolist() == [expected] * 2


def test_what_the_door_writes_goes_the_fast_way() -> None:
    """Were plain lines left to the slow way, everything would still agree, and be slow."""
    for kind in all_kinds():
        line: dict[str, Any] = {"device": f"d-{kind.code}-1", "time": 1_790_000_000_000}
        for field in kind.fields:
            plain = {"number": -1.25, "count": 3, "bool": True, "token": "v-00ff"}
            line[field.name] = field.choices[-1] if field.type == "choice" else plain[field.type]
        assert scan_kind(json.dumps(line, separators=(",", ":")).encode()) >= 0, line
    words = b',"eightful":1,"sixteen-letters!":2,"seventeen-letters":3,"pick":"sixteen-letters!"}'
    assert scan_kind(b'{"device":"seventeen-letters","time":1' + words) == len(KINDS) - 1
    assert scan_kind(b'{"device":"nobody","time":1,"open":true,"card":"x","a":-1.5}') == UNKNOWN


def test_rows_know_their_pack_and_line() -> None:
    ledger = Ledger()
    ledger.put(LedgerSet((Device(id="a", kind="smoke", site="s", place="p"),)))
    line = b'{"device":"a","time":5,"battery":3}\n'
    odd = b'{"device":"a", "time":6,"battery":4}\n'
    decoded = decode([Data(7, 50, 2, line + odd), Data(8, 60, 1, line)], ledger)
    rows = decoded.rows["smoke"]
    assert rows.position.tolist() == [7, 7, 8]
    assert rows.line.tolist() == [0, 1, 0]
    assert rows.time.tolist() == [5, 6, 5]
    assert rows.arrival.tolist() == [50, 50, 60]
    assert rows.values[2].tolist() == [3.0, 4.0, 3.0]


@pytest.mark.parametrize(
    ("body", "count", "words"),
    [
        (b'{"device":"a","time":1}\n', 2, "position 9 holds 1 lines, not 2"),
        (b'{"device":"a","time":1}', 1, "position 9 holds 0 lines, not 1"),
        (b"not json\n", 1, "position 9 cannot be read"),
        (b"\xff\xfe\n", 1, "position 9 cannot be read"),
        (b"[1]\n", 1, "position 9 cannot be read"),
    ],
)
def test_a_damaged_pack_is_named(body: bytes, count: int, words: str) -> None:
    good = Data(8, 0, 1, b'{"device":"d-smoke-0","time":1}\n')
    with pytest.raises(ValueError, match=words):
        decode([good, Data(9, 0, count, body)], LEDGER)
