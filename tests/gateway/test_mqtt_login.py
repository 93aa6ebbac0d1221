"""The MQTT door: who comes in, and what it may hear."""

from __future__ import annotations

import pytest

from xiuhua.gateway.credentials import new_secret
from xiuhua.gateway.mqtt import wire
from xiuhua.gateway.mqtt.codes import Code
from xiuhua.gateway.mqtt.packets import V3, V5
from xiuhua.gateway.mqtt.properties import read as read_properties
from xiuhua.gateway.mqtt.wire import Cursor

from .support import mqtt
from .support.house import MqttOnly
from .support.mqtt import PROPERTIES, answer, client, ended, login, message, raw
from .support.people import GATEWAY, OTHERS_SMOKE, SMOKE, WATER

VERSIONS = pytest.mark.parametrize("version", [V3, V5])


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
            terms = read_properties(Cursor(body[2:]), PROPERTIES)
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
            mqtt.publish(message()),
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
            assert (await answer(now, message(), V5))[0] == 0x40

    async def test_another_client_id_of_the_same_device_does_not(self, house: MqttOnly):
        more = {"client_id": f"{SMOKE}/b"}
        async with client(house.mqtt) as first, client(house.mqtt, **more) as second:
            for there in (first, second):
                assert await answer(there, message(), V3) == (0x40, b"\0\7")

    @VERSIONS
    async def test_twice_is_once_too_often(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            there.send(mqtt.connect(login(version=version)))
            assert await ended(there, version) in {None, Code.PROTOCOL_ERROR}


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
            assert (first, body[:2], body[-1]) == (0x90, b"\0\5", 1 if granted else refusal)

    @pytest.mark.parametrize(
        ("topic_filter", "code"),
        [
            (f"$share/g/down/{SMOKE}/#", Code.SHARED_NOT_SUPPORTED),
            ("a/#/b", Code.FILTER_NOT_VALID),
            ("a+", Code.FILTER_NOT_VALID),
            ("a#", Code.FILTER_NOT_VALID),
            ("+b/#", Code.FILTER_NOT_VALID),
            ("#/#", Code.FILTER_NOT_VALID),
            ("+/+/#", Code.NOT_AUTHORIZED),
        ],
    )
    @VERSIONS
    async def test_what_a_filter_may_not_be_is_said_by_its_code(
        self, house: MqttOnly, topic_filter: str, code: Code, version: int
    ):
        async with client(house.mqtt, version=version) as there:
            there.send(mqtt.subscribe(5, f"down/{SMOKE}/#", topic_filter, version=version))
            _, body = await there.packet()
            assert body[-2:] == bytes([1, code if version == V5 else 0x80])

    async def test_with_an_identifier_ends_the_connection(self, house: MqttOnly):
        """CONNACK says that none are available."""
        async with client(house.mqtt, version=V5) as there:
            asked = wire.blob(b"down/%b/#" % SMOKE.encode()) + b"\1"
            there.send(wire.packet(0x82, b"\0\5" + b"\2\x0b\1" + asked))
            assert await ended(there, V5) == Code.SUBSCRIPTION_IDS_NOT_SUPPORTED

    @VERSIONS
    async def test_of_nothing_is_an_error(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            there.send(mqtt.subscribe(5, version=version))
            assert await ended(there, version) in {None, Code.PROTOCOL_ERROR}

    @VERSIONS
    async def test_and_unsubscribe(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version) as there:
            own = f"down/{SMOKE}/#"
            there.send(mqtt.subscribe(5, own, version=version))
            await there.packet()
            there.send(mqtt.unsubscribe(6, own, own, "x", "x+", version=version))
            first, body = await there.packet()
            codes = bytes([Code.SUCCESS, *[Code.NO_SUBSCRIPTION_EXISTED] * 2, 0x8F])
            assert (first, body) == (0xB0, b"\0\6" + (b"\0" + codes if version == V5 else b""))
