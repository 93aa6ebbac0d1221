"""The MQTT door: time, memory, and commands."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from xiuhua.gateway import rates
from xiuhua.gateway.mqtt import listener
from xiuhua.gateway.mqtt.codes import Code
from xiuhua.gateway.mqtt.packets import V3, V5, Publish
from xiuhua.gateway.rates import Rates

from .support import mqtt
from .support.house import MqttOnly, lines_in, mqtt_only, soon
from .support.mqtt import GOOD, answer, client, ended, message, raw
from .support.people import GATEWAY, SMOKE, WATER


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
            there.send(mqtt.PING, mqtt.publish(message(), V5)[:-1])
            assert (await there.packet())[0] == 0xD0
            clock.now += 31
            house.hall.end_overdue(clock.now)
            assert await ended(there, V5) == Code.KEEP_ALIVE_TIMEOUT

    async def test_who_does_not_read_is_not_waited_for(self, timed):
        """Once the system says that a client takes nothing more, it is not read either."""
        house, clock = timed
        async with client(house.mqtt, version=V5, keep_alive=60) as there:
            [connection] = house.hall.lines()
            connection.pause_writing()
            there.send(mqtt.PING)
            clock.now += 91
            house.hall.end_overdue(clock.now)
            await soon(lambda: house.hall.count == 0)


class TestBounds:
    async def test_a_flood_stops_at_the_full_door_and_all_of_it_arrives_in_the_end(self):
        """A held log, and senders that do not wait: what is in memory stays within the room."""
        many, payload = 600, b"[" + b",".join([b'{"battery":3}'] * 500) + b"]"
        async with mqtt_only(rates=Rates(device=0, speaker=0)) as house:
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
                    sender.send(*[mqtt.publish(message())] * 5)
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

    async def test_sockets_that_say_nothing_keep_no_device_out(self):
        async with (
            mqtt_only(connections_most=2) as house,
            raw(house.mqtt) as silent,
            raw(house.mqtt),
        ):
            await soon(lambda: house.hall.count == 2)
            async with client(house.mqtt) as there:
                assert await silent.hung_up() == b""
                there.send(mqtt.PING)
                assert (await there.packet())[0] == 0xD0

    async def test_one_speaker_takes_only_so_many_connections(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(listener, "OF_ONE_MOST", 2)
        async with (
            mqtt_only() as house,
            client(house.mqtt, WATER) as another,
            client(house.mqtt, version=V5, client_id=f"{SMOKE}/1") as oldest,
            client(house.mqtt, client_id=f"{SMOKE}/2") as second,
            client(house.mqtt, client_id=f"{SMOKE}/3"),
        ):
            assert await ended(oldest, V5) == Code.QUOTA_EXCEEDED
            for there in (another, second):
                there.send(mqtt.PING)
                assert (await there.packet())[0] == 0xD0


def slowed(house: MqttOnly) -> float:
    """How often a sender was told to wait."""
    return house.counters.registry.get_sample_value(
        "xiuhua_senders_slowed_total", {"door": "mqtt"}
    ) or 0.0  # fmt: skip


HUNDRED = b"[" + b",".join([b'{"battery":3}'] * 100) + b"]"


class TestRates:
    """A bucket of 50 readings and one more every two seconds: a hundred take minutes to pay off."""

    @pytest.fixture
    async def narrow(self):
        async with mqtt_only(rates=Rates(device=0.5, speaker=0)) as house:
            yield house

    async def test_who_sends_too_much_is_not_read_and_the_others_are(self, narrow: MqttOnly):
        async with client(narrow.mqtt) as fast, client(narrow.mqtt, WATER) as other:
            assert await answer(fast, message(payload=HUNDRED), V3) == (0x40, b"\0\7")
            assert slowed(narrow) == 1
            fast.send(mqtt.publish(message()))
            for _ in range(3):
                good = message(f"up/{WATER}", b'{"pressure":1}')
                assert await answer(other, good, V3) == (0x40, b"\0\7")
            assert len(lines_in(narrow.log)) == 103

    async def test_silence_in_that_time_ends_no_connection(self, narrow: MqttOnly):
        async with client(narrow.mqtt, keep_alive=1) as fast:
            await answer(fast, message(payload=HUNDRED), V3)
            narrow.hall.end_overdue(narrow.hall.monotonic() + 60)
            assert narrow.hall.count == 1

    async def test_a_new_connection_is_no_way_round(self, narrow: MqttOnly):
        async with client(narrow.mqtt) as first:
            await answer(first, message(payload=HUNDRED), V3)
        async with (
            client(narrow.mqtt, client_id=f"{SMOKE}/2") as second,
            client(narrow.mqtt, WATER) as other,
        ):
            second.send(mqtt.publish(message()))
            other.send(mqtt.PING)
            assert (await other.packet())[0] == 0xD0
            assert slowed(narrow) == 2
            assert len(lines_in(narrow.log)) == 100

    async def test_what_is_refused_counts_too(self, narrow: MqttOnly):
        refused = b"[" + b",".join([b'{"battery":"x"}'] * 100) + b"]"
        async with client(narrow.mqtt) as fast:
            await answer(fast, message(payload=refused), V3)
            assert slowed(narrow) == 1

    async def test_a_box_pays_for_all_its_devices(self):
        async with (
            mqtt_only(rates=Rates(device=0, speaker=0.5)) as house,
            client(house.mqtt, GATEWAY) as box,
        ):
            await answer(box, message(f"up/{SMOKE}", HUNDRED), V3)
            assert slowed(house) == 1

    async def test_a_boxs_own_topic_is_no_way_round_a_devices_rate(self, narrow: MqttOnly):
        named = b'{"device":"%b","battery":3}' % SMOKE.encode()
        async with client(narrow.mqtt, GATEWAY) as box:
            many = b"[" + b",".join([named] * 100) + b"]"
            await answer(box, message(f"up/{GATEWAY}", many), V3)
            assert slowed(narrow) == 1

    async def test_what_is_refused_of_a_box_is_no_devices(self, narrow: MqttOnly):
        refused = b"[" + b",".join([b'{"device":"nobody"}'] * 100) + b"]"
        async with client(narrow.mqtt, GATEWAY) as box:
            for topic in (GATEWAY, SMOKE):
                await answer(box, message(f"up/{topic}", refused), V3)
            assert slowed(narrow) == 0

    async def test_slow_is_not_lost(self, monkeypatch: pytest.MonkeyPatch):
        """Each message is a debt of some milliseconds; all of them come through, in order."""
        monkeypatch.setattr(rates, "BURST", 0.001)
        async with (
            mqtt_only(rates=Rates(device=200, speaker=0)) as house,
            client(house.mqtt) as there,
        ):
            for number in range(1, 21):
                there.send(mqtt.publish(Publish(f"up/{SMOKE}", GOOD, 1, number)))
            ids = [int.from_bytes((await there.packet())[1]) for _ in range(20)]
            assert ids == list(range(1, 21))
            assert slowed(house) >= 19
