"""What the Paho interoperability list asks of a server, as far as it applies to a door for
publishers, in both versions. The whole list, with where each point is tried: docs/guide/mqtt.md."""

from __future__ import annotations

import pytest

from xiuhua.gateway.mqtt.codes import Code
from xiuhua.gateway.mqtt.packets import V3, V5
from xiuhua.gateway.mqtt.properties import read as read_properties
from xiuhua.gateway.mqtt.wire import Cursor

from .support import mqtt
from .support.house import MqttOnly, lines_in
from .support.mqtt import PROPERTIES, answer, client, ended, login, message, raw
from .support.people import SMOKE

VERSIONS = pytest.mark.parametrize("version", [V3, V5])
OWN = f"down/{SMOKE}/#"


@VERSIONS
async def test_a_session_is_never_kept_and_nobody_is_told_that_it_was(
    house: MqttOnly, version: int
):
    for _ in range(2):
        async with raw(house.mqtt) as there:
            there.send(mqtt.connect(login(version=version, clean=False)))
            first, body = await there.packet()
            assert (first, body[:2]) == (0x20, b"\0\0")
            if version == V5:
                assert read_properties(Cursor(body[2:]), PROPERTIES)["session_expiry"] == 0
            there.send(mqtt.DISCONNECT)
            assert await there.hung_up() == b""


@VERSIONS
async def test_a_message_sent_again_is_acknowledged_again(house: MqttOnly, version: int):
    """The log holds it twice, with one time: the engine knows the copy by its values."""
    payload = b'{"time":1790000000000,"battery":3}'
    async with client(house.mqtt, version=version) as there:
        assert await answer(there, message(payload=payload), version) == (0x40, b"\0\7")
    async with client(house.mqtt, version=version) as again:
        packet = message(payload=payload, duplicate=True)
        assert await answer(again, packet, version) == (0x40, b"\0\7")
    first, second = lines_in(house.log)
    assert first == second


@VERSIONS
@pytest.mark.parametrize("packet", [b"\x62\x02\0\1", b"\x50\x02\0\1", b"\x70\x02\0\1"])
async def test_a_packet_of_qos_2_ends_the_connection(house: MqttOnly, packet: bytes, version: int):
    """PUBREL, PUBREC, PUBCOMP: nothing of ours can have asked for them."""
    async with client(house.mqtt, version=version) as there:
        there.send(packet)
        assert await ended(there, version) in {None, Code.PROTOCOL_ERROR}


@VERSIONS
async def test_overlapping_subscriptions_are_each_granted_as_asked(house: MqttOnly, version: int):
    async with client(house.mqtt, version=version) as there:
        for packet_id in (1, 2):
            there.send(mqtt.subscribe(packet_id, OWN, OWN, version=version))
            first, body = await there.packet()
            assert (first, body[-2:]) == (0x90, b"\1\1")


def takes(most: int) -> dict[str, dict[str, int]]:
    return {"properties": {"maximum_packet_size": most}}


async def test_a_client_gets_no_packet_larger_than_it_takes(house: MqttOnly):
    """First without the reason string; what cannot be shortened is not sent at all."""
    async with raw(house.mqtt) as there:
        there.send(mqtt.connect(login(version=V5, properties={"receive_maximum": 9})))
        _, body = await there.packet()
    enough = 2 + len(body)
    for most, words in ((4, b""), (5, b"\x20\3\0\x95\0"), (enough - 1, b"\x20\3\0\x95\0")):
        async with raw(house.mqtt) as there:
            there.send(mqtt.connect(login(version=V5, **takes(most))))
            assert await there.hung_up() == words
    async with client(house.mqtt, version=V5, **takes(enough)) as there:
        there.send(mqtt.subscribe(1, *[OWN] * enough, version=V5), mqtt.PING)
        assert await there.packet() == (0xD0, b"")
        there.send(mqtt.publish(message("up/+"), V5))
        assert await there.hung_up() == bytes([0xE0, 1, Code.TOPIC_NOT_VALID])


async def test_enhanced_authentication_is_refused(house: MqttOnly):
    async with raw(house.mqtt) as there:
        asked = {"authentication_method": "SCRAM-SHA-256"}
        there.send(mqtt.connect(login(version=V5, properties=asked)))
        first, body = await there.packet()
        assert (first, body[1]) == (0x20, Code.BAD_AUTHENTICATION_METHOD)
