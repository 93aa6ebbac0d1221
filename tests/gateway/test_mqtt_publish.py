"""The MQTT door: what may be said, and when it is acknowledged."""

from __future__ import annotations

import json

import pytest

from xiuhua.gateway.mqtt import wire
from xiuhua.gateway.mqtt.codes import Code
from xiuhua.gateway.mqtt.login import PACKET_LIMIT, RECEIVE_MAXIMUM
from xiuhua.gateway.mqtt.packets import V3, V5, Publish
from xiuhua.gateway.mqtt.properties import read as read_properties
from xiuhua.gateway.mqtt.wire import Cursor

from .support import mqtt
from .support.house import MqttOnly, lines_in, soon
from .support.mqtt import GOOD, PROPERTIES, answer, client, ended, message
from .support.people import GATEWAY, OTHERS_SMOKE, SMOKE, WATER

VERSIONS = pytest.mark.parametrize("version", [V3, V5])


class TestPublish:
    @VERSIONS
    async def test_is_acknowledged_only_after_the_commit(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            house.log.hold()
            tried = house.log.tried
            there.send(mqtt.publish(message(), version), mqtt.PING)
            assert (await there.packet())[0] == 0xD0  # the ping overtakes the held PUBACK
            await soon(lambda: house.log.tried > tried)
            assert lines_in(house.log) == []
            house.log.release()
            assert await there.packet() == (0x40, b"\0\7")
            assert len(lines_in(house.log)) == 1

    async def test_of_qos_0_is_stored_even_if_the_client_leaves_at_once(self, house: MqttOnly):
        async with client(house.mqtt) as there:
            there.send(mqtt.publish(message(qos=0)), mqtt.DISCONNECT)
            assert await there.hung_up() == b""
        await soon(lambda: len(lines_in(house.log)) == 1)

    async def test_many_in_one_segment_and_one_in_many(self, house: MqttOnly):
        async with client(house.mqtt) as there:
            whole = b"".join(
                mqtt.publish(Publish(f"up/{SMOKE}", GOOD, 1, number)) for number in range(1, 101)
            )
            there.send(whole)
            ids = [int.from_bytes((await there.packet())[1]) for _ in range(100)]
            assert ids == list(range(1, 101))
            for byte in mqtt.publish(message()):
                there.send(bytes([byte]))
            assert await there.packet() == (0x40, b"\0\7")

    async def test_of_a_gateway_for_a_device_under_it(self, house: MqttOnly):
        async with client(house.mqtt, GATEWAY) as there:
            for topic, payload in (
                (f"up/{WATER}", b'[{"pressure":1},{"pressure":2}]'),
                (f"up/{GATEWAY}", json.dumps([{"device": SMOKE, "battery": 3}]).encode()),
            ):
                assert await answer(there, message(topic, payload), V3) == (0x40, b"\0\7")
        assert [json.loads(line)["device"] for line in lines_in(house.log)] == [WATER, WATER, SMOKE]

    @pytest.mark.parametrize(
        ("topic", "payload", "code", "reason"),
        [
            (f"up/{SMOKE}", b'{"battery":"x"}', Code.PAYLOAD_NOT_VALID, "wrong_type"),
            (f"up/{SMOKE}", b"", Code.PAYLOAD_NOT_VALID, "empty"),
            (f"up/{OTHERS_SMOKE}", GOOD, Code.NOT_AUTHORIZED, "not_yours"),
            (f"up/{WATER}", b'{"pressure":1}', Code.NOT_AUTHORIZED, "not_yours"),
            ("up/tl04-smoke-9999", GOOD, Code.NOT_AUTHORIZED, "unknown_device"),
            (f"down/{SMOKE}/siren", GOOD, Code.TOPIC_NOT_VALID, "bad_topic"),
            ("$SYS/broker", GOOD, Code.TOPIC_NOT_VALID, "bad_topic"),
        ],
    )
    @VERSIONS
    async def test_that_cannot_be_taken_is_kept_and_acknowledged(
        self, house: MqttOnly, topic: str, payload: bytes, code: Code, reason: str, version: int
    ):
        async with client(house.mqtt, version=version) as there:
            first, body = await answer(there, message(topic, payload), version)
            assert (first, body[:2]) == (0x40, b"\0\7")
            assert version == V3 or body[2] == code
            assert [refused.reason for refused in house.log.rejected] == [reason]
            assert lines_in(house.log) == []

    async def test_that_cannot_be_taken_is_told_why_unless_the_client_does_not_want_to_know(
        self, house: MqttOnly
    ):
        for asked, wanted in ((1, "Field battery must be a number."), (0, None)):
            more = {"properties": {"request_problem": asked}}
            async with client(house.mqtt, version=V5, **more) as there:
                _, body = await answer(there, message(payload=b'{"battery":"x"}'), V5)
                told = read_properties(Cursor(body[3:]), PROPERTIES) if len(body) > 3 else {}
                assert told.get("reason") == wanted

    async def test_an_array_of_which_some_is_taken_is_a_success(self, house: MqttOnly):
        async with client(house.mqtt, version=V5) as there:
            payload = b'[{"battery":3},{"battery":"x"}]'
            assert await answer(there, message(payload=payload), V5) == (0x40, b"\0\7")

    @pytest.mark.parametrize(
        ("packet", "code"),
        [
            (message(qos=2), Code.QOS_NOT_SUPPORTED),
            (message(retain=True), Code.RETAIN_NOT_SUPPORTED),
            (message("up/#"), Code.TOPIC_NOT_VALID),
            (message("up/+"), Code.TOPIC_NOT_VALID),
            (message(""), Code.PROTOCOL_ERROR),
            (message("up/a\0b"), Code.MALFORMED),
            (message(payload=b"x" * PACKET_LIMIT), Code.PACKET_TOO_LARGE),
        ],
        ids=["qos 2", "retained", "#", "+", "no topic", "null", "giant"],
    )
    @VERSIONS
    async def test_that_breaks_the_protocol_ends_the_connection(
        self, house: MqttOnly, packet: Publish, code: Code, version: int
    ):
        async with client(house.mqtt, version=version) as there:
            there.send(mqtt.publish(packet, version))
            assert await ended(there, version) in {None, code}
        assert lines_in(house.log) == []

    @pytest.mark.parametrize(
        ("properties", "code"),
        [
            (b"\x0b\5", Code.PROTOCOL_ERROR),
            (b"\x08\0\3a/#", Code.TOPIC_NOT_VALID),
            (b"\x08\0\3a/+", Code.TOPIC_NOT_VALID),
        ],
        ids=["a subscription identifier", "answers to #", "answers to +"],
    )
    async def test_with_what_only_a_server_may_send_ends_the_connection(
        self, house: MqttOnly, properties: bytes, code: Code
    ):
        async with client(house.mqtt, version=V5) as there:
            topic = wire.blob(b"up/" + SMOKE.encode())
            with_them = wire.varint(len(properties)) + properties
            there.send(wire.packet(0x32, topic + b"\0\7" + with_them + GOOD))
            assert await ended(there, V5) == code
        assert lines_in(house.log) == []

    async def test_who_goes_on_sending_after_its_end_is_cut_off(self, house: MqttOnly):
        async with client(house.mqtt, version=V5) as there:
            there.send(b"\x32" + wire.varint(268_435_455))
            assert (await there.packet())[0] == 0xE0
            there.send(b"x" * 100_000)
            assert house.hall.count == 1
            house.hall.end_overdue(house.hall.monotonic() + 11)
            await soon(lambda: house.hall.count == 0)

    async def test_a_giant_is_refused_by_its_first_bytes(self, house: MqttOnly):
        async with client(house.mqtt, version=V5) as there:
            there.send(b"\x32" + wire.varint(268_435_455))
            assert await ended(there, V5) == Code.PACKET_TOO_LARGE

    async def test_64_kib_of_payload_go_through(self, house: MqttOnly):
        payload = b"[" + b",".join([b'{"battery":3,"temperature":21}'] * 2100) + b"]"
        assert 64_000 < len(payload) <= 65_536
        async with client(house.mqtt) as there:
            assert await answer(there, message(payload=payload), V3) == (0x40, b"\0\7")
        assert len(lines_in(house.log)) == 2100

    @VERSIONS
    async def test_a_byte_more_is_refused_and_only_its_shape_is_kept(
        self, house: MqttOnly, version: int
    ):
        payload = GOOD.ljust(64 * 1024 + 1)
        async with client(house.mqtt, version=version) as there:
            assert await answer(there, message(payload=payload[:-1]), version) == (0x40, b"\0\7")
            first, body = await answer(there, message(payload=payload), version)
            assert (first, body[:2]) == (0x40, b"\0\7")
            assert version == V3 or body[2] == Code.QUOTA_EXCEEDED
        assert len(lines_in(house.log)) == 1
        [kept] = house.log.rejected
        assert (kept.reason, kept.fields, kept.body) == ("too_large", ("battery",), None)

    async def test_topic_aliases(self, house: MqttOnly):
        def aliased(topic: str, alias: int) -> Publish:
            return message(topic, properties={"topic_alias": alias})

        async with client(house.mqtt, version=V5) as there:
            for topic in (f"up/{SMOKE}", ""):
                assert await answer(there, aliased(topic, 1), V5) == (0x40, b"\0\7")
            there.send(mqtt.publish(aliased("", 2), V5))
            assert await ended(there, V5) == Code.PROTOCOL_ERROR
        for alias in (17, 0):
            async with client(house.mqtt, version=V5) as there:
                there.send(mqtt.publish(aliased(f"up/{SMOKE}", alias), V5))
                assert await ended(there, V5) == Code.TOPIC_ALIAS_NOT_VALID

    async def test_more_in_flight_than_agreed_ends_a_5_0_connection(self, house: MqttOnly):
        house.log.hold()
        async with client(house.mqtt, version=V5) as there:
            for number in range(1, RECEIVE_MAXIMUM + 2):
                there.send(mqtt.publish(Publish(f"up/{SMOKE}", GOOD, 1, number), V5))
            assert await ended(there, V5) == Code.RECEIVE_MAXIMUM_EXCEEDED
