"""Devices under fire: they send, keep what was acknowledged, and go on when a door falls shut."""

from __future__ import annotations

import base64
import http.client
import itertools
import random
import threading
import time
from collections.abc import Iterator

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.house import House

DETECTORS = 25
"""Smoke detectors at each site, so that there is always one that has not burnt for a while."""

Said = tuple[str, int]
"""A reading: its device and time. No two readings of a run share both."""


class Sender(threading.Thread):
    """Sends readings of some smoke detectors until told to stop; `acknowledged` is what a door
    has promised to keep."""

    def __init__(self, house: House, site: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.house = house
        self.speaker = f"{site}-gw-01"
        self.secret = house.secrets()[self.speaker]
        self.dice = random.Random(seed)
        self.enough = threading.Event()
        self.acknowledged: set[Said] = set()
        self.sent = 0
        self._readings = self._life(site)

    def _life(self, site: str) -> Iterator[dict[str, object]]:
        """Readings that raise and clear alerts now and then."""
        last = 0
        while True:
            device = f"{site}-smoke-{self.dice.randint(1, DETECTORS):04}"
            last = max(last + 1, time.time_ns() // 1_000_000)
            smoke = self.dice.choice((0.0, 0.01, 0.02, 0.05, 0.2, 0.4))
            yield {"device": device, "time": last, "obscuration": smoke, "temperature": 30.0}

    def batch(self, most: int) -> list[dict[str, object]]:
        """The next few readings."""
        chosen = list(itertools.islice(self._readings, self.dice.randint(1, most)))
        self.sent += len(chosen)
        return chosen

    def kept(self, batch: list[dict[str, object]]) -> None:
        """A door has acknowledged these."""
        self.acknowledged |= {(str(r["device"]), int(str(r["time"]))) for r in batch}


class HttpSender(Sender):
    """Posts NDJSON on one connection after another."""

    def run(self) -> None:
        secret = base64.b64encode(f"{self.speaker}:{self.secret}".encode()).decode()
        headers = {"content-type": "application/x-ndjson", "authorization": f"Basic {secret}"}
        while not self.enough.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.house.http, timeout=5)
            try:
                self._on(connection, headers)
            except (OSError, http.client.HTTPException):
                self.enough.wait(0.05)
            finally:
                connection.close()

    def _on(self, connection: http.client.HTTPConnection, headers: dict[str, str]) -> None:
        while not self.enough.wait(0.005):
            batch = self.batch(20)
            body = b"\n".join(map(msgspec.json.encode, batch))
            connection.request("POST", "/intake", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 202:
                self.kept(batch)


class MqttSender(Sender):
    """Publishes single readings at QoS 1 through paho, which sends again what was not
    acknowledged when it connects again."""

    def run(self) -> None:
        flying: dict[int, dict[str, object]] = {}
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, f"{self.speaker}/chaos", clean_session=False
        )
        client.username_pw_set(self.speaker, self.secret)
        client.reconnect_delay_set(1, 1)
        client.max_inflight_messages_set(20)
        client.on_publish = lambda _c, _u, mid, _r, _p: self.kept([flying.pop(mid)])
        client.connect_async("127.0.0.1", self.house.mqtt)
        client.loop_start()
        while not self.enough.wait(0.01):
            if len(flying) < 100:
                (reading,) = self.batch(1)
                topic, payload = f"up/{reading['device']}", msgspec.json.encode(reading)
                flying[client.publish(topic, payload, qos=1).mid] = reading
        client.disconnect()
        client.loop_stop()
