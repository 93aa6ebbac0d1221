"""Ten thousand alarms in a minute through the whole road, one in a hundred a risk to life, until
the officer's page shows them. `make bench-alarms`, or `python -m bench.alarms --help`.

1. A neighbourhood of 10,000 devices; gateway, worker and web as in real life, on SQLite and on
PostgreSQL. 2. An officer's page is open: its picture, then its feed, read as a browser does.
3. Readings are published by MQTT at an even pace; each is one alert. Measured: from publish, and
from the alert's own time, until the feed brings it to the page. 4. Meanwhile the page is loaded
afresh again and again. Afterwards everything is counted: rows, what the feed brought, what a page
that is opened now shows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import httpx

from bench.machine import Cost, describe, others, quantiles
from tests.support.house import House, running
from tests.support.postgres import Server
from tests.support.village import SITES, write_village

EVENTS = {
    "rubbish": "camera-rubbish", "parking": "camera-parking", "stall": "camera-stall",
    "advert": "camera-advert", "construction": "camera-construction",
    "climbing": "camera-climbing", "crowd": "camera-crowd",
}  # fmt: skip
LIFE = {"bikeshed": {"smoke": 0.5, "temperature": 30.0}, "manhole": {"tilt": 60.0, "open": True}}
LIFE_RULES = {"bikeshed": "bikeshed-fire", "manhole": "manhole-open"}


@dataclass(frozen=True)
class Alarm:
    """A reading that raises exactly one alert: of which rule at which device."""

    device: str
    rule: str
    reading: dict[str, Any]

    @property
    def life(self) -> bool:
        """Whether a life may be at risk."""
        return self.rule in LIFE_RULES.values()


def alarms(count: int, seed: int = 5) -> list[Alarm]:
    """So many, mixed, one in a hundred a risk to life. Each device has its own matter."""
    life = max(2, count // 100)
    risks = [
        Alarm(_device(kind, n), LIFE_RULES[kind], dict(LIFE[kind]))
        for n in range(life // 2 + 1)
        for kind in LIFE
    ][:life]
    rest: list[Alarm] = []
    n = 0
    while len(rest) < count - life:
        rest += [
            Alarm(_device("camera", n), rule, {"event": event, "confidence": 0.97, "people": 1})
            for event, rule in EVENTS.items()
        ]
        rest.append(Alarm(_device("door", n), "door-tamper", {"event": "tamper"}))
        n += 1
    mixed = [*risks, *rest[: count - life]]
    random.Random(seed).shuffle(mixed)
    return mixed


def per_kind(count: int) -> int:
    """How many devices of a kind each of the two sites needs for so many alarms."""
    return count // (2 * (len(EVENTS) + 1)) + 2


def _device(kind: str, n: int) -> str:
    return f"{SITES[n % 2]}-{kind}-{n // 2 + 1:04}"


@dataclass
class Seen:
    """What the open page was told: when each alert first came, by rule and device; and the time of
    the alert itself, ms."""

    at: dict[tuple[str, str], float] = field(default_factory=dict)
    start: dict[tuple[str, str], int] = field(default_factory=dict)
    id: dict[tuple[str, str], str] = field(default_factory=dict)
    reloads: int = 0


class Officer:
    """Somebody at the desk, with the live page open."""

    def __init__(self, house: House, name: str = "duty01") -> None:
        self.base = f"http://127.0.0.1:{house.web}"
        self.client = httpx.AsyncClient(base_url=self.base, timeout=120)
        self.name, self.password = name, house.logins()[name]
        self.seen = Seen()
        self.pages: list[float] = []
        self.inboxes: list[float] = []

    async def enter(self) -> None:
        """Log in."""
        page = await self.client.get("/accounts/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert found
        said = await self.client.post(
            "/accounts/login/",
            data={"login": self.name, "password": self.password,
                  "csrfmiddlewaretoken": found[1]},
        )  # fmt: skip
        assert said.status_code == 302, said.status_code

    async def send(self, path: str, **data: str) -> None:
        """Send a form as the page would."""
        token = self.client.cookies["csrftoken"]
        said = await self.client.post(path, data={**data, "csrfmiddlewaretoken": token})
        assert said.status_code == 302, said.status_code

    async def picture(self) -> dict[str, Any]:
        """The whole picture, as the page fetches it."""
        said = await self.client.get("/api/command/live")
        assert said.status_code == 200, said.text[:200]
        return dict(said.json())

    async def watch(self) -> None:
        """Follow the feed for ever, as the page does: afresh where it was told to."""
        while True:
            picture = await self.picture()
            for card in picture["alerts"]:
                self._note(card)
            mark = str(picture["head"])
            while mark:
                mark = await self._follow(mark)

    async def _follow(self, mark: str) -> str:
        """One connection; returns where to go on, "" where the page starts afresh."""
        with suppress(httpx.HTTPError):
            async with self.client.stream("GET", "/live/feed", params={"after": mark}) as stream:
                event = ""
                async for line in stream.aiter_lines():
                    if line.startswith("event: "):
                        event = line[7:]
                    elif line.startswith("id: "):
                        mark = line[4:]
                    elif line.startswith("data: ") and event == "alert":
                        self._note(json.loads(line[6:]))
                    elif line.startswith("data: ") and event == "reload":
                        self.seen.reloads += 1
                        return ""
        await asyncio.sleep(0.5)
        return mark

    def _note(self, card: dict[str, Any]) -> None:
        key = (card["rule"], card["device"])
        if key not in self.seen.at:
            self.seen.at[key] = time.time()
            self.seen.start[key] = card["start"]
            self.seen.id[key] = card["id"]

    async def look_again(self) -> None:
        """Load the page and the inbox afresh, again and again."""
        while True:
            for path, times in (("/api/command/live", self.pages), ("/cases/", self.inboxes)):
                began = time.perf_counter()
                said = await self.client.get(path)
                assert said.status_code == 200, said.status_code
                times.append(time.perf_counter() - began)
                await asyncio.sleep(2)


async def publish(house: House, some: list[Alarm], seconds: float) -> dict[tuple[str, str], float]:
    """Publish them at an even pace by MQTT; returns when each was."""
    secrets, sent = house.secrets(), {}
    began, pace = time.time(), seconds / len(some)

    async def speak(site: str) -> None:
        user = f"{site}-gw-01"
        async with aiomqtt.Client(
            "127.0.0.1", house.mqtt, identifier=user, username=user, password=secrets[user]
        ) as client:
            waiting: set[asyncio.Task[None]] = set()
            for n, alarm in enumerate(some):
                if not alarm.device.startswith(site):
                    continue
                await asyncio.sleep(max(0.0, began + n * pace - time.time()))
                now = time.time()
                sent[alarm.rule, alarm.device] = now
                body = json.dumps({"time": round(now * 1000), **alarm.reading})
                task = asyncio.create_task(client.publish(f"up/{alarm.device}", body, qos=1))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            await asyncio.gather(*waiting)

    await asyncio.gather(*map(speak, SITES))
    return sent


@dataclass
class Outcome:
    """What came of it. Times are seconds."""

    expected: int
    rows: int
    cases: int
    shown: int
    life: list[float]
    rest: list[float]
    life_own: list[float]
    life_told: list[float]
    lost: list[Alarm]
    pages: list[float]
    inboxes: list[float]
    reloads: int
    on_page: int
    first_on_page: bool

    def lines(self) -> list[str]:
        """As it is printed."""
        return [
            f"  publish to the officer's page, life safety: {quantiles(self.life)}",
            f"  publish to the officer's page, the others:  {quantiles(self.rest)}",
            f"  the alert's own time to the page, life safety: {quantiles(self.life_own)}",
            f"  of it until the worker has told of it, life safety: {quantiles(self.life_told)}",
            (
                f"  alerts expected {self.expected:,}, rows {self.rows:,}, cases {self.cases:,}, "
                f"brought to the page {self.shown:,}, lost {len(self.lost)}; "
                f"started afresh {self.reloads} times"
            ),
            (
                f"  a page opened afterwards lists {self.on_page:,} alerts, life safety "
                f"{'first' if self.first_on_page else 'NOT FIRST'}"
            ),
            f"  the page's picture, asked for meanwhile: {quantiles(self.pages)}",
            f"  the inbox, asked for meanwhile: {quantiles(self.inboxes)}",
        ]


async def flood(house: House, some: list[Alarm], seconds: float, patience: float) -> Outcome:
    """All of it, on a house that runs."""
    leader, officer, other = Officer(house, "leader01"), Officer(house), Officer(house, "duty01")
    for each in (leader, officer, other):
        await each.enter()
    await leader.send("/desk/budget/", post="", most="10000")
    watching = asyncio.create_task(officer.watch())
    looking = asyncio.create_task(other.look_again())
    await asyncio.sleep(1)
    sent = await publish(house, some, seconds)
    wanted = {(alarm.rule, alarm.device) for alarm in some}
    until = time.time() + patience
    while time.time() < until and not wanted <= officer.seen.at.keys():  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    for task in (watching, looking):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    listed = (await other.picture())["alerts"]
    outcome = _outcome(house, some, sent, officer, other, listed)
    for each in (leader, officer, other):
        await each.client.aclose()
    return outcome


def _outcome(
    house: House, some: list[Alarm], sent: dict[tuple[str, str], float], officer: Officer,
    other: Officer, listed: list[dict[str, Any]],
) -> Outcome:  # fmt: skip
    seen = officer.seen
    keys = {(alarm.rule, alarm.device): alarm for alarm in some}
    took = {key: seen.at[key] - sent[key] for key in keys if key in seen.at}
    life = [key for key, alarm in keys.items() if alarm.life]
    told = dict(
        house.rows("SELECT key, min(at) FROM road_feedrow WHERE topic = 'alert' GROUP BY key")
    )
    risks = [card["life_safety"] for card in listed]
    return Outcome(
        expected=len(some),
        rows=house.rows("SELECT count(*) FROM alerts_alert WHERE parent IS NULL")[0][0],
        cases=house.rows("SELECT count(*) FROM cases_case")[0][0],
        shown=len(took),
        life=[took[key] for key in life if key in took],
        rest=[took[key] for key in keys if key in took and not keys[key].life],
        life_own=[seen.at[key] - seen.start[key] / 1000 for key in life if key in seen.at],
        life_told=[
            told[seen.id[key]] / 1000 - sent[key]
            for key in life
            if key in seen.id and seen.id[key] in told
        ],
        lost=[alarm for key, alarm in keys.items() if key not in seen.at],
        pages=other.pages,
        inboxes=other.inboxes,
        reloads=seen.reloads,
        on_page=len({(card["rule"], card["device"]) for card in listed} & keys.keys()),
        first_on_page=risks == sorted(risks, reverse=True),
    )


@contextmanager
def house_of(folder: Path, count: int, database: str) -> Iterator[House]:
    """A house with enough devices for so many alarms, running."""
    village = write_village(folder / "village", per_kind(count))
    unlimited = {"XIUHUA_DEVICE_RATE": "0", "XIUHUA_SPEAKER_RATE": "0"}
    house = House(folder / "home", database=database, **unlimited)
    house.home.mkdir()
    house.load(village)
    with running(house, "gateway", "worker", "web"):
        yield house


@contextmanager
def _databases(name: str, folder: Path) -> Iterator[str]:
    if name == "SQLite":
        yield ""
        return
    folder.chmod(0o755)
    (folder / "postgres").mkdir()
    server = Server(folder / "postgres", durable=True, memory="256MB")
    server.create()
    server.start()
    try:
        server.run("CREATE DATABASE city")
        yield server.url("city")
    finally:
        server.stop()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alarms", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--patience", type=float, default=180, help="how long to wait for the last")
    parser.add_argument("--on", choices=("SQLite", "PostgreSQL"), action="append")
    options = parser.parse_args()
    print(f"{describe()}\n{others()}", flush=True)
    for name in options.on or ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory(prefix="xiuhua-alarms-") as passing:
            folder = Path(passing)
            with (
                _databases(name, folder) as database,
                house_of(folder, options.alarms, database) as house,
            ):
                print(f"\n{name}: {options.alarms:,} alarms in {options.seconds:.0f} s", flush=True)
                cost = Cost({part: process.pid for part, process in house.running.items()})
                began = time.time()
                some = alarms(options.alarms)
                outcome = asyncio.run(flood(house, some, options.seconds, options.patience))
                print("\n".join([*outcome.lines(), *cost.lines(time.time() - began)]), flush=True)


if __name__ == "__main__":
    main()
