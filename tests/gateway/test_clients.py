"""Other people's clients, unchanged, against both doors and the real log."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiomqtt
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from tests.support.waiting import PATIENCE
from xiuhua.gateway.credentials import new_secret
from xiuhua.log.database import Log, open_log, open_reader

from .support.house import House, lines_in, running
from .support.people import GATEWAY, SECRET, SMOKE, WATER

TOPIC = f"up/{SMOKE}"
VERSIONS = pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])


BOTH = pytest.mark.parametrize("where", ["sqlite", "postgresql"], indirect=True)
"""On SQLite alone otherwise: that is the log's own tests' affair."""


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the log is kept."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("postgres_url")
    return str(tmp_path / "log.db")


@pytest.fixture
def log(where: str):
    with open_log(where) as log:
        yield log


@pytest.fixture
async def house(log: Log):
    async with running(log) as house:
        yield house


async def stored(where: str) -> list[dict[str, object]]:
    """What another process would read in the log now."""

    def read() -> list[dict[str, object]]:
        with open_reader(where) as reader:
            return [json.loads(line) for line in lines_in(reader)]

    return await asyncio.to_thread(read)


async def command(*words: str, stdin: bytes = b"") -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(stdin), PATIENCE)
    assert process.returncode is not None
    return process.returncode, out.decode(), errors.decode()


def mosquitto(house: House, version: str, *words: str, secret: str = SECRET) -> list[str]:
    who = ["-h", "127.0.0.1", "-p", str(house.mqtt), "-u", SMOKE, "-P", secret]
    return ["mosquitto_pub", *who, "-V", version, "-i", SMOKE, *words]


class TestMosquitto:
    @VERSIONS
    async def test_one_message(self, house: House, where: str, version: str):
        words = mosquitto(house, version, "-q", "1", "-t", TOPIC, "-m", '{"battery":3}')
        assert (await command(*words))[0] == 0
        assert [line["battery"] for line in await stored(where)] == [3]

    @VERSIONS
    async def test_a_message_a_line(self, house: House, where: str, version: str):
        lines = b"".join(b'{"temperature":%d}\n' % number for number in range(200))
        words = mosquitto(house, version, "-q", "1", "-t", TOPIC, "-l")
        assert (await command(*words, stdin=lines))[0] == 0
        assert [line["temperature"] for line in await stored(where)] == list(range(200))

    @VERSIONS
    async def test_a_wrong_secret(self, house: House, where: str, version: str):
        words = mosquitto(house, version, "-t", TOPIC, "-m", "{}", secret=new_secret())
        code, _, errors = await command(*words)
        assert code != 0
        assert "ot authori" in errors or "bad user name or password" in errors.lower()

    async def test_a_retained_message_is_refused(self, house: House, where: str):
        good = ("-q", "1", "-t", TOPIC, "-m", '{"battery":3}')
        # A 5.0 client learns that nothing is retained, and does not ask for it.
        assert (await command(*mosquitto(house, "mqttv311", *good, "-r")))[0] != 0
        assert await stored(where) == []

    async def test_a_refused_message_is_explained(self, house: House, where: str):
        words = mosquitto(house, "mqttv5", "-q", "1", "-t", TOPIC, "-m", '{"battery":"x"}')
        _, _, errors = await command(*words)
        assert "Field battery must be a number." in errors
        assert await stored(where) == []

    async def test_a_subscriber_of_everything_hears_nothing(self, house: House):
        who = ["-h", "127.0.0.1", "-p", str(house.mqtt), "-u", SMOKE, "-P", SECRET, "-i", SMOKE]
        _, out, errors = await command("mosquitto_sub", *who, "-V", "mqttv5", "-t", "#")
        assert (out, errors) == ("", "All subscription requests were denied.\n")


class TestPaho:
    @pytest.mark.parametrize("version", [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5])
    async def test_publishes_and_waits(
        self, house: House, where: str, version: MQTTProtocolVersion
    ):
        def publish() -> None:
            client = paho.Client(CallbackAPIVersion.VERSION2, protocol=version)
            client.username_pw_set(SMOKE, SECRET)
            assert client.connect("127.0.0.1", house.mqtt) is MQTTErrorCode.MQTT_ERR_SUCCESS
            client.loop_start()
            sent = [client.publish(TOPIC, b'{"battery":%d}' % n, qos=1) for n in range(50)]
            for message in sent:
                message.wait_for_publish(PATIENCE)
            client.disconnect()
            client.loop_stop()

        await asyncio.to_thread(publish)
        assert [line["battery"] for line in await stored(where)] == list(range(50))

    async def test_learns_why_a_message_was_not_taken(self, house: House):
        told: list[ReasonCode] = []

        def publish() -> None:
            client = paho.Client(
                CallbackAPIVersion.VERSION2, SMOKE, protocol=MQTTProtocolVersion.MQTTv5
            )
            client.username_pw_set(SMOKE, SECRET)
            client.on_publish = lambda _c, _u, _m, code, _p: told.append(code)
            client.connect("127.0.0.1", house.mqtt)
            client.loop_start()
            client.publish(TOPIC, b"not json", qos=1).wait_for_publish(PATIENCE)
            client.disconnect()
            client.loop_stop()

        await asyncio.to_thread(publish)
        assert [str(code) for code in told] == ["Payload format invalid"]


@BOTH
@pytest.mark.parametrize("version", [aiomqtt.ProtocolVersion.V311, aiomqtt.ProtocolVersion.V5])
async def test_aiomqtt(house: House, where: str, version: aiomqtt.ProtocolVersion):
    async with aiomqtt.Client(
        "127.0.0.1", house.mqtt, username=GATEWAY, password=SECRET, protocol=version
    ) as client:
        await client.subscribe(f"down/{WATER}/#")
        for number in range(20):
            await client.publish(f"up/{WATER}", b'[{"pressure":%d}]' % number, qos=1)
    assert [line["pressure"] for line in await stored(where)] == list(range(20))


@BOTH
async def test_curl(house: House, where: str):
    lines = b"".join(b'{"temperature":%d}\n' % number for number in range(1000))
    words = ["-u", f"{SMOKE}:{SECRET}", "-H", "Content-Type: application/x-ndjson"]
    code, out, _ = await command(
        "curl", "-sS", *words, "--data-binary", "@-", f"{house.url}/intake", stdin=lines
    )
    assert (code, json.loads(out)) == (0, {"accepted": 1000, "copies": [], "rejected": []})
    assert [line["temperature"] for line in await stored(where)] == list(range(1000))
