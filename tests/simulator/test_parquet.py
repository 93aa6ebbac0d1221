"""The way straight into history holds what the live way would have brought there."""

import msgspec
import pytest

from xiuhua.engine.rules import default_rules
from xiuhua.history.layout import polars_schema
from xiuhua.history.manifest_file import LEDGER, ManifestFile
from xiuhua.history.reader import History
from xiuhua.kinds import kind
from xiuhua.runners import ledgers
from xiuhua.simulator.rhythm import HOUR, day_start
from xiuhua.simulator.schedule import Natural
from xiuhua.simulator.transports.parquet import OLDEST, Archive
from xiuhua.tokens import plate_token, site_key

from .hood import PLATES, SITE, world

MIDNIGHT = day_start(20_780)
SINCE, UNTIL = MIDNIGHT - 2 * HOUR, MIDNIGHT + HOUR
MASTER = b"a key that only the tests know.."


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("history")
    speaking = world(faults="usual", schedule=Natural)
    days = list(Archive(speaking, root, start=SINCE, master=MASTER).write(SINCE, UNTIL))
    return speaking, root, days


@pytest.fixture
def history(made):
    _, root, _ = made
    return History(root, ManifestFile(root / "manifest.json"), lambda _: None)


def test_every_reading_of_the_stream_is_in_history_once(made, history):
    speaking, _, days = made
    count = 0
    for code in {one.kind for one in speaking.devices}:
        rows = history.scan(code).sort("arrival", "device").collect()
        assert rows.schema == polars_schema(code)
        count += rows.height
        spoken = [
            one
            for one in speaking.stream(SINCE, UNTIL)
            if one.device.split("-")[1] == code and one.time >= OLDEST
        ]
        assert said(rows, code) == sorted(map(fields, spoken))
    assert sum(day.rows for day in days) == count > 1_000


def said(rows, code):
    names = [
        "device",
        "time",
        *(field.name for field in kind(code).fields if field.name != "plate"),
    ]
    plain = rows.with_columns(rows["time"].dt.epoch("ms")).select(names)
    return sorted(as_text(row) for row in plain.iter_rows(named=True))


def fields(spoken):
    reading = msgspec.json.decode(spoken.line())
    reading.pop("plate", None)
    return as_text(reading)


def as_text(reading):
    return str(sorted((name, value) for name, value in reading.items() if value is not None))


def test_days_are_shanghais_and_by_arrival(made):
    assert [day.day for day in made[2]] == ["2026-11-22", "2026-11-23"]


def test_plates_are_tokens_as_the_door_gives_them(history):
    tokens = set(history.scan("vehicle").collect()["plate"].to_list())
    key = site_key(MASTER, SITE)
    assert tokens <= {plate_token(key, plate) for plate in PLATES}
    assert tokens


def test_positions_rise_with_arrival(history):
    rows = history.scan("camera").sort("arrival").collect()
    assert rows["position"].is_sorted()
    assert rows["position"].min() >= 1
    assert rows["arrival"].dt.epoch("ms").min() >= SINCE
    assert rows["arrival"].dt.epoch("ms").max() < UNTIL


def test_what_was_overtaken_for_long_is_marked_late(tmp_path):
    speaking = world(faults="rough", only=("camera",))
    list(Archive(speaking, tmp_path, start=SINCE, master=MASTER).write(SINCE, SINCE + HOUR))
    history = History(tmp_path, ManifestFile(tmp_path / "manifest.json"), lambda _: None)
    rows = history.scan("camera").collect()
    late = rows.filter("late")
    assert 0 < late.height < rows.height / 10
    assert ((late["arrival"] - late["time"]).dt.total_milliseconds() > 2_000).all()


def test_the_same_seed_makes_the_same_files(tmp_path):
    named = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        speaking = world(faults="usual", only=("smoke", "vehicle"))
        list(Archive(speaking, folder, start=SINCE, master=MASTER).write(SINCE, SINCE + HOUR))
        named.append(ManifestFile(folder / "manifest.json").parts())
    assert named[0] == named[1]
    for part in named[0]:
        one, other = (tmp_path / name / part.path for name in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()


def test_an_archive_brings_the_ledger_that_it_is_read_with(tmp_path):
    speaking = world(only=("vehicle", "smoke"))
    Archive(speaking, tmp_path, start=SINCE, master=MASTER).write_ledger()
    known = ledgers.read(tmp_path / LEDGER)
    ledger = known.ledger()
    assert set(ledger.kind_of) == {device.id for device in speaking.devices}
    key = site_key(MASTER, SITE)
    assert ledger.lists[f"vehicles@{SITE}"] == {plate_token(key, plate) for plate in PLATES}
    assert ledger.lists[f"faces@{SITE}"] == {"p-4"}
    assert {rule.id for rule in known.rules} == {rule.id for rule in default_rules()}
