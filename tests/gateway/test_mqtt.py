"""The MQTT door, byte by byte over a real socket."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack

import pytest

from xiuhua.gateway.credentials import new_secret
from xiuhua.gateway.mqtt import wire
from xiuhua.gateway.mqtt.codes import Code
from xiuhua.gateway.mqtt.login import PACKET_LIMIT, RECEIVE_MAXIMUM
from xiuhua.gateway.mqtt.packets import V3, V5, Publish
from xiuhua.gateway.mqtt.properties import read as read_properties
from xiuhua.gateway.mqtt.wire import Cursor

from .support import mqtt
from .support.house import MqttOnly, lines_in, mqtt_only, soon
from .support.mqtt import RawClient, client, login, raw
from .support.people import GATEWAY, OTHERS_SMOKE, SMOKE, WATER

GOOD = b'{"battery":3}'
VERSIONS = pytest.mark.parametrize("version", [V3, V5])
ALL = frozenset({
    "session_expiry", "receive_maximum", "maximum_qos", "retain_available", "maximum_packet_size",
    "topic_alias_maximum", "assigned_client_id", "server_keep_alive", "reason", "user",
    "subscription_ids_available", "shared_available",
})  # fmt: skip


@pytest.fixture
async def house():
    async with mqtt_only() as house:
        yield house


def publish(topic: str = f"up/{SMOKE}", payload: bytes = GOOD, qos: int = 1, **more: object):
    return Publish(topic, payload, qos, packet_id=7 if qos else 0, **more)  # type: ignore[arg-type]


async def answer(client: RawClient, packet: Publish, version: int) -> tuple[int, bytes]:
    client.send(mqtt.publish(packet, version))
    return await client.packet()


async def ended(client: RawClient, version: int) -> int | None:
    """The code with which the server ends the connection; None in 3.1.1, which has none."""
    rest = await client.hung_up()
    if version == V3:
        assert rest == b""
        return None
    assert rest[0] == 0xE0
    return rest[2]


class TestConnect:
    @VERSIONS
    async def test_is_let_in(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            there.send(mqtt.PING)
            assert await there.packet() == (0xD0, b"")

    @pytest.mark.parametrize(
        ("change", "code", "old_code"),
        [
            ({"password": new_secret().encode()}, Code.BAD_USERNAME_OR_PASSWORD, 4),
            ({"password": b"\xff\xfe"}, Code.BAD_USERNAME_OR_PASSWORD, 4),
            ({"password": None}, Code.BAD_USERNAME_OR_PASSWORD, 4),
            ({"username": "tl04-smoke-9999"}, Code.BAD_USERNAME_OR_PASSWORD, 4),
            ({"username": "tl05-mute-0001", "password": b""}, Code.BAD_USERNAME_OR_PASSWORD, 4),
            ({"username": None, "password": None}, Code.BAD_USERNAME_OR_PASSWORD, 4),
            ({"client_id": WATER}, Code.CLIENT_ID_NOT_VALID, 2),
            ({"client_id": SMOKE + "x"}, Code.CLIENT_ID_NOT_VALID, 2),
            ({"client_id": f"{WATER}/{SMOKE}"}, Code.CLIENT_ID_NOT_VALID, 2),
            ({"will_topic": f"up/{SMOKE}"}, Code.NOT_AUTHORIZED, 5),
            ({"will_topic": f"up/{WATER}"}, Code.NOT_AUTHORIZED, 5),
        ],
    )
    @VERSIONS
    async def test_is_turned_away(
        self, house: MqttOnly, change, code: Code, old_code, version: int
    ):
        async with raw(house.mqtt) as there:
            there.send(mqtt.connect(login(version=version, **change)))
            first, body = await there.packet()
            assert (first, body[1]) == (0x20, code if version == V5 else old_code)
            assert await there.hung_up() == b""

    async def test_an_empty_client_id_gets_one_of_its_own(self, house: MqttOnly):
        async with raw(house.mqtt) as there:
            there.send(mqtt.connect(login(version=V5, client_id="", keep_alive=0)))
            _, body = await there.packet()
            terms = read_properties(Cursor(body[2:]), ALL)
            assert str(terms["assigned_client_id"]).startswith(f"{SMOKE}/")
            assert terms["server_keep_alive"] == 1200
            assert (terms["maximum_qos"], terms["retain_available"]) == (1, 0)

    async def test_an_empty_client_id_with_a_kept_session_is_refused_in_3_1_1(
        self, house: MqttOnly
    ):
        async with raw(house.mqtt) as there:
            there.send(mqtt.connect(login(client_id="", clean=False)))
            assert (await there.packet())[1] == b"\0\2"

    @pytest.mark.parametrize(
        "first_bytes",
        [b"\x10\x0c\0\4MQTT\6\2\0\0\0\0", b"\x10\x0e\0\6MQIsdp\3\2\0\0\0\0"],
        ids=["version 6", "version 3.1"],
    )
    async def test_other_versions_are_told_so(self, house: MqttOnly, first_bytes: bytes):
        async with raw(house.mqtt) as there:
            there.send(first_bytes)
            assert await there.packet() == (0x20, b"\0\1")
            assert await there.hung_up() == b""

    @pytest.mark.parametrize(
        "first_bytes",
        [
            mqtt.publish(publish()),
            mqtt.PING,
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"\x10\xff\xff\xff\xff",
            b"\x10\xff\xff\xff\x7f",
            b"\x11\x00",
        ],
        ids=["publish", "ping", "http", "tls", "long length", "256 MiB", "flags"],
    )
    async def test_anything_else_is_hung_up_on_without_a_word(self, house: MqttOnly, first_bytes):
        async with raw(house.mqtt) as there:
            there.send(first_bytes)
            assert await there.hung_up() == b""

    async def test_the_same_client_id_takes_over(self, house: MqttOnly):
        async with client(house.mqtt, version=V5) as first, client(house.mqtt, version=V5) as now:
            assert await ended(first, V5) == Code.SESSION_TAKEN_OVER
            assert (await answer(now, publish(), V5))[0] == 0x40

    async def test_another_client_id_of_the_same_device_does_not(self, house: MqttOnly):
        more = {"client_id": f"{SMOKE}/b"}
        async with client(house.mqtt) as first, client(house.mqtt, **more) as second:
            for there in (first, second):
                assert await answer(there, publish(), V3) == (0x40, b"\0\7")

    @VERSIONS
    async def test_twice_is_once_too_often(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            there.send(mqtt.connect(login(version=version)))
            assert await ended(there, version) in {None, Code.PROTOCOL_ERROR}


class TestPublish:
    @VERSIONS
    async def test_is_acknowledged_only_after_the_commit(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            house.log.hold()
            tried = house.log.tried
            there.send(mqtt.publish(publish(), version), mqtt.PING)
            assert (await there.packet())[0] == 0xD0  # the ping overtakes the held PUBACK
            await soon(lambda: house.log.tried > tried)
            assert lines_in(house.log) == []
            house.log.release()
            assert await there.packet() == (0x40, b"\0\7")
            assert len(lines_in(house.log)) == 1

    async def test_of_qos_0_is_stored_even_if_the_client_leaves_at_once(self, house: MqttOnly):
        async with client(house.mqtt) as there:
            there.send(mqtt.publish(publish(qos=0)), mqtt.DISCONNECT)
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
            for byte in mqtt.publish(publish()):
                there.send(bytes([byte]))
            assert await there.packet() == (0x40, b"\0\7")

    async def test_of_a_gateway_for_a_device_under_it(self, house: MqttOnly):
        async with client(house.mqtt, GATEWAY) as there:
            for topic, payload in (
                (f"up/{WATER}", b'[{"pressure":1},{"pressure":2}]'),
                (f"up/{GATEWAY}", json.dumps([{"device": SMOKE, "battery": 3}]).encode()),
            ):
                assert await answer(there, publish(topic, payload), V3) == (0x40, b"\0\7")
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
            first, body = await answer(there, publish(topic, payload), version)
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
                _, body = await answer(there, publish(payload=b'{"battery":"x"}'), V5)
                told = read_properties(Cursor(body[3:]), ALL) if len(body) > 3 else {}
                assert told.get("reason") == wanted

    async def test_an_array_of_which_some_is_taken_is_a_success(self, house: MqttOnly):
        async with client(house.mqtt, version=V5) as there:
            payload = b'[{"battery":3},{"battery":"x"}]'
            assert await answer(there, publish(payload=payload), V5) == (0x40, b"\0\7")

    @pytest.mark.parametrize(
        ("packet", "code"),
        [
            (publish(qos=2), Code.QOS_NOT_SUPPORTED),
            (publish(retain=True), Code.RETAIN_NOT_SUPPORTED),
            (publish("up/#"), Code.TOPIC_NOT_VALID),
            (publish("up/+"), Code.TOPIC_NOT_VALID),
            (publish(""), Code.PROTOCOL_ERROR),
            (publish("up/a\0b"), Code.MALFORMED),
            (publish(payload=b"x" * PACKET_LIMIT), Code.PACKET_TOO_LARGE),
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
            assert await answer(there, publish(payload=payload), V3) == (0x40, b"\0\7")
        assert len(lines_in(house.log)) == 2100

    async def test_topic_aliases(self, house: MqttOnly):
        def aliased(topic: str, alias: int) -> Publish:
            return publish(topic, properties={"topic_alias": alias})

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


class TestSubscribe:
    @pytest.mark.parametrize(
        ("who", "topic_filter", "granted"),
        [
            (SMOKE, f"down/{SMOKE}/#", True),
            (GATEWAY, f"down/{GATEWAY}/#", True),
            (GATEWAY, f"down/{WATER}/#", True),
            (GATEWAY, f"down/{OTHERS_SMOKE}/#", False),
            (SMOKE, f"down/{WATER}/#", False),
            (SMOKE, "#", False),
            (SMOKE, "down/#", False),
            (SMOKE, "down/+/#", False),
            (SMOKE, f"down/{SMOKE}", False),
            (SMOKE, f"down/{SMOKE}/+", False),
            (SMOKE, f"up/{SMOKE}", False),
            (SMOKE, f"$share/g/down/{SMOKE}/#", False),
            (SMOKE, "$SYS/#", False),
        ],
    )
    @VERSIONS
    async def test_only_to_its_own_commands(
        self, house: MqttOnly, who: str, topic_filter: str, granted: bool, version: int
    ):
        async with client(house.mqtt, who, version) as there:
            there.send(mqtt.subscribe(5, topic_filter, version=version))
            first, body = await there.packet()
            refusal = Code.NOT_AUTHORIZED if version == V5 else 0x80
            assert (first, body[:2], body[-1]) == (0x90, b"\0\5", 0 if granted else refusal)

    @VERSIONS
    async def test_of_nothing_is_an_error(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            there.send(mqtt.subscribe(5, version=version))
            assert await ended(there, version) in {None, Code.PROTOCOL_ERROR}

    @VERSIONS
    async def test_and_unsubscribe(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            there.send(mqtt.unsubscribe(6, f"down/{SMOKE}/#", "x", version=version))
            first, body = await there.packet()
            assert (first, body[:2], len(body)) == (0xB0, b"\0\6", 2 if version == V3 else 5)


class Clock:
    """Seconds that pass when the test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class TestTime:
    @pytest.fixture
    async def timed(self):
        clock = Clock()
        async with mqtt_only(monotonic=clock) as house:
            yield house, clock

    async def test_one_and_a_half_times_the_keep_alive(self, timed):
        house, clock = timed
        async with client(house.mqtt, version=V5, keep_alive=60) as there:
            clock.now += 89
            house.hall.end_overdue(clock.now)
            there.send(mqtt.PING)
            assert (await there.packet())[0] == 0xD0  # and the clock starts anew
            clock.now += 89
            house.hall.end_overdue(clock.now)
            there.send(mqtt.PING)
            assert (await there.packet())[0] == 0xD0
            clock.now += 91
            house.hall.end_overdue(clock.now)
            assert await ended(there, V5) == Code.KEEP_ALIVE_TIMEOUT

    async def test_who_does_not_log_in_is_hung_up_on(self, timed):
        house, clock = timed
        async with raw(house.mqtt) as there:
            there.send(b"\x10")
            await soon(lambda: house.hall.count == 1)
            clock.now += 11
            house.hall.end_overdue(clock.now)
            assert await there.hung_up() == b""

    async def test_a_packet_that_trickles_in_is_not_waited_for(self, timed):
        """Slow loris: a byte now and then keeps no connection alive."""
        house, clock = timed
        async with client(house.mqtt, version=V5, keep_alive=1200) as there:
            there.send(mqtt.PING, mqtt.publish(publish(), V5)[:-1])
            assert (await there.packet())[0] == 0xD0
            clock.now += 31
            house.hall.end_overdue(clock.now)
            assert await ended(there, V5) == Code.KEEP_ALIVE_TIMEOUT


class TestBounds:
    async def test_a_flood_stops_at_the_full_door_and_all_of_it_arrives_in_the_end(self):
        """A held log, and senders that do not wait: what is in memory stays within the room."""
        many, payload = 600, b"[" + b",".join([b'{"battery":3}'] * 500) + b"]"
        async with mqtt_only() as house:
            house.log.hold()
            async with client(house.mqtt) as there:
                house.door.room = room = 1 << 20
                for number in range(1, many + 1):
                    there.send(mqtt.publish(Publish(f"up/{SMOKE}", payload, 1, number)))
                await soon(lambda: house.door.full)
                one = 500 * len(
                    b'{"device":"tl04-smoke-0001","time":1790000000000,"battery":3.0}\n'
                )
                assert house.door.held <= room + one
                house.log.release()
                ids = [int.from_bytes((await there.packet())[1]) for _ in range(many)]
                assert ids == list(range(1, many + 1))
            assert len(lines_in(house.log)) == many * 500

    async def test_when_there_is_room_again_everybody_gets_a_turn(self):
        """Room for one message at a time, and twenty senders who wait for it."""
        async with mqtt_only() as house:
            house.log.hold()
            house.door.room = 1
            async with AsyncExitStack() as stack:
                senders = [
                    await stack.enter_async_context(client(house.mqtt, client_id=f"{SMOKE}/{n}"))
                    for n in range(20)
                ]
                for sender in senders:
                    sender.send(*[mqtt.publish(publish())] * 5)
                await soon(lambda: house.door.full)
                house.log.release()
                for sender in senders:
                    for _ in range(5):
                        assert await sender.packet() == (0x40, b"\0\7")
            assert len(lines_in(house.log)) == 100

    async def test_too_many_connections_are_hung_up_on(self):
        async with (
            mqtt_only(connections_most=1) as house,
            client(house.mqtt),
            raw(house.mqtt) as second,
        ):
            assert await second.hung_up() == b""

    async def test_a_command_goes_to_whoever_has_subscribed(self, house: MqttOnly):
        async with client(house.mqtt, GATEWAY, V5) as there, client(house.mqtt):
            there.send(mqtt.subscribe(1, f"down/{WATER}/#", version=V5))
            assert (await there.packet())[0] == 0x90
            assert house.hall.command(WATER, "valve", b"shut") == 1
            first, body = await there.packet()
            assert (first, body) == (0x30, b"\0\x1adown/tl04-water-0001/valve" + b"\0shut")
            there.send(mqtt.unsubscribe(2, f"down/{WATER}/#", version=V5))
            assert (await there.packet())[0] == 0xB0
            assert house.hall.command(WATER, "valve", b"shut") == 0
