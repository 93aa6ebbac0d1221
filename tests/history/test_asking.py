"""Questions to history and their answers, against plain Python on the same readings."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from statistics import fmean

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.history.conftest import DAY, DOOR, HOUR, MINUTE, NOON, OTHER_SMOKE, SMOKE, Past, reading
from xiuhua.history import export
from xiuhua.history.errors import PartDamaged, PartMissing
from xiuhua.history.layout import Home, part_path, polars_schema
from xiuhua.history.parts import Part
from xiuhua.history.reader import History

HOT = {30, 31, 32}


def temperature(minute: int) -> float:
    return 80.5 if minute in HOT else 20.25 + minute % 10


@pytest.fixture
def two_hours(past: Past) -> Past:
    """A reading a minute of two devices, in twelve parts, each reading of one of them twice."""
    for minute in range(120):
        time = NOON + minute * MINUTE
        line = reading(SMOKE, time, temperature=temperature(minute), obscuration=0.01)
        past.add(line, reading(OTHER_SMOKE, time, temperature=5.0), at=time)
        past.add(line, at=time + 500)
        if minute % 20 == 19:
            past.checkpoint()
    return past


def test_readings_are_in_order_and_duplicates_count_once(two_hours: Past) -> None:
    rows = two_hours.history.readings(SMOKE, NOON + 10 * MINUTE, NOON + 100 * MINUTE)
    assert rows["temperature"].to_list() == [temperature(minute) for minute in range(10, 100)]
    assert rows["time"].is_sorted()
    assert set(rows["device"]) == {SMOKE}


def test_two_people_within_a_second_are_two(past: Past) -> None:
    for token in ("a", "b", "a"):
        past.add(reading(DOOR, NOON, event="card", card=token))
    past.checkpoint()
    assert past.history.readings(DOOR, NOON, NOON + 1)["card"].to_list() == ["a", "b"]


def test_until_is_not_included(two_hours: Past) -> None:
    assert len(two_hours.history.readings(SMOKE, NOON, NOON + MINUTE)) == 1
    assert len(two_hours.history.readings(SMOKE, NOON, NOON)) == 0


@pytest.mark.parametrize("points", [1, 7, 12, 500])
def test_a_series_tells_each_stretch_as_plain_python_does(two_hours: Past, points: int) -> None:
    since, until = NOON + 3 * MINUTE, NOON + 117 * MINUTE
    width = -(-(until - since) // points)
    stretches: dict[int, list[float]] = {}
    for minute in range(3, 117):
        start = since + (minute - 3) * MINUTE // width * width
        stretches.setdefault(start, []).append(temperature(minute))

    series = two_hours.history.series(SMOKE, "temperature", since, until, points)

    assert series["time"].to_physical().to_list() == list(stretches)
    assert series["min"].to_list() == [min(values) for values in stretches.values()]
    assert series["max"].to_list() == [max(values) for values in stretches.values()]
    assert series["mean"].to_list() == pytest.approx([*map(fmean, stretches.values())])
    assert series["count"].to_list() == [*map(len, stretches.values())]
    assert len(series) <= points


def test_a_series_of_truth_is_the_share_of_it(past: Past) -> None:
    past.add(*(reading(DOOR, NOON + at, open=at != 0) for at in range(4)))
    past.checkpoint()
    series = past.history.series(DOOR, "open", NOON, NOON + 4, 1)
    assert series.drop("time").to_dicts() == [{"min": 0.0, "mean": 0.75, "max": 1.0, "count": 4}]


def test_a_series_leaves_out_what_was_not_said(past: Past) -> None:
    past.add(reading(SMOKE, NOON, battery=3.0), reading(SMOKE, NOON + MINUTE, temperature=20))
    past.checkpoint()
    assert len(past.history.series(SMOKE, "battery", NOON, NOON + HOUR, 60)) == 1


@pytest.mark.parametrize("field", ["card", "event", "colour"])
def test_a_series_of_words_is_refused(past: Past, field: str) -> None:
    with pytest.raises(ValueError, match=f"'{field}' cannot be drawn.* these can: .*open"):
        past.history.series(DOOR, field, NOON, NOON + 1, 1)


def test_an_unknown_device_is_said(past: Past) -> None:
    for ask in (
        lambda: past.history.latest("tl99-smoke-0001"),
        lambda: past.history.readings("tl99-smoke-0001", 0, 1),
        lambda: past.history.series("tl99-smoke-0001", "battery", 0, 1, 1),
    ):
        with pytest.raises(LookupError, match=r"tl99-smoke-0001.*ledger"):
            ask()


def test_the_latest_is_the_newest_by_event_time(past: Past) -> None:
    assert past.history.latest(SMOKE) is None
    for age in range(6):  # the newest arrives first
        past.add(reading(SMOKE, NOON - age * MINUTE, battery=float(age)), at=NOON + age)
        past.checkpoint()
    newest = past.history.latest(SMOKE)
    assert newest is not None
    assert newest["battery"] == 0.0


def test_of_two_readings_at_one_time_the_latest_is_the_one_that_came_last(past: Past) -> None:
    for battery in (3.0, 2.9):
        past.add(reading(SMOKE, NOON, battery=battery))
        past.checkpoint()
    newest = past.history.latest(SMOKE)
    assert newest is not None
    assert newest["battery"] == 2.9


def test_the_latest_of_a_device_that_went_quiet_long_ago_is_found(past: Past) -> None:
    past.add(reading(SMOKE, NOON - 30 * DAY, battery=2.4))
    past.checkpoint()
    for minute in range(6):
        past.add(reading("tl04-smoke-0008", NOON + minute, battery=3.0))
        past.checkpoint()
    newest = past.history.latest(SMOKE)
    assert newest is not None
    assert newest["battery"] == 2.4


def test_a_scan_narrows_by_site_device_and_time(two_hours: Past) -> None:
    scan = two_hours.history.scan
    assert scan("smoke").collect().height == 360
    assert scan("smoke", site="tl01").collect().height == 120
    assert scan("smoke", devices=[OTHER_SMOKE, "none"]).collect().height == 120
    assert scan("smoke", since=NOON + HOUR, until=NOON + HOUR + 1).collect().height == 3
    assert scan("door").collect().height == 0


def test_a_scan_can_be_narrowed_further_by_the_caller(two_hours: Past) -> None:
    rows = two_hours.history.scan("smoke")
    assert rows.filter(pl.col("temperature") > 80).select("device").collect().height == 6
    assert rows.select(pl.col("obscuration").mean()).collect().item() == pytest.approx(0.01)
    assert rows.head(50).collect().height == 50
    assert rows.filter(pl.col("temperature") > 80).head(5).collect().height == 5
    assert rows.select(pl.len()).collect().item() == 360


@pytest.mark.parametrize("span", [{"since": NOON + HOUR}, {"until": NOON + HOUR}])
def test_a_scan_reads_only_parts_of_its_time(two_hours: Past, span: dict[str, int]) -> None:
    earlier = [part for part in two_hours.manifest.parts() if part.until < NOON + HOUR]
    later = [part for part in two_hours.manifest.parts() if part.since >= NOON + HOUR]
    for part in earlier if "since" in span else later:
        (two_hours.root / part.path).unlink()
    assert len(earlier) == len(later) == 6
    assert two_hours.history.scan("smoke", **span).collect().height == 180


def test_a_field_that_came_later_is_null_in_older_parts(past: Past) -> None:
    past.add(reading(SMOKE, NOON, battery=3.0))
    (part,) = past.writer.flush()
    without(past, part, "battery")
    past.add(reading(SMOKE, NOON + 1, battery=2.9))
    past.checkpoint()
    assert past.history.readings(SMOKE, NOON, NOON + 2)["battery"].to_list() == [None, 2.9]


def without(past: Past, part: Part, column: str) -> None:
    """Write a part as a release did that did not know the column, and name it."""
    older = BytesIO()
    table = pq.ParquetFile(past.root / part.path).read()
    pq.write_table(table.drop_columns([column]), older)
    content = older.getvalue()
    home, ends = Home(part.kind, part.site), (part.first_position, part.last_position)
    path = part_path(home, part.day, *ends, zlib.crc32(content))
    (past.root / path).write_bytes(content)
    past.manifest.add([replace(part, path=path, bytes=len(content))])


def test_a_part_that_is_gone_is_said_with_what_it_held(two_hours: Past) -> None:
    part = two_hours.manifest.parts(site="tl04")[2]
    (two_hours.root / part.path).unlink()
    said = rf"{part.path} of history is missing.*40 readings of kind smoke at tl04.*backup"
    with pytest.raises(PartMissing, match=said):
        two_hours.history.readings(SMOKE, NOON, NOON + DAY)
    with pytest.raises(PartMissing):
        two_hours.history.scan("smoke")


def test_a_part_that_was_cut_short_is_said(two_hours: Past) -> None:
    part = two_hours.manifest.parts(site="tl04")[0]
    path = two_hours.root / part.path
    path.write_bytes(path.read_bytes()[:-1])
    said = f"is damaged .it has {part.bytes - 1} bytes instead of {part.bytes}"
    with pytest.raises(PartDamaged, match=said):
        two_hours.history.readings(SMOKE, NOON, NOON + DAY)


def test_no_byte_of_a_part_can_turn_into_another_answer(
    two_hours: Past, damage: Callable[[Part, int], None]
) -> None:
    part = two_hours.manifest.parts(site="tl04")[1]
    truth = two_hours.history.readings(SMOKE, NOON, NOON + DAY)
    noticed = 0
    for at in range(-1, -part.bytes, -37):
        damage(part, at)
        try:
            assert two_hours.history.readings(SMOKE, NOON, NOON + DAY).equals(truth)
        except PartDamaged:
            noticed += 1
        damage(part, at)
    assert noticed == len(range(-1, -part.bytes, -37))


def test_a_scan_of_a_damaged_part_says_so(
    two_hours: Past, damage: Callable[[Part, int], None]
) -> None:
    part = two_hours.manifest.parts(site="tl04")[1]
    damage(part, -1)
    with pytest.raises(PartDamaged, match=f"{part.path} .*its checksum does not fit"):
        two_hours.history.scan("smoke")


def test_a_part_that_is_compacted_while_somebody_asks_is_asked_for_again(past: Past) -> None:
    past.add(reading(SMOKE, NOON, battery=3.0))
    (old,) = past.checkpoint()
    past.add(reading(SMOKE, NOON, battery=3.0))
    (new,) = past.writer.flush()

    class Moving:
        """Names the old part once; by then its file is gone."""

        asked = 0

        def parts(self, **_: object) -> list[Part]:
            self.asked += 1
            (past.root / old.path).unlink(missing_ok=True)
            return [old] if self.asked == 1 else [new]

    history = History(past.root, Moving(), past.history._home_of)
    assert history.readings(SMOKE, NOON, NOON + 1)["position"].to_list() == [2]


def test_others_read_the_same_files(two_hours: Past) -> None:
    part = two_hours.manifest.parts(site="tl04")[0]
    table = pq.ParquetFile(two_hours.root / part.path).read()
    assert table.schema.field("time").type == pa.timestamp("ms", tz="UTC")
    assert table.schema.names == list(polars_schema("smoke"))
    assert table.schema.field("obscuration").type == pa.float64()
    assert pa.types.is_boolean(table.schema.field("late").type)
    assert table.num_rows == part.rows


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=4), min_size=1, max_size=5),
    st.integers(-1, 21),
)
def test_the_latest_at_a_time_is_that_of_a_plain_list(
    tmp_path_factory: pytest.TempPathFactory, checkpoints: list[list[int]], at: int
) -> None:
    past = Past(tmp_path_factory.mktemp("history"))
    said = []
    for times in checkpoints:
        for time in times:
            said.append((time, len(said)))
            past.add(
                reading(SMOKE, NOON + time, battery=float(len(said))),
                reading("tl04-smoke-0008", NOON + time, battery=0.0),
            )
        past.checkpoint()
    expected = max(((time, number) for time, number in said if time <= at), default=None)
    found = past.history.latest(SMOKE, NOON + at)
    assert (found and found["battery"]) == (expected and expected[1] + 1.0)


_SAID = st.lists(st.tuples(st.integers(-5, 65), st.none() | st.integers(-9, 9)), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(_SAID, st.integers(1, 60), st.integers(1, 25), st.integers(0, 20))
def test_a_chart_of_any_readings_is_that_of_a_plain_list(
    tmp_path_factory: pytest.TempPathFactory,
    said: list[tuple[int, int | None]],
    length: int,
    points: int,
    longest: int,
) -> None:
    past = Past(tmp_path_factory.mktemp("history"))
    for number, (at, value) in enumerate(said):
        more = {} if value is None else {"battery": float(value)}
        past.add(reading(SMOKE, NOON + at, temperature=0.0, **more))
        if number % 7 == 6:
            past.checkpoint()
    past.checkpoint()

    distinct = {(at, value) for at, value in said if 0 <= at < length and value is not None}
    width = -(-length // points)
    stretches: dict[int, list[int]] = {}
    for at, value in sorted(distinct):
        stretches.setdefault(at // width * width, []).append(value)
    times = [0, *sorted(at for at, _ in distinct), length]
    quiet = [(a, b) for a, b in pairwise(times) if b - a > longest]

    drawn = past.history.series(SMOKE, "battery", NOON, NOON + length, points)
    assert (drawn["time"].to_physical() - NOON).to_list() == list(stretches)
    assert drawn["min"].to_list() == [min(values) for values in stretches.values()]
    assert drawn["max"].to_list() == [max(values) for values in stretches.values()]
    assert drawn["mean"].to_list() == pytest.approx([*map(fmean, stretches.values())])
    gaps = past.history.gaps(SMOKE, "battery", NOON, NOON + length, longest)
    assert [(a - NOON, b - NOON) for a, b in gaps.rows()] == quiet


def test_pieces_are_the_same_rows_in_portions(two_hours: Past) -> None:
    asked = {"devices": (SMOKE,), "since": NOON + 5 * MINUTE, "until": NOON + 95 * MINUTE}
    pieces = list(two_hours.history.pieces("smoke", 7, **asked))
    assert max(piece.height for piece in pieces) <= 7
    whole = two_hours.history.scan("smoke", **asked).collect()
    assert whole.height == 180  # each twice, as it arrived
    assert pl.concat(pieces).equals(whole)


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_an_export_in_portions_has_each_row_once(
    two_hours: Past, monkeypatch: pytest.MonkeyPatch, form: export.Form
) -> None:
    monkeypatch.setattr(export, "PIECE", 7)
    file, many = BytesIO(), {"kind": "smoke", "since": 0, "until": NOON + DAY, "number": 9}
    rows = export.export(two_hours.history, file, form=form, most=360, **many)
    content = file.getvalue() if form == "parquet" else gzip.decompress(file.getvalue())
    if form == "parquet":
        found = pl.read_parquet(content)
    else:
        read = pl.read_csv if form == "csv" else pl.read_ndjson
        found = read(content, infer_schema_length=None)
    assert rows == found.height == 360
    assert set(found["export"]) == {9}
    whole = two_hours.history.scan("smoke").collect()["temperature"]
    assert found["temperature"].to_list() == whole.to_list()
    with pytest.raises(export.TooManyRows):
        export.export(two_hours.history, file, form=form, most=359, **many)
