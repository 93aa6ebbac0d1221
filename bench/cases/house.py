"""A PostgreSQL of our own with the pilot neighbourhood in it, and Django pointed at it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.support.postgres import Server

PILOT = Path(__file__).parents[2] / "pilot"
MEMORY = "1GB"
"""What the server may keep of its tables in memory (`shared_buffers`)."""


@contextmanager
def postgres(folder: Path | None = None) -> Iterator[Server]:
    """A durable server, in a folder that is kept, or in one that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="xiuhua-cases-") as passing:
        home = folder or Path(passing)
        home.mkdir(exist_ok=True, parents=True)
        home.chmod(0o755)
        rooms = home / "postgres"
        there = (rooms / "data").is_dir()
        rooms.mkdir(exist_ok=True)
        server = Server(rooms, durable=True, memory=MEMORY)
        if not there:
            server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def enter(url: str, home: Path) -> None:
    """Point Django at the database, and bring its tables up to date."""
    home.mkdir(exist_ok=True, parents=True)
    os.environ |= {
        "XIUHUA_DATABASE": url, "XIUHUA_HOME": str(home), "XIUHUA_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "xiuhua.city.settings",
    }  # fmt: skip
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def settle() -> None:
    """Load the pilot neighbourhood."""
    from xiuhua.city.pilot import load_pilot

    load_pilot(PILOT, now=datetime.now(UTC), demo=True)
