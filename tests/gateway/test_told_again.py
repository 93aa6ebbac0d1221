"""Through the real doors, the real log and the rules that the house comes with: messages told three
times, out of order, a day late, or under a clock that leaps, give the alerts of a quiet day."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from tests.support.waiting import PATIENCE
from xiuhua.engine.changes import AlertChange
from xiuhua.engine.control import Device, LedgerSet, RulesSet, encode
from xiuhua.engine.records import Control, Data
from xiuhua.engine.rules import default_rules
from xiuhua.engine.step import State, step
from xiuhua.gateway.mqtt.packets import Publish
from xiuhua.gateway.ports import Pending
from xiuhua.gateway.timekeeper import BELIEVED
from xiuhua.gateway.watch import MARK_EVERY
from xiuhua.log.database import Log, open_log
from xiuhua.log.rejected import Narrowed

from .support import mqtt
from .support.house import House, running, soon
from .support.mqtt import RawClient, client
from .support.people import DOOR, GATEWAY, NOW, SECRET, SMOKE, WATER
from .test_timekeeper import Machine

pytestmark = pytest.mark.slow
DAY = 86_400_000
SPAN = 2_000
"""ms: the reorder span of doors and water, as their kinds say. Smoke waits for nothing."""

LOG = "00000000-0000-4000-8000-000000000001"
"""One name for all of these logs: the ids of alerts hang on it."""

Arrival: TypeAlias = tuple[int, dict[str, Any]]
"""When it arrives, ms from NOW, and what it says."""

Alert: TypeAlias = tuple[str, str, str, int]
"""Id, what happened to it, level, time."""


def day() -> list[Arrival]:
    """What three devices say, each reading on time: a fire, a forced door, a pipe that bursts."""
    said: list[Arrival] = []
    for second in range(0, 120, 7):
        at = second * 1000
        hot = 30 <= second < 60
        smoke = {"obscuration": 0.5 if hot else 0.01, "temperature": 65.0 if hot else 22.0}
        said.append((at, {"device": SMOKE, "time": NOW + at, "battery": 3.0, **smoke}))
        event = "forced" if second == 49 else "open" if second % 2 else "close"
        said.append((at + 400, {"device": DOOR, "time": NOW + at + 400, "event": event}))
        pressure = 20_000.0 if second > 60 else 300_000.0
        flow = {"pressure": pressure, "flow": 1.0 + second / 1000}
        said.append((at + 700, {"device": WATER, "time": NOW + at + 700, **flow}))
    return said


def disordered(said: Sequence[Arrival], times: int) -> list[Arrival]:
    """Each reading `times` over, at any moment within its kind's span."""
    dice = random.Random(4)
    arrivals = [
        (at + (0 if reading["device"] == SMOKE else dice.randint(0, SPAN)), reading)
        for at, reading in said
        for _ in range(times)
    ]
    return sorted(arrivals, key=lambda arrival: arrival[0])


class Street:
    """A gateway, its machine, and the devices that speak to it."""

    def __init__(self, house: House, log: Log, machine: Machine, web: Any, wire: RawClient) -> None:
        self.house, self.log, self.machine = house, log, machine
        self._web, self._wire = web, wire
        self._said = 0

    async def say(self, arrivals: Sequence[Arrival]) -> None:
        """Let each of these arrive at its moment; every other one by MQTT; all are acknowledged."""
        for at, reading in arrivals:
            self.machine.pass_(max(0, NOW + at - self.machine.true))
            self._said += 1
            if self._said % 2:
                answer = await self._web.post("/intake", json=reading)
                assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
            else:
                body = json.dumps(reading).encode()
                number = self._said
                self._wire.send(mqtt.publish(Publish(f"up/{reading['device']}", body, 1, number)))
                assert await self._wire.packet() == (0x40, number.to_bytes(2))

    def alerts(self) -> list[Alert]:
        """What the engine makes of the log, but for what hangs on the moments of arrival."""
        return told(self.fold()[1])

    def fold(self) -> tuple[State, list[AlertChange]]:
        records = self.log.read(0, limit=100_000)
        return step(State(LOG), records)

    def times(self) -> list[int]:
        return [record.at for record in self.log.read(0, limit=100_000)]


class TrueMachine(Machine):
    """A machine that also knows the true time, whatever its wall clock says."""

    def __init__(self) -> None:
        super().__init__()
        self.true = NOW

    def pass_(self, ms: int) -> None:
        super().pass_(ms)
        self.true += ms


@asynccontextmanager
async def street(folder: Path) -> AsyncIterator[Street]:
    machine = TrueMachine()
    with open_log(folder / "log.db") as log:
        async with (
            running(log, clocks=machine.clocks, notes=log.notes) as house,
            httpx.AsyncClient(base_url=house.url, auth=(GATEWAY, SECRET), timeout=PATIENCE) as web,
            client(house.mqtt, GATEWAY) as wire,
        ):
            kinds = {SMOKE: "smoke", DOOR: "door", WATER: "water"}
            devices = tuple(
                Device(id=name, kind=kind, site="tl04", place="tl04-b001", building="tl04-b001")
                for name, kind in kinds.items()
            )
            rules = tuple((1, rule.text) for rule in default_rules())
            house.outbox.waiting = [
                Pending("devices", encode(LedgerSet(devices))),
                Pending("rules", encode(RulesSet(rules))),
            ]
            await soon(lambda: not house.outbox.waiting)
            yield Street(house, log, machine, web, wire)


def told(changes: Sequence[AlertChange]) -> list[Alert]:
    return sorted((c.id, c.what, c.level, c.time) for c in changes if "silence" not in c.rule)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> list[Alert]:
    """The alerts of the day as it should be, two minutes of quiet after it."""

    async def lived() -> list[Alert]:
        async with street(tmp_path_factory.mktemp("quiet") / "log") as here:
            await here.say(day())
            await here.say([after_quiet(240_000)])
            return here.alerts()

    alerts = asyncio.run(lived())
    assert len(alerts) >= 5, "too few alerts: this proves nothing"
    return alerts


def after_quiet(at: int) -> Arrival:
    return at, {"device": SMOKE, "time": NOW + at, "obscuration": 0.01, "temperature": 22.0}


async def test_three_times_over_and_out_of_order_is_the_same(
    tmp_path: Path, quiet: list[Alert]
) -> None:
    async with street(tmp_path / "mixed") as here:
        await here.say(disordered(day(), 3))
        await here.say([after_quiet(240_000)])
        state, changes = here.fold()
        assert told(changes) == quiet
        stored = sum(r.count for r in here.log.read(0, limit=100_000) if isinstance(r, Data))
        assert stored == 3 * len(day()) + 1, "each copy is stored"
        assert sum(room.copies for room in state.rooms.values()) == 2 * len(day())
        assert sum(room.late for room in state.rooms.values()) == 0


async def test_a_day_late_is_stored_and_counted_and_changes_nothing(
    tmp_path: Path, quiet: list[Alert]
) -> None:
    async with street(tmp_path / "late") as here:
        await here.say(day())
        await here.say([after_quiet(240_000)])
        fires = [
            (240_500, {"device": SMOKE, "time": NOW - DAY + n, "obscuration": 0.9,
                       "temperature": 80.0})
            for n in range(20)
        ]  # fmt: skip
        await here.say(fires)
        state, changes = here.fold()
        assert told(changes) == quiet
        assert state.rooms["smoke"].late == 20
        lines = b"".join(r.body for r in here.log.read(0, limit=9999) if isinstance(r, Data))
        assert lines.count(b'"obscuration":0.9') == 20


@pytest.mark.parametrize("leap", [DAY, -DAY], ids=["forward", "back"])
async def test_a_gateways_clock_that_leaps_by_a_day_changes_nothing(
    tmp_path: Path, quiet: list[Alert], leap: int
) -> None:
    """The devices know the true time. Log time goes on at the pace of time, nobody is refused."""
    async with street(tmp_path / "leap") as here:
        said = day()
        await here.say(said[:20])
        here.machine.wall += leap
        await here.say([*said[20:], after_quiet(240_000)])
        assert here.alerts() == quiet
        times = here.times()
        assert times == sorted(times)
        assert times[-1] == here.machine.true
        here.machine.wall -= leap
        here.machine.pass_(MARK_EVERY)
        await here.say([after_quiet(300_000)])
        assert here.times()[-1] == here.machine.true == here.machine.wall


@pytest.mark.parametrize("leap", [DAY, -DAY], ids=["forward", "back"])
async def test_a_devices_clock_that_leaps_by_a_day_changes_nothing_for_others(
    tmp_path: Path, quiet: list[Alert], leap: int
) -> None:
    """The water meter's clock is a day ahead: refused with the reason, and kept. A day behind: a
    slow clock makes nothing late, and the others' alerts are as they were."""
    async with street(tmp_path / "device") as here:
        web = httpx.AsyncClient(base_url=here.house.url, auth=(GATEWAY, SECRET), timeout=PATIENCE)
        for at, reading in day():
            if reading["device"] != WATER:
                await here.say([(at, reading)])
                continue
            here.machine.pass_(max(0, NOW + at - here.machine.true))
            wrong = {**reading, "time": reading["time"] + leap}
            answer = (await web.post("/intake", json=wrong)).json()
            assert answer["accepted"] == (0 if leap > 0 else 1)
        await web.aclose()
        await here.say([after_quiet(240_000)])
        changes = here.fold()[1]
        others = {change.id for change in changes if change.device in {SMOKE, DOOR}}
        mine = [alert for alert in quiet if alert[0] in others]
        assert len(mine) >= 3, "too little of the others: this proves nothing"
        assert [alert for alert in told(changes) if alert[0] in others] == mine
        refused = here.log.rejected.find(Narrowed(reason="from_the_future"), limit=100)
        assert len(refused) == (18 if leap > 0 else 0)
        assert max(here.times()) == here.machine.true


async def test_a_leap_that_a_person_believes_counts_for_nobodys_silence(tmp_path: Path) -> None:
    async with street(tmp_path / "believed") as here:
        await here.say(day()[:18])
        here.machine.wall += DAY
        here.machine.true += DAY  # it was the clock that had been a day behind
        burning = {"device": SMOKE, "time": NOW + DAY + 40_000, "obscuration": 0.6}
        await here.say([(DAY + 40_000, {**burning, "temperature": 70.0})])
        assert max(here.times()) < NOW + DAY
        raised = {c.rule for c in here.fold()[1] if c.device == SMOKE}
        assert any("fire" in rule for rule in raised), "it burns, whoever's clock is right"
        here.log.notes.put(BELIEVED, "", here.machine.wall)
        await soon(lambda: here.times()[-1] >= NOW + DAY)
        records = here.log.read(0, limit=9999)
        first = next(r for r in records if r.at >= NOW + DAY)
        assert isinstance(first, Control) and b"door.up" in first.body
        assert not [c for c in here.fold()[1] if "silence" in c.rule and c.what == "raised"]
