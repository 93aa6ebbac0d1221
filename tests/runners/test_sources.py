"""The log, plain lines, and whom they are read with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.book import LOG, SECOND, START, Book, smoke
from tests.engine.test_threshold import FIRE
from tests.support.village import write_village
from xiuhua.engine import control
from xiuhua.engine.ledger import Ledger
from xiuhua.engine.records import Data
from xiuhua.engine.rules import RuleError, default_rules, parse
from xiuhua.log.base import Entry
from xiuhua.log.database import open_log
from xiuhua.neighbourhood import PilotError
from xiuhua.runners import ledgers
from xiuhua.runners.replay import Episode
from xiuhua.runners.several import fold
from xiuhua.runners.sources import NothingToReplay, Source, Span
from xiuhua.runners.sources.lines import Lines
from xiuhua.runners.sources.log import Log
from xiuhua.tokens import plate_token, site_key


def one_detector() -> Ledger:
    ledger = Ledger()
    ledger.put(control.LedgerSet((smoke(1),)))
    return ledger


def burning() -> Book:
    book = Book().devices(smoke(1)).rules("[[rule]]")  # a replay has its own rules
    for second, value in ((0, 0.2), (20, 0.2), (100, 0.0), (300, 0.35), (400, 0.0)):
        book.pack({"device": "tl01-smoke-0001", "obscuration": value}, at=second * SECOND)
    return book


def found_in(source: Source) -> list[Episode]:
    return fold(source, [parse(FIRE)], processes=1, told=lambda _: None).episodes[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    packs = [record.body for record in burning().records if isinstance(record, Data)]
    path = tmp_path / "readings.ndjson"
    path.write_bytes(b"".join(packs))
    return path


def test_lines_give_what_the_log_gave(file: Path) -> None:
    lines = Lines([file], one_detector, Span(), log=LOG)
    assert [e.start - START for e in found_in(lines)] == [10 * SECOND, 300 * SECOND]
    assert [e.level for e in found_in(lines)] == ["serious", "critical"]


def test_times_may_be_written_as_words_and_arrival_apart(tmp_path: Path) -> None:
    path = tmp_path / "said.ndjson"
    said = [
        {"time": "2026-09-21T22:13:20Z", "device": "tl01-smoke-0001", "obscuration": 0.4},
        {"time": 1, "arrival": START, "device": "tl01-smoke-0001", "obscuration": 0.4},
    ]
    path.write_text("\n".join(map(json.dumps, said)))
    pieces = list(Lines([path], one_detector, Span(), log=LOG).pieces(""))
    assert [piece.end for piece in pieces] == [1_790_028_800_000]
    assert [(r.at, r.count) for piece in pieces for r in piece.records] == [
        (1_790_028_800_000, 2)
    ]  # log time does not run back


def test_what_is_no_reading_is_counted(file: Path) -> None:
    with file.open("ab") as more:
        more.write(b'\n{}\nnonsense\n{"device": 7, "time": 1}\n{"device":"x","time":true}\n[1]\n')
    lines = Lines([file, file], one_detector, Span(), log=LOG)
    assert len(found_in(lines)) == 2
    assert lines.refused == 10


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NothingToReplay, match="lost"):
        Lines([tmp_path / "lost.ndjson"], one_detector, Span(), log=LOG)


def test_lines_can_be_drawn(file: Path) -> None:
    lines = Lines([file], one_detector, Span(), log=LOG)
    span = Span(START + 90 * SECOND, START + 301 * SECOND)
    curve, nothing = lines.curves(
        [(smoke(1), "obscuration", span), (smoke(2), "obscuration", span)]
    )
    assert (curve.times - START).tolist() == [100_000, 300_000]
    assert curve.values.tolist() == [0.0, 0.35]
    assert not len(nothing.times)


def test_a_log_in_a_file(tmp_path: Path) -> None:
    with open_log(tmp_path / "log.db") as log:
        with pytest.raises(NothingToReplay, match="empty"):
            Log(log, one_detector, Span())
        for record in burning().records:
            entry = (
                Entry(count=record.count, body=record.body)
                if isinstance(record, Data)
                else Entry(controls=[(record.id, record.body)])  # type: ignore[union-attr]
            )
            log.append(entry, record.at)
        whole = Log(log, Ledger, Span())
        assert [e.start - START for e in found_in(whole)] == [10 * SECOND, 300 * SECOND]
        later = Log(log, one_detector, Span(since=START + 50 * SECOND))
        assert [e.start - START for e in found_in(later)] == [300 * SECOND]
        span = Span(START + 50 * SECOND, START + 400 * SECOND)
        (curve,) = later.curves([(smoke(1), "obscuration", span)])
        assert curve.values.tolist() == [0.0, 0.35]


def test_a_neighbourhoods_folder_is_a_ledger(tmp_path: Path) -> None:
    master = b"a key that only the tests know.."
    known = ledgers.read(write_village(tmp_path / "village"), master)
    ledger = known.ledger()
    assert ledger.find("tl01-smoke-0001") is not None
    assert ledger.lists["vehicles@tl01"] == {
        "沪A00001", plate_token(site_key(master, "tl01"), "沪A00001"),
    }  # fmt: skip
    assert {rule.id for rule in known.rules} >= {rule.id for rule in default_rules()}
    assert known.ledger() is not ledger


def test_devices_alone_are_a_ledger(tmp_path: Path) -> None:
    folder = write_village(tmp_path / "village")
    known = ledgers.read(folder / "devices.csv")
    assert known.ledger().find("tl01-smoke-0001") is not None
    (folder / "devices.csv").write_text("id,kind\n")
    with pytest.raises(PilotError, match="columns must be"):
        ledgers.read(folder / "devices.csv")


def test_control_records_are_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.ndjson"
    changes = [
        control.LedgerSet((smoke(1), smoke(2))),
        control.LedgerRemove(("tl01-smoke-0002",)),
        control.ListSet("known@tl01", add=("a", "b")),
        control.RulesSet(((3, FIRE),)),
    ]
    path.write_bytes(b"\n".join(map(control.encode, changes)))  # type: ignore[arg-type]
    known = ledgers.read(path)
    assert list(known.ledger().kind_of) == ["tl01-smoke-0001"]
    assert known.ledger().lists == {"known@tl01": {"a", "b"}}
    assert [(rule.id, rule.version) for rule in known.rules] == [("fire", 3)]


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (b"{}", NothingToReplay, "line 1, is no control record"),
        (b'{"type":"rules.set","rules":[[1,"[[rule]]"]]}', RuleError, "id"),
        (None, NothingToReplay, "cannot be read"),
    ],
)
def test_a_bad_ledger_says_what_is_wrong(
    tmp_path: Path, said: bytes | None, error: type[Exception], words: str
) -> None:
    path = tmp_path / "ledger.ndjson"
    if said is not None:
        path.write_bytes(said)
    with pytest.raises(error, match=words):
        ledgers.read(path)
