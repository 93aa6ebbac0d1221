"""What only tests need."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from .checks import Finding, Setup, check


@check("X40")
def tests_find_their_programs(_: Setup) -> Iterator[Finding]:
    """`make test` finds a browser, a database server, MQTT clients and strace."""
    servers = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    absent = {
        "chromium": not shutil.which("chromium"),
        "postgresql": not shutil.which("initdb") and not any(servers),
        "mosquitto": not (shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").is_file()),
        "mosquitto-clients": not shutil.which("mosquitto_pub"),
        "strace": not shutil.which("strace"),
    }
    if missing := [name for name, gone in absent.items() if gone]:
        yield Finding(
            "note",
            f"Not installed, needed by make test alone: {', '.join(missing)}.",
            f"apt-get install {' '.join(missing)}",
        )
