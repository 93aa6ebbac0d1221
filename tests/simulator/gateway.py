"""The small neighbourhood's gateway in a process of its own, with a real log: it can be killed.

`python -m tests.simulator.gateway LOG MQTT_PORT HTTP_PORT` prints its two ports when it listens.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import structlog
import uvloop

from tests.gateway.support.house import FixedLedger, FixedOutbox
from xiuhua.gateway.credentials import hashed, new_secret
from xiuhua.gateway.ports import Speaker
from xiuhua.gateway.service import Addresses, serve
from xiuhua.log.database import open_log
from xiuhua.neighbourhood import Neighbourhood, load
from xiuhua.simulator.app import PILOT
from xiuhua.tokens import plate_token, site_key

from .hood import neighbourhood

SECRET = os.environ.get("XIUHUA_TEST_SECRET") or new_secret()
"""Everybody's here; each test run has its own, and hands it to the processes that it starts."""
MASTER = b"a key that only the tests know.."


def secrets(hood: Neighbourhood | None = None) -> dict[str, str]:
    """Who may log in: the gateways, and the devices that hang under none."""
    hood = hood or neighbourhood()
    own = [device.id for device in hood.devices if not device.under]
    return dict.fromkeys([*(gateway.id for gateway in hood.gateways), *own], SECRET)


def pilot() -> Neighbourhood:
    """The pilot that the house comes with."""
    return load(PILOT)


def ledger() -> FixedLedger:
    """The small neighbourhood and the pilot as the doors know them."""
    hood, large = neighbourhood(), pilot()
    known = tuple(
        Speaker(one.id, hashed(SECRET), kind=one.kind, site=one.site, under=one.under)
        for one in (*hood.devices, *large.devices)
    )
    boxes = tuple(
        Speaker(id_, hashed(SECRET), site=site)
        for id_, site in {one.id: one.site for one in (*hood.gateways, *large.gateways)}.items()
    )
    lists = {
        name.removeprefix("vehicles@"): [
            plate_token(site_key(MASTER, name.removeprefix("vehicles@")), plate)
            for plate in members
        ]
        for name, members in hood.lists.items()
        if name.startswith("vehicles@")
    }
    return FixedLedger(who=known + boxes, lists=lists)


@asynccontextmanager
async def gateway(
    log: Path, mqtt: int = 0, http: int = 0
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, int]]]:
    """The process and its ports; killed at the end of the block if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulator.gateway", str(log), str(mqtt), str(http)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "XIUHUA_TEST_SECRET": SECRET, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    try:
        said = await asyncio.wait_for(process.stdout.readline(), 60)
        yield process, json.loads(said)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _tell(addresses: Addresses) -> None:
    print(json.dumps(asdict(addresses)), flush=True)  # noqa: T201


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with open_log(Path(sys.argv[1])) as log:
        uvloop.run(
            serve(
                ledger=ledger(),
                outbox=FixedOutbox(),
                appender=log,
                reader=log,
                master_key=MASTER,
                mqtt_port=int(sys.argv[2]),
                http_port=int(sys.argv[3]),
                ready=_tell,
            )
        )
