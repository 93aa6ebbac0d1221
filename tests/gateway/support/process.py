"""A gateway in a process of its own, with a real log: something that can be killed.

`python -m tests.gateway.support.process LOG` prints its two ports as JSON when it listens.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import structlog
import uvloop

from xiuhua.gateway.service import Addresses, serve
from xiuhua.log.database import open_log

from .house import FixedLedger, FixedOutbox
from .people import MASTER


def _tell(addresses: Addresses) -> None:
    print(json.dumps(asdict(addresses)), flush=True)  # noqa: T201


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    log = open_log(Path(sys.argv[1]))
    uvloop.run(
        serve(
            ledger=FixedLedger(),
            outbox=FixedOutbox(),
            appender=log,
            reader=log,
            master_key=MASTER,
            mqtt_port=0,
            http_port=0,
            ready=_tell,
        )
    )
