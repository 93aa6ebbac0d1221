"""gmqtt and mqtt.js, unchanged, against the MQTT door; the rest of them is in `test_clients`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import gmqtt
import pytest
from gmqtt.mqtt.constants import MQTTv50, MQTTv311

from .support.house import MqttOnly, lines_in, soon
from .support.people import SECRET, SMOKE

TOPIC = f"up/{SMOKE}"
SCRIPT = Path(__file__).parent / "support" / "publish.mjs"


@pytest.mark.parametrize("version", [MQTTv311, MQTTv50])
async def test_gmqtt(house: MqttOnly, version: int):
    client = gmqtt.Client(SMOKE)
    client.set_auth_credentials(SMOKE, SECRET)
    subscribed: list[int] = []
    client.on_subscribe = lambda _client, _id, codes, _properties: subscribed.extend(codes)
    await client.connect("127.0.0.1", house.mqtt, version=version)
    client.subscribe(f"down/{SMOKE}/#", qos=0)
    for number in range(20):
        client.publish(TOPIC, b'{"battery":%d}' % number, qos=1)
    await soon(lambda: len(lines_in(house.log)) == 20)
    await soon(lambda: subscribed == [0])
    await client.disconnect()
    assert [json.loads(line)["battery"] for line in lines_in(house.log)] == list(range(20))


@pytest.mark.parametrize(("version", "refusal"), [(4, None), (5, 0x99)])
async def test_mqtt_js(house: MqttOnly, version: int, refusal: int | None):
    words = [str(SCRIPT), str(house.mqtt), str(version), SMOKE, TOPIC, "20"]
    process = await asyncio.create_subprocess_exec(
        "node",
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(process.communicate(SECRET.encode()), 30)
    assert process.returncode == 0, errors.decode()
    assert json.loads(out) == {"granted": [0], "refusal": refusal}
    assert [json.loads(line)["battery"] for line in lines_in(house.log)] == list(range(20))
