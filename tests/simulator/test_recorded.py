"""Recorded series keep their times and their order."""

import polars as pl
import pytest

from xiuhua import kinds
from xiuhua.simulator.recorded import RecordedError, field_of, load


def csv(folder, text):
    path = folder / "series.csv"
    path.write_text(text, "utf-8")
    return path


TWO = "timestamp,value\n2013-07-04 01:00:00,71.5\n2013-07-04 00:00:00,69.88\n"


def test_a_csv_is_read_in_order_of_time_as_utc(tmp_path):
    recording = load(csv(tmp_path, TWO))
    assert recording.time.tolist() == [1_372_896_000_000, 1_372_899_600_000]
    assert recording.value.tolist() == [69.88, 71.5]


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Shanghai"])
def test_parquet_says_the_same_whatever_its_zone(tmp_path, zone):
    times = pl.Series([0, 60_000]).cast(pl.Datetime("us")) if zone is None else None
    column = (
        times
        if times is not None
        else pl.Series([0, 60_000_000]).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    )
    path = tmp_path / "series.parquet"
    pl.DataFrame({"timestamp": column, "value": [1.0, 2.0]}).write_parquet(path)
    recording = load(path)
    assert recording.time.tolist() == ([0, 60] if zone is None else [0, 60_000])


def test_epoch_milliseconds_and_another_column_are_read_too(tmp_path):
    path = csv(tmp_path, "timestamp,value,speed\n1372896000000,1,5\n1372896060000,2,7\n")
    assert load(path, "speed").value.tolist() == [5.0, 7.0]


def test_shifted_ends_then_and_keeps_the_distances(tmp_path):
    shifted = load(csv(tmp_path, TWO)).shifted(1_000_000_000_000)
    assert shifted.time.tolist() == [1_000_000_000_000 - 3_600_000, 1_000_000_000_000]


def test_lines_are_readings_of_the_device(tmp_path):
    celsius = load(csv(tmp_path, TWO)).scaled(5 / 9, -32 * 5 / 9)
    lines = list(celsius.lines("tl01-smoke-0001", field_of(kinds.kind("smoke"), "temperature")))
    assert [time for time, _ in lines] == [1_372_896_000_000, 1_372_899_600_000]
    assert lines[0][1].startswith(
        b'{"device":"tl01-smoke-0001","time":1372896000000,"temperature":21.04'
    )


def test_counts_are_whole(tmp_path):
    field = field_of(kinds.kind("camera"), "people")
    (_, line), *_ = load(csv(tmp_path, TWO)).lines("x", field)
    assert line.endswith(b'"people":70}')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,value\n2013-07-04 00:00:00,1\n", ["timestamp", "nothing was sent"]),
        ("timestamp,worth\n2013-07-04 00:00:00,1\n", ["`value`"]),
        ("timestamp,value\n2013-07-04 00:00:00,\n", ["without time or value"]),
        ("timestamp,value\n", ["no rows"]),
        ("timestamp,value\nyesterday,1\n", ["cannot be played"]),
        ("timestamp,value\n2013-07-04 00:00:00,much\n", ["cannot be played"]),
        ("", ["cannot be played"]),
    ],
)
def test_a_file_that_cannot_be_played_says_why(tmp_path, text, words):
    with pytest.raises(RecordedError) as error:
        load(csv(tmp_path, text))
    assert all(word in str(error.value) for word in words), error.value


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(RecordedError, match="absent"):
        load(tmp_path / "absent.csv")


def test_the_charted_field_is_the_default_and_a_word_cannot_be_one():
    assert field_of(kinds.kind("smoke"), "").name == "obscuration"
    with pytest.raises(RecordedError, match=r"'event'.*people, confidence"):
        field_of(kinds.kind("camera"), "event")
