"""The whole road under load: readings/s from the door to the applied position, and the time from
publish to alert row, for three ways in. `make bench-road`, or `python -m bench.road --help`.

Each way: 1. flood for some seconds, then wait until the worker has applied everything: the road's
rate is readings over the whole time. 2. At half that rate, one probe after another: a fire of a
detector that has not burnt yet; from publish until its alert row can be read.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.loads import HttpLoad, MqttLoad, Tally, encode, quiet_readings, run
from bench.machine import Cost, describe, quantiles
from tests.support.house import House, running
from tests.support.village import SITES, write_village

PER_KIND = 84
"""Devices of each kind at each of two compounds: 1,680 in all."""

WAYS = {
    "MQTT, single readings": (50, 1),
    "MQTT, arrays of 50": (20, 50),
    "HTTP, NDJSON of 1,000": (4, 1000),
}
"""Connections, and readings a message."""

Load = Callable[[Tally], None]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="length of each phase")
    parser.add_argument("--way", choices=WAYS, action="append", help="only this way in")
    options = parser.parse_args()
    print(describe(), flush=True)
    for way in options.way or WAYS:
        with tempfile.TemporaryDirectory() as folder:
            village = write_village(Path(folder) / "village", PER_KIND)
            unlimited = {"XIUHUA_DEVICE_RATE": "0", "XIUHUA_SPEAKER_RATE": "0"}
            house = House(Path(folder), **unlimited)
            house.load(village)
            with running(house, "gateway", "worker"):
                measure(house, way, options.seconds)


def measure(house: House, way: str, seconds: float) -> None:
    """Both phases of one way in."""
    load = loader(house, way)
    _warm(house, load)
    cost = Cost({name: process.pid for name, process in house.running.items()})
    began = time.perf_counter()
    tally = Tally(began + seconds)
    load(tally)
    accepted = time.perf_counter() - began
    _wait_applied(house)
    applied = time.perf_counter() - began
    rate = tally.readings / applied
    print(f"\n{way}: {rate:,.0f} readings/s through the whole road")
    print(f"  acknowledged {tally.readings / accepted:,.0f} readings/s,", end=" ")
    print(f"{tally.messages / accepted:,.0f} messages/s, applied {applied - accepted:.1f} s later")
    print("\n".join(cost.lines(applied)))
    delays = _probed(house, load, Tally(time.perf_counter() + seconds, pace=rate / 2))
    print(f"  publish to alert row at half that rate: {quantiles(delays)}", flush=True)


def loader(house: House, way: str) -> Load:
    """A function that runs the load of this way in until its tally is done."""
    connections, size = WAYS[way]
    secrets = house.secrets()
    users = [f"{SITES[n % 2]}-gw-01" for n in range(connections)]
    if way.startswith("HTTP"):

        def post(number: int, tally: Tally) -> HttpLoad:
            plain = f"{users[number]}:{secrets[users[number]]}".encode()
            basic = f"Basic {base64.b64encode(plain).decode()}"
            return HttpLoad(basic, _bodies(SITES[number % 2], size), tally)

        return lambda tally: asyncio.run(run(connections, lambda n: post(n, tally), house.http))

    def publish(number: int, tally: Tally) -> MqttLoad:
        user = users[number]
        window = 1 if tally.pace else 20
        messages = _messages(SITES[number % 2], size)
        return MqttLoad(user, secrets[user], number, messages, tally, window)

    return lambda tally: asyncio.run(run(connections, lambda n: publish(n, tally), house.mqtt))


def _devices(site: str) -> list[tuple[str, str]]:
    kinds = ("water", "arc", "bikeshed", "camera")
    return [(f"{site}-{kind}-{n:04}", kind) for n in range(1, PER_KIND + 1) for kind in kinds]


def _messages(site: str, size: int) -> Iterator[tuple[bytes, bytes, int]]:
    readings = quiet_readings(_devices(site))
    while True:
        batch = list(itertools.islice(readings, size))
        if size == 1:
            yield f"up/{batch[0]['device']}".encode(), encode(batch[0]), 1
        else:
            yield f"up/{site}-gw-01".encode(), encode(batch), size


def _bodies(site: str, size: int) -> Iterator[tuple[bytes, int]]:
    readings = quiet_readings(_devices(site))
    while True:
        yield b"\n".join(map(encode, itertools.islice(readings, size))), size


def _warm(house: House, load: Load) -> None:
    """Compile and open everything once, outside the measure."""
    load(Tally(time.perf_counter() + 1))
    _wait_applied(house)


def _wait_applied(house: House) -> None:
    """Until the worker's applied position has passed the end of the log as it stands now."""
    from xiuhua.log.database import open_reader

    with open_reader(house.home / "log.db") as log:
        head, _ = log.head()
    while not house.rows(f"SELECT 1 FROM road_progress WHERE applied >= {head}"):
        time.sleep(0.05)


def _probed(house: House, load: Load, tally: Tally) -> list[float]:
    """Seconds from publish to alert row of one fire after another, under the load."""
    background = threading.Thread(target=load, args=(tally,))
    background.start()
    delays = []
    for number, site in itertools.product(range(1, PER_KIND + 1), SITES):
        if tally.done():
            break
        delays.append(_burn(house, f"{site}-smoke-{number:04}", f"{site}-gw-01"))
    background.join()
    return delays


def _burn(house: House, device: str, speaker: str) -> float:
    began = time.perf_counter()
    answer = house.say({"device": device, "obscuration": 0.5, "temperature": 60.0}, speaker=speaker)
    assert answer.status_code == 202, answer.text
    sql = f"SELECT 1 FROM alerts_alert WHERE device = '{device}'"
    while not house.rows(sql):
        time.sleep(0.002)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
