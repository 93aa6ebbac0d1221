"""kill -9 in the middle of everything: whatever was acknowledged is in the log."""

from __future__ import annotations

import asyncio
import json
import signal
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.support.waiting import PATIENCE
from xiuhua.engine.control import DoorDown, DoorUp
from xiuhua.gateway.mqtt.packets import Publish
from xiuhua.log.database import open_reader

from .support import mqtt
from .support.house import FixedLedger, changes_in, lines_in
from .support.mqtt import RawClient, client
from .support.people import SECRET, SMOKE
from .support.process import gateway

START = 1_780_000_000_000
WINDOW = 20


class Sender:
    """Sends readings, each with a time of its own, until the gateway is gone."""

    def __init__(self, times: count[int], enough: int, kill: asyncio.Event) -> None:
        self.times = times
        self.acknowledged: list[int] = []
        self.enough = enough
        self.kill = kill

    def note(self, times: list[int]) -> None:
        self.acknowledged += times
        if len(self.acknowledged) >= self.enough:
            self.kill.set()

    async def over_mqtt(self, port: int, name: str) -> None:
        try:
            async with client(port, client_id=f"{SMOKE}/{name}") as there:
                await self._publish(there)
        except (OSError, asyncio.IncompleteReadError):
            return  # the kill

    async def _publish(self, there: RawClient) -> None:
        under_way: dict[int, int] = {}
        for packet_id in count():
            time = START + next(self.times)
            under_way[packet_id % 60_000 + 1] = time
            payload = b'{"time":%d,"battery":3}' % time
            there.send(mqtt.publish(Publish(f"up/{SMOKE}", payload, 1, packet_id % 60_000 + 1)))
            if len(under_way) == WINDOW:
                _, body = await there.packet()
                self.note([under_way.pop(int.from_bytes(body))])

    async def over_http(self, port: int) -> None:
        more = {"authorization": f"Bearer {SMOKE}:{SECRET}", "content-type": "application/x-ndjson"}
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=more, timeout=PATIENCE
        ) as there:
            while True:
                times = [START + next(self.times) for _ in range(10)]
                lines = b"\n".join(b'{"time":%d,"battery":3}' % time for time in times)
                try:
                    answer = await there.post("/intake", content=lines)
                except httpx.TransportError:
                    return  # the kill
                assert answer.status_code == 202
                self.note(times)


@pytest.mark.parametrize("enough", [50, 1_000, 4_000])
async def test_acknowledged_is_stored(tmp_path: Path, enough: int):
    log, kill = tmp_path / "log.db", asyncio.Event()
    sender = Sender(count(), enough, kill)
    async with gateway(log, FixedLedger()) as (process, ports):
        senders = [
            *(asyncio.create_task(sender.over_mqtt(ports["mqtt"], str(n))) for n in range(10)),
            asyncio.create_task(sender.over_http(ports["http"])),
        ]
        await asyncio.wait_for(kill.wait(), 30)
        process.kill()
        await asyncio.wait_for(asyncio.gather(*senders), 30)
    with open_reader(log) as reader:
        stored = [json.loads(line)["time"] for line in lines_in(reader)]
    assert len(sender.acknowledged) >= enough
    assert set(sender.acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))  # nobody sent again, so nothing is there twice


async def test_the_next_start_says_since_when_the_door_had_been_shut(tmp_path: Path):
    log = tmp_path / "log.db"
    async with gateway(log, FixedLedger()) as (killed, _):
        killed.kill()
        await killed.wait()
    async with gateway(log, FixedLedger()) as (ended, _):
        ended.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(ended.wait(), 30) == 0
    with open_reader(log) as reader:
        first, again, down = changes_in(reader)
    assert isinstance(first, DoorUp)
    assert isinstance(again, DoorUp)
    assert isinstance(down, DoorDown)
    assert first.at <= again.since <= again.at <= down.at
