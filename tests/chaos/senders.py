"""Devices under fire: they send, keep what was acknowledged, and go on when a door falls shut.

What was acknowledged is sent again, three times more, later, in any order and among what is new.
"""

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

COPIES = 3
"""How often each acknowledged reading is sent again."""

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
        self.again: list[dict[str, object]] = []
        """What is still to be sent again, once for each time."""
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
        """The next few readings, and old ones among them, in any order."""
        chosen = list(itertools.islice(self._readings, self.dice.randint(1, most)))
        chosen += [self._old() for _ in range(min(COPIES * len(chosen), len(self.again)))]
        self.sent += len(chosen)
        self.dice.shuffle(chosen)
        return chosen

    def _old(self) -> dict[str, object]:
        at = self.dice.randrange(len(self.again))
        self.again[at], self.again[-1] = self.again[-1], self.again[at]
        return self.again.pop()

    def kept(self, batch: list[dict[str, object]]) -> None:
        """A door has acknowledged these."""
        for reading in batch:
            said = str(reading["device"]), int(str(reading["time"]))
            if said not in self.acknowledged:
                self.acknowledged.add(said)
                self.again += [reading] * COPIES

    def unheard(self, batch: list[dict[str, object]]) -> None:
        """No door has said anything of these: what was to be sent again still is."""
        self.again += [
            reading
            for reading in batch
            if (str(reading["device"]), int(str(reading["time"]))) in self.acknowledged
        ]

    def send_the_rest_again(self) -> None:
        """All that has not been sent again so often, now that the doors stay open."""
        self.dice.shuffle(self.again)
        while self.again:
            batch, self.again = self.again[:2_000], self.again[2_000:]
            answer = self.house.say(*batch, speaker=self.speaker)
            assert answer.status_code == 202, answer.text
            self.sent += len(batch)


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
        while not self.enough.wait(0.02):
            batch = self.batch(20)
            body = b"\n".join(map(msgspec.json.encode, batch))
            status = 0
            try:
                connection.request("POST", "/intake", body, headers)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            finally:
                (self.kept if status == 202 else self.unheard)(batch)


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
            for reading in self.batch(1) if len(flying) < 100 else ():
                topic, payload = f"up/{reading['device']}", msgspec.json.encode(reading)
                flying[client.publish(topic, payload, qos=1).mid] = reading
        client.disconnect()
        client.loop_stop()
        self.unheard(list(flying.values()))
