"""A gateway in a process of its own, with a real log: something that can be killed.

`python -m tests.gateway.support.process LOG MQTT_PORT HTTP_PORT` reads its ledger as JSON, and
prints its two ports as JSON when it listens.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import msgspec
import structlog
import uvloop

from xiuhua.gateway.rates import Rates
from xiuhua.gateway.service import Addresses, Parts, serve
from xiuhua.log.database import open_log

from .house import FixedCodes, FixedCommands, FixedLedger, FixedOutbox
from .people import MASTER


@asynccontextmanager
async def gateway(
    log: Path | str, ledger: FixedLedger, *, mqtt: int = 0, http: int = 0, under: Sequence[str] = ()
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, int]]]:
    """The process and its ports; killed at the end of the block if it still runs. It runs `under`
    another program, if one is given."""
    process = await asyncio.create_subprocess_exec(
        *under,
        sys.executable,
        *("-m", __name__, str(log), str(mqtt), str(http)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(ledger))
        process.stdin.close()
        said = await asyncio.wait_for(process.stdout.readline(), 60)
        yield process, json.loads(said)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _tell(addresses: Addresses) -> None:
    print(json.dumps(asdict(addresses)), flush=True)  # noqa: T201


def _run(where: str, mqtt: str, http: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    ledger = msgspec.json.decode(sys.stdin.buffer.read(), type=FixedLedger)
    with open_log(where) as log:
        uvloop.run(
            serve(
                Parts(
                    ledger=ledger,
                    outbox=FixedOutbox(),
                    commands=FixedCommands(),
                    appender=log,
                    reader=log,
                    master_key=MASTER,
                    book=log.answers,
                    enrolment=FixedCodes(),
                    rates=Rates(device=0, speaker=0),  # whoever runs this floods it
                ),
                mqtt_port=int(mqtt),
                http_port=int(http),
                ready=_tell,
            )
        )


if __name__ == "__main__":
    _run(*sys.argv[1:])
