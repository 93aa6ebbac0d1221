"""Commands on their way down, and what becomes of them: a well-kept client, and odd moments."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiomqtt
import pytest

from xiuhua.epoch import now_ms
from xiuhua.gateway.mqtt.packets import V3, V5, Publish
from xiuhua.gateway.ports import Command

from .support import mqtt
from .support.house import House, running, soon
from .support.mqtt import RawClient, client
from .support.people import GATEWAY, OTHERS_SMOKE, SECRET, SMOKE, WATER

VERSIONS = pytest.mark.parametrize("version", [V3, V5])
LONG = 600_000


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with running() as house:
        yield house


def give(house: House, id_: str = "c1", device: str = SMOKE, life: int = LONG) -> None:
    house.commands.given.append(Command(id_, device, "silence", now_ms() + life))


async def subscribed(there: RawClient, version: int, device: str = SMOKE) -> None:
    there.send(mqtt.subscribe(1, f"down/{device}/#", version=version))
    assert (await there.packet())[0] == 0x90


def puback(body: bytes, topic_length: int) -> bytes:
    """The PUBACK of a PUBLISH with this body."""
    at = 2 + topic_length
    return b"\x40\x02" + body[at : at + 2]


async def get(there: RawClient, device: str = SMOKE) -> bytes:
    """The next packet, which has to be a command of QoS 1; its PUBACK."""
    first, body = await there.packet()
    topic = f"down/{device}/silence".encode()
    assert first == 0x32 and body[2 : 2 + len(topic)] == topic
    return puback(body, len(topic))


def say(id_: str, device: str = SMOKE, *, ok: bool = True, version: int = V3) -> bytes:
    words = json.dumps({"id": id_, "ok": ok, "why": "" if ok else "motor"}).encode()
    return mqtt.publish(Publish(f"done/{device}", words, 1, 9), version)


@pytest.mark.parametrize("protocol", [aiomqtt.ProtocolVersion.V311, aiomqtt.ProtocolVersion.V5])
async def test_a_real_client_gets_it_and_answers(house: House, protocol: aiomqtt.ProtocolVersion):
    give(house)
    async with aiomqtt.Client(
        "127.0.0.1", house.mqtt, username=SMOKE, password=SECRET, identifier=SMOKE,
        protocol=protocol,
    ) as there:  # fmt: skip
        await there.subscribe(f"down/{SMOKE}/#", qos=1)
        message = await anext(aiter(there.messages))
        said = json.loads(message.payload)  # type: ignore[arg-type]
        assert (message.topic.value, message.qos) == (f"down/{SMOKE}/silence", 1)
        assert said["id"] == "c1"
        if protocol is aiomqtt.ProtocolVersion.V5:
            assert message.properties is not None
            assert message.properties.CorrelationData == b"c1"
            assert message.properties.ResponseTopic == f"done/{SMOKE}"
        await soon(lambda: "delivered" in house.commands.stages("c1"))
        await there.publish(f"done/{SMOKE}", json.dumps({"id": "c1", "ok": True}), qos=1)
        assert house.commands.stages("c1") == ["sent", "delivered", "done"]


@VERSIONS
async def test_it_waits_for_a_device_that_is_away_and_survives_a_takeover(
    house: House, version: int
):
    give(house)
    async with client(house.mqtt, version=version) as first:
        await subscribed(first, version)
        await get(first)
        async with client(house.mqtt, version=version) as second:
            await subscribed(second, version)
            second.send(await get(second))
            await soon(lambda: "delivered" in house.commands.stages("c1"))


@VERSIONS
async def test_overlapping_subscriptions_bring_a_command_once(house: House, version: int):
    give(house)
    async with client(house.addresses.mqtt, version=version) as there:
        own = f"down/{SMOKE}/#"
        there.send(mqtt.subscribe(1, own, own, version=version))
        first, body = await there.packet()
        assert (first, body[-2:]) == (0x90, b"\1\1")
        there.send(await get(there))
        await soon(lambda: "delivered" in {news.stage for news in house.commands.news})
        there.send(mqtt.PING)
        assert (await there.packet())[0] == 0xD0


async def test_what_was_acknowledged_is_not_sent_again(house: House):
    give(house)
    async with client(house.mqtt) as there:
        await subscribed(there, V3)
        there.send(await get(there))
        await soon(lambda: "delivered" in house.commands.stages("c1"))
    give(house, "c2")
    async with client(house.mqtt) as there:
        await subscribed(there, V3)
        _, body = await there.packet()
        assert b'"c2"' in body


async def test_what_is_out_of_time_is_not_sent(house: House):
    give(house, "late", life=-1)
    give(house, "c2")
    async with client(house.mqtt) as there:
        await subscribed(there, V3)
        _, body = await there.packet()
        assert b'"c2"' in body
    assert house.commands.stages("late") == []


async def test_a_gateway_box_gets_its_devices_commands_and_nobody_elses(house: House):
    give(house, "foreign", OTHERS_SMOKE)
    give(house, "c2", WATER)
    async with client(house.mqtt, GATEWAY) as there:
        await subscribed(there, V3, WATER)
        there.send(await get(there, WATER))
        there.send(say("c2", WATER, ok=False))
        assert await there.packet() == (0x40, b"\0\x09")
    assert house.commands.stages("c2") == ["sent", "delivered", "failed"]
    assert house.commands.stages("foreign") == []


async def test_nobody_answers_for_another(house: House):
    give(house, "c2", WATER)
    async with client(house.mqtt, SMOKE) as there:
        there.send(say("c2", WATER))
        assert (await there.packet())[0] == 0x40  # kept among the refused
    assert house.commands.stages("c2") == []


async def test_an_answer_is_acknowledged_only_when_the_rooms_have_it(house: House):
    async with client(house.mqtt) as there:
        house.commands.away = True
        there.send(say("c1"), mqtt.PING)
        assert await there.packet() == (0xD0, b"")
        house.commands.away = False
        assert await there.packet() == (0x40, b"\0\x09")
        assert house.commands.stages("c1") == ["done"]


async def test_a_client_gets_no_more_at_once_than_it_asked_for(house: House):
    for at in range(3):
        give(house, f"c{at}")
    async with client(house.mqtt, version=V5, properties={"receive_maximum": 1}) as there:
        await subscribed(there, V5)
        for at in range(3):
            ack = await get(there)
            there.send(mqtt.PING)
            assert await there.packet() == (0xD0, b""), f"after {at}"
            there.send(ack)
