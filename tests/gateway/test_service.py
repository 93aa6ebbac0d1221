"""The gateway as a whole: start, ledger, outbox, end."""

from __future__ import annotations

import asyncio
import resource

import httpx
import pytest
from structlog.testing import capture_logs

from tests.support.waiting import PATIENCE
from xiuhua.engine.control import Device, DoorDown, DoorUp, LedgerSet, ListSet, encode
from xiuhua.gateway.credentials import new_secret
from xiuhua.gateway.mqtt.codes import Code
from xiuhua.gateway.mqtt.packets import V5, Publish
from xiuhua.gateway.ports import Pending, Unavailable
from xiuhua.gateway.service import Parts, allow_files, serve
from xiuhua.log.base import LogUnavailable

from .support import mqtt
from .support.house import (
    FixedCommands,
    FixedLedger,
    FixedOutbox,
    House,
    MemoryLog,
    changes_in,
    running,
    soon,
    start,
)
from .support.mqtt import RawClient, client, login, raw
from .support.people import KNOWN_TOKEN, MASTER, PLATE, SECRET, SMOKE, VEHICLE, device

GOOD = Publish(f"up/{SMOKE}", b'{"battery":3}', 1, 7)


@pytest.fixture
async def house():
    async with running() as house:
        yield house


async def answer(client: RawClient) -> tuple[int, bytes]:
    client.send(mqtt.publish(GOOD))
    return await client.packet()


async def knock(house: House, name: str) -> bytes:
    """What the door says to a log-in."""
    async with raw(house.mqtt) as there:
        there.send(mqtt.connect(login(name)))
        return (await there.packet())[1]


async def last_word(client: RawClient) -> int:
    return (await client.hung_up())[2]


class TestLedger:
    async def test_a_device_that_leaves_the_ledger_is_put_out(self, house: House):
        async with client(house.mqtt, version=V5) as there:
            house.ledger.without(SMOKE)
            assert await last_word(there) == Code.NOT_AUTHORIZED
        async with raw(house.mqtt) as again:
            again.send(mqtt.connect(login()))
            assert await again.packet() == (0x20, b"\0\4")

    async def test_a_new_device_stands_in_the_log_before_it_may_speak(self, house: House):
        new = device("tl04-smoke-0002", "smoke")
        house.log.hold()
        row = Device(id=new.id, kind="smoke", site="tl04", place="tl04")
        house.outbox.waiting = [Pending("new", encode(LedgerSet(devices=(row,))))]
        house.ledger.with_(new)
        asked = house.ledger.asked
        await soon(lambda: house.ledger.asked > asked)
        assert await knock(house, new.id) == b"\0\4"
        house.log.release()
        async with asyncio.timeout(PATIENCE):
            while await knock(house, new.id) != b"\0\0":
                assert not house.task.done()
        assert any(isinstance(change, LedgerSet) for change in changes_in(house.log))

    async def test_while_the_ledger_is_away_the_last_roll_stands(self, house: House):
        house.ledger.away = True
        async with client(house.mqtt) as there:
            assert await answer(there) == (0x40, b"\0\7")


class TestEnd:
    async def test_what_is_in_hand_is_acknowledged_before_the_door_closes(self, house: House):
        async with client(house.mqtt, version=V5) as there:
            house.log.hold()
            there.send(mqtt.publish(GOOD, V5), mqtt.PING)
            assert (await there.packet())[0] == 0xD0
            house.stop.set()
            house.log.release()
            assert await there.packet() == (0x40, b"\0\7")
            assert await last_word(there) == Code.SHUTTING_DOWN
        with pytest.raises(OSError, match=r"."):
            await asyncio.open_connection("127.0.0.1", house.mqtt)

    async def test_the_log_says_when_the_door_opened_and_closed(self):
        log = MemoryLog()
        await (await start(log)).close()
        first = changes_in(log)
        assert [type(change) for change in first] == [DoorUp, DoorDown]
        assert isinstance(first[0], DoorUp) and first[0].since == first[0].at
        await (await start(log)).close()
        again = changes_in(log)[2]
        assert isinstance(again, DoorUp)
        assert first[1].at <= again.since <= again.at

    async def test_a_log_that_is_gone_for_good_ends_the_gateway(self):
        house = await start()
        house.log.failing = LogUnavailable("another gateway writes it", permanent=True)
        with pytest.raises(LogUnavailable, match="another gateway"):
            await asyncio.wait_for(house.task, PATIENCE)

    async def test_without_a_ledger_it_does_not_start(self):
        log, ledger = MemoryLog(), FixedLedger(away=True)
        with pytest.raises(Unavailable):
            await serve(
                Parts(
                    ledger=ledger,
                    outbox=FixedOutbox(),
                    commands=FixedCommands(),
                    appender=log,
                    reader=log,
                    master_key=MASTER,
                ),
                mqtt_port=0,
                http_port=0,
            )
        assert log.records == []


class TestOutbox:
    changes = tuple(
        Pending(f"change-{number}", encode(ListSet(f"list-{number}", add=("t",))))
        for number in range(3)
    )

    async def test_changes_are_copied_in_order_and_marked(self, house: House):
        house.outbox.waiting = list(self.changes)
        await soon(lambda: house.outbox.done == ["change-0", "change-1", "change-2"])
        names = [change.name for change in changes_in(house.log) if isinstance(change, ListSet)]
        assert names == ["list-0", "list-1", "list-2"]

    async def test_nothing_is_marked_before_it_is_on_disk(self, house: House):
        house.log.hold()
        tried = house.log.tried
        house.outbox.waiting = list(self.changes)
        await soon(lambda: house.log.tried > tried)
        assert house.outbox.done == []

    async def test_what_is_offered_again_after_a_crash_counts_once(self, house: House):
        house.outbox.forgets = True
        house.outbox.waiting = list(self.changes)
        await soon(lambda: len(house.outbox.done) >= 6)
        assert sum(isinstance(change, ListSet) for change in changes_in(house.log)) == 3


async def test_no_secret_and_nothing_about_people_stands_in_the_gateways_own_log():
    """Good and bad log-ins, good and bad messages, and everything that was logged meanwhile."""
    wrong = new_secret()
    with capture_logs() as logged:
        async with running() as house:
            async with raw(house.mqtt) as there:
                there.send(mqtt.connect(login(username="Zhang San", password=wrong.encode())))
                await there.hung_up()
            async with client(house.mqtt, VEHICLE) as there:
                for payload in (b'{"plate":"%b"}', b'{"plate":"%b","direction":7}', b'"%b'):
                    packet = Publish(f"up/{VEHICLE}", payload % PLATE.encode(), 1, 7)
                    there.send(mqtt.publish(packet))
                    assert (await there.packet())[0] == 0x40
                there.send(mqtt.publish(Publish(PLATE, b"", 2, 7)))
                await there.hung_up()
            async with httpx.AsyncClient(base_url=house.url, timeout=PATIENCE) as http:
                bearer = {"authorization": f"Bearer {VEHICLE}:{wrong}"}
                await http.post("/intake", headers=bearer | {"content-type": "application/json"})
    assert {line["event"] for line in logged} >= {"ledger.read", "mqtt.ended", "gateway.stopped"}
    for word in (SECRET, wrong, "12345", "Zhang", KNOWN_TOKEN):
        assert word not in repr(logged)


def test_the_doors_may_open_as_many_files_as_they_take_connections():
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    low = 300
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, hard))
    try:
        allow_files(low - 1)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == low
        allow_files(low + 1)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == low + 1
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))
