"""The fast way and the slow way of reading lines agree on every input."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xiuhua.engine.control import Device, LedgerSet
from xiuhua.engine.decode import _read_slowly, decode
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Data
from xiuhua.engine.scanner import ODD, UNKNOWN, Scanned, scan
from xiuhua.kinds import all_kinds

LEDGER = Ledger()
LEDGER.put(
    LedgerSet(
        tuple(
            Device(id=f"d-{kind.code}-{n}", kind=kind.code, site="s", place="p")
            for kind in all_kinds()
            for n in range(2)
        )
    )
)
DEVICES = list(LEDGER.kind_of)
FIELDS = sorted({field.name for kind in all_kinds() for field in kind.fields})
CHOICES = sorted({c for kind in all_kinds() for field in kind.fields for c in field.choices})


def both_ways(line: bytes) -> None:
    """Read a line by the scanner and by msgspec, and compare; a line that the scanner leaves to
    msgspec agrees by nature."""
    fast = scan(line + b"\n", 1, LEDGER.shapes, LEDGER.roll)
    if fast.kind[0] == ODD:
        return
    slow = scan(b"?\n", 1, LEDGER.shapes, LEDGER.roll)
    _read_slowly(line, 1, LEDGER, slow, 0)
    assert seen(fast) == seen(slow), line


def seen(scanned: Scanned) -> tuple[Any, ...]:
    kind = int(scanned.kind[0])
    if kind == UNKNOWN:
        return (kind,)
    values = [None if np.isnan(v) else (v, np.signbit(v)) for v in scanned.values[0].tolist()]
    return kind, int(scanned.slot[0]), int(scanned.time[0]), values


ODD_NUMBERS = "-0 -0.0 0.1 00 01 1. .5 1e5 1E-3 +1 NaN 123456789012345 1234567890123456"
numbers = st.one_of(
    st.integers(-(10**17), 10**17).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1000, 1000, places=4).map(str),
    st.sampled_from([*ODD_NUMBERS.split(), "0.30000000000000004", "1" * 40]),
)
words = st.one_of(
    st.sampled_from([*CHOICES, *DEVICES, "", "v-00ff", "é", "汉", "\\n", '\\"', "\\u0041", "\x7f"]),
    st.text(max_size=6).map(lambda text: json.dumps(text, ensure_ascii=False)[1:-1]),
)
values = st.one_of(
    numbers,
    words.map(lambda word: f'"{word}"'),
    st.sampled_from(["true", "false", "null", "tru", "nulll", "[]", "{}", '{"a":1}', "[1,2]", ""]),
)
keys = st.one_of(
    st.sampled_from([*FIELDS, "device", "time", "other", "Battery", "battery ", "é"]), words
)
fields = st.lists(st.tuples(keys, values), max_size=6).map(
    lambda pairs: "".join(f',"{key}":{value}' for key, value in pairs)
)
spaces = st.sampled_from(["", "", "", " ", "\t"])
lines = st.builds(
    lambda head, who, time, rest, tail: f'{head}{{"device":"{who}","time":{time}{rest}}}{tail}',
    spaces, st.one_of(st.sampled_from(DEVICES), words), numbers, fields,
    st.sampled_from(["", "", "", " ", ",", "}", "\0"]),
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(line=lines)
@example('{"device":"d-smoke-0","time":1,"battery":1,"battery":null}')
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
    return int(scan(line + b"\n", 1, LEDGER.shapes, LEDGER.roll).kind[0])


def test_what_the_door_writes_goes_the_fast_way() -> None:
    """Were plain lines left to the slow way, everything would still agree, and be slow."""
    for kind in all_kinds():
        line: dict[str, Any] = {"device": f"d-{kind.code}-1", "time": 1_790_000_000_000}
        for field in kind.fields:
            plain = {"number": -1.25, "count": 3, "bool": True, "token": "v-00ff"}
            line[field.name] = field.choices[-1] if field.type == "choice" else plain[field.type]
        assert scan_kind(json.dumps(line, separators=(",", ":")).encode()) >= 0, line
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
