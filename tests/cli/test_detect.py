"""`xiuhua detect FILE`: what goes in comes out, row by row, with a score."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_cli import xiuhua
from xiuhua.detection import Told, scored
from xiuhua.engine.detect import Detector

BAD = Path(__file__).parent / "bad"
WORDS = tomllib.loads((BAD / "words.toml").read_text())
RECORDED = Path(__file__).parents[3] / "shared" / "data" / "recorded"


def rows_of(text: str | bytes) -> tuple[list[tuple[str, str, str]], Told]:
    told = Told()
    content = text.encode() if isinstance(text, str) else text
    return list(scored(content, "series.csv", told)), told


def wave(rows: int = 300) -> list[float]:
    return [round(value, 3) for value in np.sin(np.arange(rows) / 7)]


def test_the_command_scores_a_file_to_the_screen_and_to_a_file(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = [f"2026-01-01T00:{i // 60:02}:{i % 60:02}Z,{value}" for i, value in enumerate(wave())]
    source.write_text("timestamp,value\n" + "\n".join(lines) + "\n")
    screen = xiuhua("detect", str(source))
    assert (screen.returncode, screen.stderr) == (0, "")
    filed = xiuhua("detect", str(source), "--out", str(target))
    assert (filed.returncode, filed.stdout) == (0, "")
    assert target.read_text() == screen.stdout
    head, *rows = csv.reader(io.StringIO(screen.stdout))
    assert head == ["timestamp", "value", "score"]
    assert [",".join(row[:2]) for row in rows] == lines
    assert all(0 <= float(row[2]) <= 1 for row in rows)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


@pytest.mark.parametrize("name", WORDS)
def test_a_file_that_cannot_be_read_says_what_is_wrong_and_what_to_do(name: str) -> None:
    ended = xiuhua("detect", str(BAD / name))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert [word for word in [name, *WORDS[name]] if word not in ended.stderr] == []
    assert "Traceback" not in ended.stderr


def test_an_error_leaves_no_file_behind(tmp_path: Path) -> None:
    ended = xiuhua("detect", str(BAD / "empty.csv"), "--out", str(tmp_path / "out.csv"))
    assert ended.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_scores_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("timestamp,value\n2026-01-01,1\n")
    ended = xiuhua("detect", str(source), "--out", str(tmp_path / "nowhere" / "out.csv"))
    assert ended.returncode == 1
    assert "cannot be written" in ended.stderr and "a folder that exists" in ended.stderr


@pytest.mark.parametrize(
    "text",
    [
        "timestamp,value\n{0},1\n{1},2\n",
        "Value,TIMESTAMP\n1,{0}\n2,{1}\n",
        "\ufefftimestamp ; VALUE\n{0};1\n{1};2\n",
        "时间\t数值\n{0}\t1\n{1}\t2\n",
        "{0},1\n{1},2\n",
        "when,what\n{0},1\n{1},2\n",
        "id,timestamp,value,unit\n7,{0},1,Pa\n7,{1},2,Pa\n",
        'timestamp,value\r\n"{0}","1"\r\n\r\n{1},2',
    ],
)
def test_columns_are_found_by_any_name_or_none(text: str) -> None:
    rows, told = rows_of(text.format("2026-01-01 00:00", "2026-01-01 00:05"))
    found = [(moment, value) for moment, value, _ in rows]
    assert found == [("2026-01-01 00:00", "1"), ("2026-01-01 00:05", "2")]
    assert list(told.sentences()) == []


def test_a_column_of_values_alone_is_a_series() -> None:
    rows, _ = rows_of("value\n1\n2\n3\n")
    assert [value for _, value, _ in rows] == ["1", "2", "3"]
    assert len(rows_of("1\n2\n3\n")[0]) == 3


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-25T08:00:00Z", "2026-11-25T16:00:00+08:00", "2026-11-25 08:00:00",
        "2026/11/25 08:00",
        "1795593600", "1795593600000", "1795593600000000", "1795593600.0", "25.11.2026 08:00",
        "11/25/2026 08:00:00", "2026年11月25日 08:00:00",
    ],
)  # fmt: skip
def test_moments_are_read_in_many_forms(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    plain = Detector.score

    def score(self: Detector, time: np.ndarray, value: np.ndarray) -> np.ndarray:
        seen.extend(time.tolist())
        return plain(self, time, value)

    monkeypatch.setattr(Detector, "score", score)
    rows_of(f"timestamp,value\n{moment},1\n")
    assert seen == [1_795_593_600_000]


def test_what_cannot_be_read_is_kept_counted_and_scored() -> None:
    text = "timestamp,value\n" + "".join(f"{i},{value}\n" for i, value in enumerate(wave()))
    rows, told = rows_of(text + "300,\n301,n/a\nsoon,1.0\n303,inf\n304\n")
    assert [row[:2] for row in rows[300:]] == [
        ("300", ""), ("301", "n/a"), ("soon", "1.0"), ("303", "inf"), ("304", ""),
    ]  # fmt: skip
    assert len(rows) == told.rows == 305
    assert (told.no_value, told.first_no_value) == (4, 301)
    assert (told.no_moment, told.first_no_moment) == (1, 303)
    no_value, no_moment = told.sentences()
    assert "4 of 305 rows hold no number" in no_value and "row 301" in no_value
    assert "1 of 305 rows hold no moment" in no_moment and "row 303" in no_moment


def test_a_header_alone_is_no_error() -> None:
    rows, told = rows_of("timestamp,value\n")
    assert rows == []
    assert list(told.sentences()) == ["There are no rows below the header; nothing was scored."]


def test_decimal_commas_are_read_where_columns_are_parted_by_semicolons() -> None:
    _, told = rows_of("timestamp;value\n2026-01-01;1,5\n2026-01-02;2,5\n")
    assert told.no_value == 0


def test_chinese_text_in_an_older_encoding_is_read() -> None:
    rows, _ = rows_of("时间,数值\n2026-01-01,1\n".encode("gb18030"))
    assert rows[0][:2] == ("2026-01-01", "1")


def test_a_quotation_mark_that_never_ends_costs_no_row() -> None:
    rows, told = rows_of('timestamp,value\n2026-01-01,"1\n2026-01-02,2\n"2026-01-03",3"\n')
    assert [value for _, value, _ in rows] == ["1", "2", '3"']
    assert told.no_value == 1


@pytest.mark.skipif(not RECORDED.exists(), reason=f"{RECORDED} is not beside this checkout")
def test_a_recorded_failure_stands_out() -> None:
    """The snow storm that stopped New York is among the five most unusual days of its taxis."""
    rows, _ = rows_of((RECORDED / "nyc_taxi.csv").read_bytes())
    worst: dict[str, float] = {}
    for moment, _, score in rows:
        worst[moment[:10]] = max(worst.get(moment[:10], 0.0), float(score))
    assert {"2015-01-26", "2015-01-27"} & set(sorted(worst, key=lambda day: -worst[day])[:5])
