"""The neighbourhood speaks to real doors: everything arrives, in order, also when the doors die."""

import asyncio
import signal
from collections import Counter

import msgspec
import pytest

from tests.gateway.support.house import lines_in, soon
from xiuhua.epoch import now_ms
from xiuhua.log.database import open_reader
from xiuhua.simulator.clock import Clock
from xiuhua.simulator.player import play
from xiuhua.simulator.rhythm import MINUTE
from xiuhua.simulator.transports import TransportError
from xiuhua.simulator.transports.credentials import speakers
from xiuhua.simulator.transports.http import Http
from xiuhua.simulator.transports.mqtt import Mqtt

from .gateway import gateway, secrets
from .hood import device, devices, world

START = 1_795_000_000_000
VOICES = speakers(devices(), secrets())
WIRED = devices()[2].id


def said(minutes):
    return list(world(faults="none").stream(START, START + minutes * MINUTE))


def full_speed():
    return Clock(start=START, speed=1e9, wall=now_ms)


def ways(ports):
    door = ("127.0.0.1", ports["mqtt"])
    return {
        "mqtt": lambda: Mqtt(door, VOICES, secrets(), standing=100),
        "sleepy": lambda: Mqtt(door, VOICES, secrets(), standing=1),
        "http": lambda: Http(f"http://127.0.0.1:{ports['http']}", VOICES, secrets()),
    }


def heard(log, device):
    """(time, everything but a plate) of a device's readings, in the order of the log."""
    with open_reader(log) as reader:
        readings = [msgspec.json.decode(line) for line in lines_in(reader)]
    return [plain(one) for one in readings if one["device"] == device]


def plain(reading):
    return tuple((name, value) for name, value in reading.items() if name != "plate")


def expected(readings, device):
    return [plain(msgspec.json.decode(one.line())) for one in readings if one.device == device]


@pytest.mark.parametrize("way", ["mqtt", "sleepy", "http"])
async def test_everything_arrives_once_and_in_order(tmp_path, way):
    readings = said(20)
    async with gateway(tmp_path / "log.db") as (_, ports):
        transport = ways(ports)[way]()
        await transport.ready()
        await play(readings, full_speed(), transport)
        await transport.drain()
        await transport.close()
    assert transport.counters.acknowledged == transport.counters.handed == len(readings)
    for name in VOICES:
        assert heard(tmp_path / "log.db", name) == expected(readings, name)


@pytest.mark.parametrize("way", ["mqtt", "http"])
async def test_nothing_is_lost_when_the_gateway_is_killed_and_started_again(tmp_path, way):
    log, readings = tmp_path / "log.db", said(240)
    async with gateway(log) as (process, ports):
        transport = ways(ports)[way]()
        await transport.ready()
        playing = asyncio.create_task(play(readings, full_speed(), transport))
        some = len(readings) // 10
        await soon(lambda: transport.counters.acknowledged >= some)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert transport.counters.acknowledged < len(readings)
    async with gateway(log, ports["mqtt"], ports["http"]):
        await playing
        await transport.drain()
        await transport.close()
    assert transport.counters.waiting == 0
    assert transport.counters.broken > 0
    for name in VOICES:
        arrived, meant = heard(log, name), expected(readings, name)
        assert not Counter(meant) - Counter(arrived)
        assert list(dict.fromkeys(arrived)) == list(dict.fromkeys(meant))


async def test_a_wrong_secret_is_said_and_not_hammered(tmp_path):
    wrong = dict.fromkeys(secrets(), "wrong")
    async with gateway(tmp_path / "log.db") as (_, ports):
        http = Http(f"http://127.0.0.1:{ports['http']}", VOICES, wrong)
        await http.send(WIRED, b"{}")
        with pytest.raises(TransportError, match=r"401.*--credentials"):
            await http.drain()
        await http.close()
        mqtt = Mqtt(("127.0.0.1", ports["mqtt"]), VOICES, wrong, standing=9)
        await soon(lambda: mqtt.counters.turned_away)
        await mqtt.close()
    assert mqtt.counters.turned_away < 50


def test_a_gateway_speaks_for_its_devices_and_the_others_for_themselves():
    wired, radio, nobody = (
        device("smoke", 90, "x"),
        device("smoke", 91, "x", under=""),
        device("smoke", 92, "x", under=""),
    )
    voices = speakers((wired, radio, nobody), {wired.under: "s", radio.id: "s"})
    assert voices == {wired.id: wired.under, radio.id: radio.id}
