"""Wills: which are taken, when they are sent, and what the log says of the connection."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from xiuhua.engine.control import LinkSet
from xiuhua.gateway.mqtt.codes import Code
from xiuhua.gateway.mqtt.packets import V3, V5, Publish
from xiuhua.gateway.mqtt.wills import BREAKS_MOST, PAYLOAD_MOST, WAITING_MOST, Left
from xiuhua.gateway.roll import Roll

from .support import mqtt
from .support.house import House, MqttOnly, changes_in, lines_in, mqtt_only, running, soon
from .support.mqtt import GOOD, RawClient, answer, client, ended, login, message, raw
from .support.people import CAMERA, DOOR, GATEWAY, ODD, OTHERS_SMOKE, SECRET, SMOKE, WATER

VERSIONS = pytest.mark.parametrize("version", [V3, V5])
LAST = b'{"battery":1}'
BROKEN = LinkSet((SMOKE,), up=False)
STANDS = LinkSet((SMOKE,), up=True)


def will(topic: str = f"up/{SMOKE}", payload: bytes = LAST, **more: object) -> Publish:
    return Publish(topic, payload, **more)  # type: ignore[arg-type]


def delayed(seconds: int) -> Publish:
    return will(properties={"will_delay": seconds})


def links(house: MqttOnly | House) -> list[LinkSet]:
    return [change for change in changes_in(house.log) if isinstance(change, LinkSet)]


def wills_in(house: MqttOnly | House) -> int:
    return sum(LAST[1:-1] in line for line in lines_in(house.log))


def cut(there: RawClient) -> None:
    """As a cable does: no farewell."""
    there._writer.transport.abort()


class TestAtConnect:
    @pytest.mark.parametrize(
        ("left", "code"),
        [
            (will(qos=2), Code.QOS_NOT_SUPPORTED),
            (will(retain=True), Code.RETAIN_NOT_SUPPORTED),
            (will(payload=b"x" * (PAYLOAD_MOST + 1)), Code.PACKET_TOO_LARGE),
            (will(f"up/{WATER}"), Code.NOT_AUTHORIZED),
            (will(f"up/{OTHERS_SMOKE}"), Code.NOT_AUTHORIZED),
            (will("up/nobody"), Code.NOT_AUTHORIZED),
            (will("up/#"), Code.TOPIC_NOT_VALID),
            (will("up/+"), Code.TOPIC_NOT_VALID),
            (will("up/"), Code.TOPIC_NOT_VALID),
            (will(""), Code.TOPIC_NOT_VALID),
            (will("$SYS/x"), Code.TOPIC_NOT_VALID),
            (will(f"down/{SMOKE}/silence"), Code.TOPIC_NOT_VALID),
            (will(f"up/{SMOKE}/x"), Code.TOPIC_NOT_VALID),
        ],
    )
    @VERSIONS
    async def test_what_its_client_could_not_publish_is_refused(
        self, house: MqttOnly, left: Publish, code: Code, version: int
    ):
        async with raw(house.mqtt) as there:
            there.send(mqtt.connect(login(version=version, will=left)))
            first, body = await there.packet()
            assert (first, body[1]) == (0x20, code if version == V5 else 5)
            assert await there.hung_up() == b""
        assert lines_in(house.log) == [] and links(house) == []

    @pytest.mark.parametrize("topic", [f"up/{WATER}", f"up/{GATEWAY}"])
    @VERSIONS
    async def test_a_box_leaves_one_for_itself_or_what_is_under_it(
        self, house: MqttOnly, topic: str, version: int
    ):
        async with client(house.mqtt, GATEWAY, version, will=will(topic, b"")) as there:
            there.send(mqtt.PING)
            assert (await there.packet())[0] == 0xD0

    async def test_one_that_promises_more_than_it_holds_is_malformed(self, house: MqttOnly):
        whole = mqtt.connect(login(version=V3, will=will()))
        async with raw(house.mqtt) as there:
            there.send(whole[:1] + bytes([whole[1] - 40]) + whole[2:-40])
            assert await there.hung_up() == b""


class TestGoing:
    @VERSIONS
    async def test_a_cut_sends_it_and_speaking_again_is_later(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version, will=will()) as there:
            await answer(there, message(), version)
            cut(there)
            await soon(lambda: BROKEN in links(house))
        assert [GOOD[1:-1] in line for line in lines_in(house.log)] == [True, False]
        assert wills_in(house) == 1
        async with client(house.mqtt, version=version, will=will()):
            await soon(lambda: links(house) == [STANDS, BROKEN, STANDS])

    @VERSIONS
    async def test_a_farewell_takes_it_away(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version, will=will()) as there:
            there.send(mqtt.DISCONNECT)
            await there.hung_up()
        await soon(lambda: house.hall.count == 0)
        async with client(house.mqtt) as there:
            await answer(there, message(), V3)
        assert wills_in(house) == 0 and links(house) == [STANDS]

    @pytest.mark.parametrize("code", [0x04, 0x80, 0x8D])
    async def test_a_farewell_with_any_other_code_sends_it(self, house: MqttOnly, code: int):
        async with client(house.mqtt, version=V5, will=will()) as there:
            there.send(bytes([0xE0, 1, code]))
            await soon(lambda: wills_in(house) == 1)

    @VERSIONS
    async def test_a_takeover_sends_it_and_the_connection_stands(
        self, house: MqttOnly, version: int
    ):
        more = {"version": version, "will": will()}
        async with client(house.mqtt, **more) as first, client(house.mqtt, **more):
            await ended(first, version)
            await soon(lambda: wills_in(house) == 1)
            assert links(house)[-1] == STANDS

    @VERSIONS
    async def test_a_broken_rule_sends_it(self, house: MqttOnly, version: int):
        async with client(house.mqtt, version=version, will=will()) as there:
            there.send(mqtt.publish(message(qos=2), version))
            await ended(there, version)
            await soon(lambda: wills_in(house) == 1)

    @VERSIONS
    async def test_silence_sends_it_once(self, version: int):
        time = [0.0]
        async with mqtt_only(monotonic=lambda: time[0]) as house:
            async with client(house.mqtt, version=version, keep_alive=10, will=will()) as there:
                house.hall.end_overdue(15.1)
                await ended(there, version)
                await soon(lambda: wills_in(house) == 1 and house.hall.count == 0)
            assert wills_in(house) == 1

    @VERSIONS
    async def test_the_house_closing_sends_it_before_its_door_is_down(self, version: int):
        async with running() as house:
            async with client(house.mqtt, version=version, will=will()):
                await house.close()
            assert wills_in(house) == 1
            names = [type(change).__name__ for change in changes_in(house.log)]
            assert set(names[-2:]) == {"LinkSet", "DoorDown"}

    async def test_no_payload_is_word_of_the_connection_alone(self, house: MqttOnly):
        async with client(house.mqtt, will=will(payload=b"")) as there:
            cut(there)
            await soon(lambda: BROKEN in links(house))
        assert lines_in(house.log) == [] and house.log.rejected == []

    async def test_one_that_is_no_reading_is_kept_as_refused(self, house: MqttOnly):
        async with client(house.mqtt, will=will(payload=b"offline")) as there:
            cut(there)
            await soon(lambda: BROKEN in links(house))
        assert [each.body for each in house.log.rejected] == [b"offline"]

    async def test_a_box_takes_all_its_devices_with_it(self, house: MqttOnly):
        async with client(house.mqtt, GATEWAY, will=will(f"up/{GATEWAY}", b"")) as there:
            cut(there)
            await soon(lambda: any(not link.up for link in links(house)))
        assert {SMOKE, WATER, DOOR, CAMERA, ODD} < set(links(house)[-1].devices)
        assert OTHERS_SMOKE not in links(house)[-1].devices

    async def test_a_loop_of_breaks_does_not_fill_the_log(
        self, house: MqttOnly, monkeypatch: pytest.MonkeyPatch
    ):
        noted: list[bool] = []
        monkeypatch.setattr(house.door, "link", lambda _devices, *, up: noted.append(up))
        wills, speaker = house.hall.wills, house.hall.intake.roll.get(SMOKE)
        assert speaker is not None
        left = Left(SMOKE, speaker, speaker.secret, will(payload=b""), 0)
        for _ in range(10 * BREAKS_MOST):
            wills.came(SMOKE, speaker, left.message, clean=True)
            wills.left(left)
        assert noted == [True, False] * BREAKS_MOST

    async def test_a_secret_that_was_withdrawn_sends_none(self, house: MqttOnly):
        async with client(house.mqtt, version=V5, will=will()) as there:
            house.hall.intake.roll = Roll()
            house.hall.roll_changed()
            assert await ended(there, V5) == Code.NOT_AUTHORIZED
        await soon(lambda: house.hall.count == 0)
        assert wills_in(house) == 0 and BROKEN not in links(house)


class TestDelay:
    LONG = {"session_expiry": 600}  # noqa: RUF012

    async def test_it_waits_and_is_sent_when_the_house_closes(self):
        async with mqtt_only() as house:
            more = {"will": delayed(300), "properties": self.LONG}
            async with client(house.mqtt, version=V5, **more) as there:
                cut(there)
                await soon(lambda: house.hall.count == 0)
            assert wills_in(house) == 0
            house.hall.last_wills()
            await soon(lambda: wills_in(house) == 1)

    async def test_it_is_sent_when_the_time_has_come(self, house: MqttOnly):
        more = {"will": delayed(1), "properties": self.LONG}
        async with client(house.mqtt, version=V5, **more) as there:
            cut(there)
            await soon(lambda: wills_in(house) == 1)

    async def test_who_comes_back_in_time_takes_it_back(self, house: MqttOnly):
        more = {"will": delayed(300), "properties": self.LONG, "clean": False}
        async with client(house.mqtt, version=V5, **more) as there:
            cut(there)
            await soon(lambda: house.hall.count == 0)
        async with client(house.mqtt, version=V5, **more):
            house.hall.wills.send_all()
        assert wills_in(house) == 0 and BROKEN not in links(house)

    async def test_who_comes_back_afresh_ends_the_former_session(self, house: MqttOnly):
        more = {"will": delayed(300), "properties": self.LONG}
        async with client(house.mqtt, version=V5, **more) as there:
            cut(there)
            await soon(lambda: house.hall.count == 0)
        async with client(house.mqtt, version=V5, clean=True):
            await soon(lambda: wills_in(house) == 1)

    async def test_a_session_that_ends_at_once_has_no_delay(self, house: MqttOnly):
        async with client(house.mqtt, version=V5, will=delayed(300)) as there:
            cut(there)
            await soon(lambda: wills_in(house) == 1)

    async def test_a_farewell_may_shorten_the_session_but_not_begin_one(self, house: MqttOnly):
        more = {"will": delayed(300), "properties": self.LONG}
        async with client(house.mqtt, version=V5, **more) as there:
            there.send(b"\xe0\x07\x04\x05\x11\0\0\0\0")
            await soon(lambda: wills_in(house) == 1)
        async with client(house.mqtt, version=V5) as there:
            there.send(b"\xe0\x07\x00\x05\x11\0\0\0\x09")
            assert await ended(there, V5) == Code.PROTOCOL_ERROR

    async def test_only_so_many_of_one_speaker_wait(self, house: MqttOnly):
        for number in range(WAITING_MOST + 2):
            more = {"will": delayed(300), "properties": self.LONG}
            name = f"{SMOKE}/{number}"
            async with client(house.mqtt, version=V5, client_id=name, **more) as there:
                cut(there)
        await soon(lambda: house.hall.count == 0 and wills_in(house) == 2)


class TestRealClients:
    @pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
    @pytest.mark.parametrize("program", ["mosquitto_pub", "mosquitto_sub"])
    async def test_mosquitto_killed(self, house: MqttOnly, program: str, version: str):
        what = ["-t", f"down/{SMOKE}/#"] if program == "mosquitto_sub" else ["-t", "up/x", "-l"]
        process = await asyncio.create_subprocess_exec(
            program, "-h", "127.0.0.1", "-p", str(house.mqtt), "-V", version, *what,
            *("-u", SMOKE, "-P", SECRET, "-i", SMOKE, "--will-topic", f"up/{SMOKE}"),
            *("--will-payload", LAST.decode()),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await soon(lambda: STANDS in links(house))
        finally:
            process.kill()
            await process.wait()
        await soon(lambda: wills_in(house) == 1 and BROKEN in links(house))

    @pytest.mark.parametrize("version", [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5])
    @pytest.mark.parametrize("how", ["cut", "farewell", "farewell with will"])
    async def test_paho(self, house: MqttOnly, version: MQTTProtocolVersion, how: str):
        there = paho.Client(CallbackAPIVersion.VERSION2, client_id=SMOKE, protocol=version)
        there.username_pw_set(SMOKE, SECRET)
        there.will_set(f"up/{SMOKE}", LAST, qos=1)
        await asyncio.to_thread(there.connect, "127.0.0.1", house.mqtt)
        there.loop_start()
        try:
            await soon(there.is_connected)
            if how == "cut":
                there.loop_stop()
                sock = there.socket()
                assert isinstance(sock, socket.socket | ssl.SSLSocket)
                os.close(sock.detach())
            elif how == "farewell" or version is MQTTProtocolVersion.MQTTv311:
                there.disconnect()
            else:
                code = ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message")
                there.disconnect(code, Properties(PacketTypes.DISCONNECT))
            await soon(lambda: house.hall.count == 0)
            sent = how == "cut" or (how != "farewell" and version is MQTTProtocolVersion.MQTTv5)
            await soon(lambda: wills_in(house) == int(sent))
            assert (BROKEN in links(house)) is sent
        finally:
            there.loop_stop()
