"""Our gateway as a process with its real log, and what that log holds in the end: in SQLite, or on
a NATS cluster of three nodes on this same machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.doors import load
from tests.gateway.support.house import FixedLedger
from tests.gateway.support.process import gateway
from tests.support.nats import Cluster
from xiuhua.engine.records import Data
from xiuhua.gateway.credentials import hashed, new_secret
from xiuhua.gateway.ports import Speaker
from xiuhua.log.database import open_reader

SECRET = new_secret()


@dataclass
class Ours:
    """A running gateway. `pids` are its own and those of the log's servers, the gateway's first."""

    pids: tuple[int, ...]
    mqtt: int
    http: int
    log: str

    def stored(self) -> int:
        """Readings in the log, counted by the lines that its records really hold."""
        found = after = 0
        with open_reader(self.log) as log:
            while records := log.read(after):
                after = records[-1].position
                packs = (record for record in records if isinstance(record, Data))
                found += sum(pack.body.count(b"\n") for pack in packs)
        return found


@asynccontextmanager
async def ours(folder: Path, devices: int, *, on_nats: bool = False) -> AsyncIterator[Ours]:
    """A gateway that knows so many devices, each by a login of its own."""
    stored = hashed(SECRET)
    who = tuple(Speaker(load.name(n), stored, kind="water", site="tl04") for n in range(devices))
    cluster = Cluster(folder, 3, store="8GB") if on_nats else None
    try:
        if cluster is not None:
            await asyncio.to_thread(cluster.start)
        log = cluster.url("doors") if cluster else str(folder / "log.db")
        async with gateway(log, FixedLedger(who=who)) as (process, ports):
            pids = (process.pid, *(node.pid for node in (cluster.nodes if cluster else ())))
            yield Ours(pids, ports["mqtt"], ports["http"], log)
    finally:
        if cluster is not None:
            cluster.kill()
