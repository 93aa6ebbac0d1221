"""`xiuhua replay`, without a house behind it: which source, which rules, what comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.engine.book import LOG, SECOND, START, Book, smoke
from tests.engine.test_threshold import FIRE
from tests.support.past import write_history
from xiuhua.engine import control, snapshot
from xiuhua.engine.records import Data
from xiuhua.engine.step import State
from xiuhua.history.manifest_file import LEDGER, MANIFEST, ManifestFile
from xiuhua.pasts import Asked, House, of_shanghai, opening, told_apart
from xiuhua.rehearsal import Rehearsal, rehearse
from xiuhua.runners.scoring import Label, Labels
from xiuhua.runners.sources import NothingToReplay, Span
from xiuhua.runners.sources.history import History
from xiuhua.runners.sources.lines import Lines

DAY = 86_400_000
LOWER = FIRE.replace("params.limit = 0.1", "params.limit = 0.05")
LEARNING = """
[[rule]]
id = "warm"
kind = "smoke"
zh = "升温"
en = "Warm"
sentence.zh = "{temperature}"
sentence.en = "{temperature}"
[[rule.level]]
level = "warn"
operator = "baseline"
field = "temperature"
spreads = 6
learn = "14d"
"""


def burning() -> Book:
    book = Book().devices(smoke(1)).rules(FIRE)
    for second, value in ((0, 0.2), (20, 0.2), (100, 0.0), (200, 0.07), (220, 0.07), (300, 0.0)):
        book.pack({"device": "tl01-smoke-0001", "obscuration": value}, at=second * SECOND)
    return book.tick(at=400 * SECOND)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return write_history(tmp_path / "history", burning().records, LOG)


@pytest.fixture
def house(tmp_path: Path, state: State) -> House:
    manifest = ManifestFile(tmp_path / "history" / MANIFEST)
    return House(
        home=tmp_path, log=str(tmp_path / "log.db"), history=tmp_path / "history",
        manifest=lambda: manifest, chunks=lambda: snapshot.save(state),
    )  # fmt: skip


@pytest.fixture
def nobodys(tmp_path: Path) -> House:
    """No worker has ever run here."""
    return House(
        home=tmp_path, log=str(tmp_path / "none.db"), history=tmp_path,
        manifest=lambda: ManifestFile(tmp_path / MANIFEST), chunks=dict,
    )  # fmt: skip


@pytest.fixture
def lower(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "lower.toml").write_text(LOWER)
    return tmp_path / "rules"


def tried(asked: Asked, house: House) -> Rehearsal:
    with opening(asked, house) as opened:
        return rehearse(opened, asked, told=lambda _: None)


def starts(found: Any) -> list[int]:
    return [(episode.start - START) // SECOND for episode in found]


def test_the_houses_history_against_the_rules_now_live(house: House, lower: Path) -> None:
    found = tried(Asked(source=["history"], rules=[lower]), house)
    assert starts(found.live) == [10]
    assert starts(found.proposed) == [10, 210]
    assert starts(found.difference.new) == [210]
    assert [line.split() for line in found.table()][1:] == [
        ["fire", "2", "1", "1", "0", "0", "0"], ["in", "all", "2", "1", "1", "0", "0", "0"],
    ]  # fmt: skip


def test_history_is_whole_up_to_the_snapshot(house: House) -> None:
    with opening(Asked(source=["history"]), house) as opened:
        assert isinstance(opened.source, History)
        assert opened.source.log == LOG
        assert opened.source.end == START + 400 * SECOND


def test_an_archive_with_its_ledger_beside_it(nobodys: House, house: House, lower: Path) -> None:
    (house.history / LEDGER).write_bytes(
        control.encode(control.LedgerSet((smoke(1),)))
        + b"\n"
        + control.encode(control.RulesSet(((1, FIRE),)))
    )
    found = tried(Asked(source=[str(house.history)], rules=[lower]), nobodys)
    assert starts(found.difference.new) == [210]
    alone = tried(Asked(source=[str(house.history)]), nobodys)
    assert alone.proposed == alone.live
    assert starts(alone.live) == [10]


def test_lines_with_a_ledger_file(tmp_path: Path, nobodys: House, lower: Path) -> None:
    ledger, lines = tmp_path / "who.ndjson", tmp_path / "said.ndjson"
    ledger.write_bytes(control.encode(control.LedgerSet((smoke(1),))))
    lines.write_bytes(b"".join(r.body for r in burning().records if isinstance(r, Data)) + b"?\n")
    asked = Asked(source=[str(lines)], rules=[lower], ledger=ledger)
    found = tried(asked, nobodys)
    assert (starts(found.proposed), found.live) == ([10, 210], [])
    assert found.notes == (
        ("有 1 行不是读数，已跳过。", "1 lines are no readings; they were passed over."),
    )
    with opening(asked, nobodys) as opened:
        assert isinstance(opened.source, Lines)


def test_a_period_has_its_warm_up(house: House, lower: Path) -> None:
    period = Span(START + 100 * SECOND, START + 300 * SECOND)
    found = tried(Asked(source=["history"], rules=[lower], period=period), house)
    assert starts(found.proposed) == [210]
    late = Asked(source=["history"], rules=[lower], period=period, warm_up=0)
    assert late.span == period


def test_what_learns_longer_than_the_warm_up_is_told(house: House, tmp_path: Path) -> None:
    (tmp_path / "learning.toml").write_text(LEARNING)
    asked = Asked(source=["history"], rules=[tmp_path / "learning.toml"], period=Span(since=START))
    ((zh, note),) = tried(asked, house).notes
    assert zh.startswith("升温要先学 14 天")
    assert note == "warm learns for 14 days and had 1; see --warm-up."


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(NothingToReplay, match=words):
        yield


def test_what_cannot_be_replayed_says_why(
    tmp_path: Path, nobodys: House, house: House, lower: Path
) -> None:
    with refused("There is no snapshot yet"):
        tried(Asked(rules=[lower]), nobodys)
    with refused("no rule storm"):
        tried(Asked(rules=[lower], only="storm"), house)
    with refused("has no manifest.json"):
        tried(Asked(source=[str(tmp_path)]), house)
    with refused("The log is empty|belongs to log"):
        tried(Asked(rules=[lower]), house)
    with refused("There is no file"):
        tried(Asked(source=["lost.ndjson"]), house)


def test_alerts_as_lines_and_as_parquet(house: House, lower: Path, tmp_path: Path) -> None:
    found = tried(Asked(source=["history"], rules=[lower]), house)
    found.write(tmp_path / "alerts.ndjson")
    lines = [json.loads(line) for line in (tmp_path / "alerts.ndjson").read_text().splitlines()]
    found.write(tmp_path / "alerts.parquet")
    rows = pl.read_parquet(tmp_path / "alerts.parquet").to_dicts()
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    assert lines[0]["start"] == START + 10 * SECOND
    assert rows[0]["start"].timestamp() * 1000 == START + 10 * SECOND
    assert (rows[0]["site"], rows[0]["device"]) == ("tl01", "tl01-smoke-0001")


def test_no_alerts_are_a_parquet_file_too(house: House, tmp_path: Path) -> None:
    period = Span(since=START + 300 * SECOND)
    tried(Asked(source=["history"], period=period), house).write(tmp_path / "none.parquet")
    frame = pl.read_parquet(tmp_path / "none.parquet")
    assert frame.height == 0
    assert frame.schema["end"] == pl.Datetime("ms", "UTC")


def test_rules_may_stand_in_the_place_of_the_source(lower: Path, house: House) -> None:
    (house.history / "stray.toml").write_text("")
    words = [str(house.history), str(lower), "one.toml"]
    source, rules = told_apart(words, [Path("two.toml")])
    assert source == (str(house.history),)
    assert rules == (Path("two.toml"), lower, Path("one.toml"))


def test_a_moment_without_a_zone_is_the_citys() -> None:
    from datetime import datetime

    local = datetime(2026, 11, 20, 8)  # noqa: DTZ001  what typer gives
    same = datetime(2026, 11, 20, 0, tzinfo=UTC)
    assert of_shanghai(local, None) == of_shanghai(same, None)


def test_both_sides_are_held_against_what_happened(house: House, lower: Path) -> None:
    fire = Label(
        kind="fire", zh="火", en="Fire", start=START, end=START + 100 * SECOND,
        expected=frozenset({"fire"}), subjects=frozenset({"tl01-smoke-0001"}),
    )  # fmt: skip
    later = replace(fire, start=START + 5 * DAY, end=START + 5 * DAY)
    foreign = replace(fire, expected=frozenset({"water-burst"}))
    known = Labels((fire, later, foreign), complete=True)
    asked = Asked(source=["history"], rules=[lower], period=Span(START, START + DAY))
    with opening(asked, house) as opened:
        found = rehearse(opened, asked, labels=known, told=lambda _: None)
    assert found.scores is not None and found.scores_live is not None
    assert (found.scores.all.true, found.scores.all.false) == (2, 0)  # the second is in its grace
    assert (found.scores.all.caught, found.scores.all.happened) == (1, 1)
    assert (found.scores_live.all.true, found.scores_live.all.seconds) == (1, 10.0)
    table = [line.split() for line in found.score_table()]
    assert table[1] == ["fire", "2", "0", "1", "1", "100%", "100%", "10"]
    assert table[-1] == ["fire", "1", "1", "100%", "10"]
    assert list(tried(asked, house).score_table()) == []
