"""What arrives is what history tells."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.history.conftest import DAY, DOOR, HOUR, NOON, OTHER_SMOKE, SMOKE, Past, reading
from xiuhua.engine.records import Data
from xiuhua.history.errors import UnreadablePack
from xiuhua.history.layout import day_of, polars_schema


def test_a_reading_comes_back_with_its_fields_and_what_the_log_said(past: Past) -> None:
    past.add(reading(SMOKE, NOON - 5, obscuration=0.02, temperature=24.1, battery=3))
    past.checkpoint()
    (row,) = past.history.readings(SMOKE, NOON - HOUR, NOON).to_dicts()
    assert row == {
        "device": SMOKE,
        "time": datetime.fromtimestamp((NOON - 5) / 1000, UTC),
        "position": 1,
        "arrival": datetime.fromtimestamp(NOON / 1000, UTC),
        "late": False,
        "obscuration": 0.02,
        "temperature": 24.1,
        "battery": 3.0,
    }


@pytest.mark.parametrize("token", ["卡-7f3a", "क", "𠮷野家", 'a"b\\c', "\u2028", " ", "e\u0301"])
def test_tokens_come_back_letter_by_letter(past: Past, token: str) -> None:
    past.add(reading(DOOR, NOON, event="card", card=token, granted=True, open=False))
    past.checkpoint()
    row = past.history.latest(DOOR)
    assert row is not None
    assert (row["event"], row["card"], row["granted"], row["open"]) == ("card", token, True, False)


def test_null_and_absent_fields_are_null(past: Past) -> None:
    past.add(reading(DOOR, NOON, event="open", card=None), reading(DOOR, NOON + 1, open=True))
    past.checkpoint()
    rows = past.history.readings(DOOR, NOON, NOON + HOUR)
    assert rows["card"].to_list() == [None, None]
    assert rows["event"].to_list() == ["open", None]
    assert rows["open"].to_list() == [None, True]


def test_late_rows_are_there_and_marked(past: Past) -> None:
    past.add(reading(SMOKE, NOON, battery=3.1), reading(SMOKE, NOON - HOUR, battery=3.2), late=(1,))
    past.checkpoint()
    rows = past.history.readings(SMOKE, NOON - DAY, NOON + 1)
    assert rows["battery"].to_list() == [3.2, 3.1]
    assert rows["late"].to_list() == [True, False]


def test_rows_lie_by_day_of_arrival_in_shanghai_site_and_kind(past: Past) -> None:
    almost_midnight = NOON + 12 * HOUR - 1
    past.add(reading(SMOKE, NOON), reading(DOOR, NOON), at=almost_midnight)
    past.add(reading(SMOKE, NOON + 1), reading(OTHER_SMOKE, NOON), at=almost_midnight + 1)
    assert [(part.day, part.site, part.kind, part.rows) for part in past.checkpoint()] == [
        ("2025-11-23", "tl04", "door", 1),
        ("2025-11-23", "tl04", "smoke", 1),
        ("2025-11-24", "tl01", "smoke", 1),
        ("2025-11-24", "tl04", "smoke", 1),
    ]
    assert len(past.history.readings(SMOKE, NOON, NOON + 2)) == 2


def test_a_part_says_what_it_holds(past: Past) -> None:
    past.add(reading(SMOKE, NOON + 7), reading(SMOKE, NOON))
    past.add(reading(SMOKE, NOON + 3))
    (part,) = past.checkpoint()
    file = past.root / part.path
    name = r"kind=smoke/day=2025-11-23/site=tl04/000000000001-000000000002-[0-9a-f]{8}\.parquet"
    assert re.fullmatch(name, part.path)
    assert (part.first_position, part.last_position) == (1, 2)
    assert (part.since, part.until, part.rows) == (NOON, NOON + 7, 3)
    assert part.bytes == file.stat().st_size
    assert pq.read_schema(file).names == list(polars_schema("smoke"))
    times = pq.read_table(file)["time"].to_pylist()
    assert times == sorted(times)


def test_writing_again_after_a_crash_makes_the_same_files(past: Past, tmp_path: Path) -> None:
    def live(writing: Past) -> dict[str, bytes]:
        for minute in range(50):
            lines = [reading(d, NOON + minute % 7, battery=minute) for d in (SMOKE, OTHER_SMOKE)]
            writing.add(*lines, at=NOON + minute)
        return {part.path: (writing.root / part.path).read_bytes() for part in writing.checkpoint()}

    first = live(past)
    again = live(Past(past.root))
    elsewhere = live(Past(tmp_path / "elsewhere"))
    assert first == again == elsewhere
    assert len(past.manifest.parts()) == 2


def test_what_no_manifest_names_is_not_there(past: Past) -> None:
    past.add(reading(SMOKE, NOON, battery=3.1))
    past.writer.flush()
    assert past.history.latest(SMOKE) is None
    assert past.history.scan("smoke").collect().height == 0


def test_readings_of_unknown_devices_are_counted(past: Past) -> None:
    past.add(reading("tl99-smoke-0001", NOON), reading(SMOKE, NOON))
    assert (past.writer.unknown, past.writer.waiting) == (1, 1)
    assert [part.rows for part in past.checkpoint()] == [1]
    assert past.writer.waiting == 0
    assert past.checkpoint() == []


@pytest.mark.parametrize(
    ("body", "count", "why"),
    [
        (b'{"device":"tl04-smoke-0007","time":1}\n', 2, "1 lines instead of 2"),
        (b'{"time":1,"device":"tl04-smoke-0007"}\n', 1, "does not begin with its device"),
        (b'{"device":"tl04-smoke-\\u0030007","time":1}\n', 1, "backslash"),
        (b'{"device":"tl04-smoke-0007"}\n', 1, "missing required field `time`"),
        (b'{"device":"tl04-smoke-0007","time":1,"battery":"full"}\n', 1, "battery"),
        (b'{"device":"tl04-smoke-0007","time":1,\n', 1, "truncated"),
    ],
)
def test_a_pack_that_no_door_wrote_is_named(past: Past, body: bytes, count: int, why: str) -> None:
    past.add(reading(SMOKE, NOON))
    with pytest.raises(UnreadablePack, match=f"log position 77 cannot be read: .*{why}"):
        _write(past, Data(77, NOON, count, body))


def _write(past: Past, pack: Data) -> None:
    past.writer.add(pack)
    past.writer.flush()


def test_a_flush_that_failed_can_be_tried_again(past: Past) -> None:
    past.add(reading(SMOKE, NOON))
    past.root.parent.mkdir(exist_ok=True)
    past.root.write_bytes(b"in the way")
    with pytest.raises(OSError, match="history"):
        past.writer.flush()
    past.root.unlink()
    assert [part.rows for part in past.checkpoint()] == [1]


def test_the_day_is_shanghais() -> None:
    assert day_of(NOON) == "2025-11-23"
    assert day_of(NOON + 12 * HOUR) == "2025-11-24"
    assert day_of(NOON + 12 * HOUR - 1) == "2025-11-23"


def test_the_memory_of_pandas_is_not_spent() -> None:
    """Every process that writes history would carry 40 MB more."""
    code = (
        "import sys, tests.history.test_round_trip as t, pathlib, tempfile\n"
        "past = t.Past(pathlib.Path(tempfile.mkdtemp()))\n"
        "past.add(t.reading(t.SMOKE, t.NOON, battery=3))\n"
        "past.checkpoint(); past.history.latest(t.SMOKE)\n"
        "sys.exit('pandas' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
