"""kill -9, at random moments, under load, over all processes: nothing acknowledged is lost, no
alert is doubled, and alerts, cases and history are those of an undisturbed run, to the byte.

XIUHUA_KILLS says how many (`make chaos`: 200; else 6).
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest

from tests.chaos.senders import DETECTORS, HttpSender, MqttSender, Said, Sender
from tests.support.house import House, running
from tests.support.village import write_village
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.records import Data, Record
from xiuhua.engine.step import State, step
from xiuhua.log.database import open_reader

if TYPE_CHECKING:
    from tests.support.postgres import Server

FIRE = "smoke-fire"
"""The rule that the senders' readings speak to and that opens cases; in a long run the detectors
that never spoke are told to be silent too, which opens none.
"""

KILLS = int(os.environ.get("XIUHUA_KILLS", "6"))

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[House, Server | None]]:
    """A loaded house, and the server of its databases where there is one."""
    village = write_village(tmp_path / "village", DETECTORS)
    server: Server | None = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_to_break")
        server.run("CREATE DATABASE city")
        server.run("CREATE DATABASE log")
        house = House(tmp_path, database=server.url("city"), log=server.url("log"))
    else:
        house = House(tmp_path)
    with running(house.load(village), "gateway", "worker"):
        yield house, server


def test_kill_minus_nine(home: tuple[House, Server | None]) -> None:
    house, server = home
    senders: list[Sender] = [HttpSender(house, "tl01", 1), MqttSender(house, "tl02", 2)]
    for sender in senders:
        sender.start()
    torment(house, server, random.Random(KILLS))
    for sender in senders:
        sender.enough.set()
        sender.join(30)
    records = settle(house)

    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    stored = Counter(said for record in records for said in said_in(record))
    lost = acknowledged - stored.keys()
    print(  # noqa: T201  (`make chaos` shows it)
        f"\n{KILLS} kills: sent {sum(s.sent for s in senders)}, acknowledged {len(acknowledged)}, "
        f"stored {len(stored)}, lost {len(lost)}"
    )
    assert len(acknowledged) > 100, "the senders were not heard: this proves nothing"
    assert lost == set()

    _, expected = step(State(log_name(house)), records)
    assert len(expected) > 10, "no alerts: this proves nothing"
    assert told(house) == sorted(map(as_row, expected))
    raised = sum(change.what == "raised" and change.rule == FIRE for change in expected)
    assert house.rows("SELECT count(*), count(DISTINCT alert) FROM cases_case") == [
        (raised, raised)
    ]
    assert in_history(house) == stored


def torment(house: House, server: Server | None, dice: random.Random) -> None:
    """Kill something, let everything stand up again, and so on."""
    pause = threading.Event()
    victims = ["gateway", "worker"] + (["database"] if server else [])
    for _ in range(KILLS):
        pause.wait(dice.uniform(0.05, 2.5))
        victim = dice.choice(victims)
        if victim == "database":
            assert server is not None
            server.stop(crash=True)
            pause.wait(dice.uniform(0.0, 0.5))
            server.start()
        else:
            house.kill(victim)
        for part in ("gateway", "worker"):
            if part not in house.running or house.running[part].poll() is not None:
                house.start(part)


def settle(house: House) -> list[Record]:
    """Let the worker apply and save everything; then the whole log."""
    for part in ("gateway", "worker"):
        if house.running[part].poll() is not None:
            house.start(part)
    house.end("gateway")
    with open_reader(house.environment["XIUHUA_LOG"] or house.home / "log.db") as log:
        head, _ = log.head()
        house.wait_applied(head)
        assert house.end("worker") == 0, house.output("worker")
        records: list[Record] = []
        while len(records) < head:
            records += log.read(len(records))
    return records


def log_name(house: House) -> str:
    """The id of the house's log."""
    with open_reader(house.environment["XIUHUA_LOG"] or house.home / "log.db") as log:
        return log.name()


def said_in(record: Record) -> list[Said]:
    """The readings of a record."""
    if not isinstance(record, Data):
        return []
    return [(r["device"], r["time"]) for r in map(msgspec.json.decode, record.body.splitlines())]


Row = tuple[str, int, str, str, str, int, str, str]


def as_row(change: AlertChange) -> Row:
    """What must stand in the database of a change."""
    moment = datetime.fromtimestamp(change.time / 1000, UTC).isoformat()
    return (change.id, change.seq, change.what, change.level, moment, change.position,
            change.zh, change.en)  # fmt: skip


def told(house: House) -> list[Row]:
    """What does stand there."""
    columns = "alert_id, seq, what, level, time, position, zh, en"
    return sorted(
        (_uuid(alert), seq, what, level, _iso(time), position, zh, en)
        for alert, seq, what, level, time, position, zh, en in house.rows(
            f"SELECT {columns} FROM alerts_alertchange"
        )
    )


def _uuid(value: object) -> str:
    text = str(value).replace("-", "")
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _iso(value: object) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat()


def in_history(house: House) -> Counter[Said]:
    """The readings that the manifest's parts hold, and how often each."""
    paths = [path for (path,) in house.rows("SELECT path FROM road_historypart")]
    found: Counter[Said] = Counter()
    for path in paths:
        rows = pl.read_parquet(house.home / "history" / path, columns=["device", "time"])
        found.update((d, int(t.timestamp() * 1000 + 0.5)) for d, t in rows.iter_rows())
    return found
