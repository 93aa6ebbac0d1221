"""kill -9, at random moments, under load, over all processes: nothing acknowledged is lost, no
alert is doubled, and alerts, cases and history are those of an undisturbed run, to the byte.

Meanwhile everything acknowledged is sent again three times, in any order; the alerts are those of a
log without the copies. XIUHUA_KILLS says how many kills on each database (`make chaos`: 500; else
25), XIUHUA_CHAOS_SECONDS after how many it is enough all the same, XIUHUA_CHAOS_SEED draws others,
and XIUHUA_KEEP=1 adds the figures to docs/results.

A kill was dear because a start is: 1.2 s of processor for the gateway, 2.0 for the worker, 2.8 for
web, 2.2 for the clock, nearly all of it imports, while nothing was at stake yet. So the parts are
forked from a process that has imported everything (`tests.support.warm`), and do real work within a
second; only what the supervisor starts, it starts as always.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
import polars as pl
import psutil
import psycopg
import pysqlite3.dbapi2 as sqlite3
import pytest

from docs import trust
from tests.chaos.senders import COPIES, DETECTORS, HttpSender, MqttSender, Said, Sender
from tests.support.house import House, running
from tests.support.village import write_village
from tests.support.waiting import PATIENCE, eventually
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

SHORT = 25
KILLS = int(os.environ.get("XIUHUA_KILLS", SHORT))

SEED = int(os.environ.get("XIUHUA_CHAOS_SEED", "1"))

ENOUGH = float(os.environ.get("XIUHUA_CHAOS_SECONDS", "inf"))

PARTS = {"gateway": 6, "worker": 6, "web": 2, "clock": 2}
"""The house's processes, and how often each is hit among twenty."""

HARD = {"database": 3, "supervisor": 1}
"""The server where there is one; the supervisor, with whom everything falls. It starts its parts
with all their imports, which is dear: in a short run it falls once, on SQLite."""

TOGETHER = 0.25
"""How often another part falls in the same moment."""

WORKS = {"gateway", "worker", "web"}
AT_WORK = 0.5
"""How often one of these is hit only when it has done some work a moment ago."""

AWAY = (psycopg.Error, sqlite3.Error, httpx.HTTPError)
"""What somebody gets who asks something that was just killed."""

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
    with running(house.warm().load(village), *PARTS):
        yield house, server
        for part in list(house.running):
            house.kill(part)


def test_kill_minus_nine(home: tuple[House, Server | None]) -> None:
    house, server = home
    senders: list[Sender] = [HttpSender(house, "tl01", 1), MqttSender(house, "tl02", 2)]
    began = time.monotonic()
    for sender in senders:
        sender.start()
    torment = Torment(house, server, senders, random.Random(SEED))
    torment.go(KILLS)
    for sender in senders:
        sender.enough.set()
        sender.join(30)
    stand_up(house, wait=True)
    for sender in senders:
        sender.send_the_rest_again()
    records = settle(house)

    acknowledged = set().union(*(sender.acknowledged for sender in senders))
    stored = Counter(said for record in records for said in said_in(record))
    lost = acknowledged - stored.keys()
    _, expected = step(State(log_name(house)), records)
    told_of = told(house)
    doubled = len(told_of) - len({row[:2] for row in told_of})
    figures = {
        "database": "PostgreSQL" if server else "SQLite", "kills": torment.killed.total(),
        "killed": dict(torment.killed), "at_work": torment.at_work, "seed": SEED,
        "seconds": round(time.monotonic() - began), "sent": sum(s.sent for s in senders),
        "acknowledged": len(acknowledged), "stored": stored.total(), "lost": len(lost),
        "alert_changes": len(told_of), "doubled": doubled,
    }  # fmt: skip
    print(f"\n{figures}")  # noqa: T201  (`make chaos` shows it)
    assert len(acknowledged) > 100, "the senders were not heard: this proves nothing"
    assert lost == set()
    assert all(stored[said] > COPIES for said in acknowledged), "it was not sent again so often"

    assert len(expected) > 10, "no alerts: this proves nothing"
    assert told_of == sorted(map(as_row, expected))
    _, undisturbed = step(State(log_name(house)), without_copies(records))
    assert told_of == sorted(map(as_row, undisturbed)), "what was sent again changed alerts"
    raised = sum(change.what == "raised" and change.rule == FIRE for change in expected)
    assert house.rows("SELECT count(*), count(DISTINCT alert) FROM cases_case") == [
        (raised, raised)
    ]
    assert in_history(house) == stored
    if os.environ.get("XIUHUA_KEEP"):
        trust.leave("chaos", **figures)


class Torment:
    """Kills something, starts it again, and so on, whether it is up yet or not; counts what it
    killed, and how many of those it had seen at work a moment ago."""

    def __init__(
        self, house: House, server: Server | None, senders: list[Sender], dice: random.Random
    ) -> None:
        self.house = house
        self.server = server
        self.senders = senders
        self.dice = dice
        self.killed = Counter[str]()
        self.at_work = 0
        self._pause = threading.Event()
        self._pages = 0

    def go(self, kills: int) -> None:
        """So many kills: each victim at least once, then as chance has it."""
        weights = PARTS | HARD
        once = [name for name in weights if self.server or name != "database"]
        if kills <= SHORT:
            del weights["supervisor"]
            if self.server:
                once.remove("supervisor")
        chance = {name: often for name, often in weights.items() if name in once}
        rest = max(0, kills - len(once))
        victims = once + self.dice.choices(list(chance), list(chance.values()), k=rest)
        victims = victims[:kills]
        self.dice.shuffle(victims)
        until = time.monotonic() + ENOUGH
        while victims and time.monotonic() < until:
            self._pause.wait(self.dice.uniform(0.05, 1.0))
            falling = [victims.pop()]
            if victims and self.dice.random() < TOGETHER:
                falling.append(victims.pop())
            for victim in falling:
                if victim in WORKS and self.dice.random() < AT_WORK:
                    self._see_at_work(victim)
            for victim in falling:
                self._kill(victim)
            stand_up(self.house)

    def _see_at_work(self, part: str) -> None:
        before = self._done(part)

        def more() -> bool:
            stand_up(self.house)  # its database may have taken it with it
            return self._done(part) > before

        eventually(more, forgiving=AWAY, saying=f"{part} does nothing")
        self.at_work += 1

    def _done(self, part: str) -> int:
        """How much a part has done so far."""
        if part == "gateway":
            return sum(len(sender.acknowledged) for sender in self.senders)
        if part == "worker":
            return int(self.house.rows("SELECT max(applied) FROM road_progress")[0][0] or 0)
        self._pages += self.house.page("/accounts/login/").status_code == 200
        return self._pages

    def _kill(self, victim: str) -> None:
        self.killed[victim] += 1
        if victim == "database":
            assert self.server is not None
            self.server.stop(crash=True)
            self._pause.wait(self.dice.uniform(0.0, 0.5))
            self.server.start()
        elif victim == "supervisor":
            kill_supervisor(self.house, self._pause, self.dice)
        else:
            if victim not in self.house.running:  # what fell just before took it with it
                stand_up(self.house)
            self.house.kill(victim)


def kill_supervisor(house: House, pause: threading.Event, dice: random.Random) -> None:
    """Everything under `xiuhua up` for a while; then kill that, and see all of it fall."""
    for part in list(house.running):
        house.kill(part)
    house.start("up")
    house.answers("up")
    pause.wait(dice.uniform(0.1, 2.0))
    under = psutil.Process(house.running["up"].pid).children(recursive=True)
    assert len(under) >= len(PARTS), "not everything was up"
    house.kill("up")
    _, left = psutil.wait_procs(under, timeout=PATIENCE)
    assert left == [], "a process outlived its supervisor"


def stand_up(house: House, *, wait: bool = False) -> None:
    """Start what does not run: what we killed, and what its database took with it."""
    for part in PARTS:
        if part not in house.running or house.running[part].poll() is not None:
            house.start(part, wait=False)
    if wait:
        house.answers("gateway")


def without_copies(records: list[Record]) -> list[Record]:
    """The log as it would be if every reading had come once."""
    seen: set[bytes] = set()
    once: list[Record] = []
    for record in records:
        if isinstance(record, Data):
            lines = [line for line in dict.fromkeys(record.body.splitlines()) if line not in seen]
            seen.update(lines)
            body = b"".join(line + b"\n" for line in lines)
            once.append(Data(record.position, record.at, len(lines), body))
        else:
            once.append(record)
    return once


def applied(house: House, position: int) -> bool:
    """Whether the worker has applied the log up to there; started again if it has ended."""
    if house.running["worker"].poll() is not None:
        house.start("worker", wait=False)
    return bool(house.rows(f"SELECT 1 FROM road_progress WHERE applied >= {position}"))


def settle(house: House) -> list[Record]:
    """Let the worker apply and save everything; then the whole log. A worker that was at rest sees
    only now that its database fell last: it ends, and is started again as a supervisor would."""
    house.end("gateway")
    with open_reader(house.environment["XIUHUA_LOG"] or house.home / "log.db") as log:
        head, _ = log.head()
        eventually(lambda: applied(house, head), 120, saying=f"{head} is never applied")
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
