"""How long a page waits to write beside a busy worker on SQLite: Django's own backend and ours.

    python -m bench.turns

Two processes write to one file for ten seconds each way. The busy one begins its next
transaction as soon as the last is committed; the other, like a page, rests 50 ms between its
own. Each holds a transaction for 4 ms. Printed: transactions made and the longest wait to begin.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import describe

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

SECONDS = 10
HELD = 0.004
RESTS = {"busy": 0.0, "page": 0.05}
BACKENDS = {"Django's own": "django.db.backends.sqlite3", "in turn": "xiuhua.city.sqlite_in_turn"}


def main() -> None:
    """Run both backends and print a line for each writer."""
    print(describe())
    context = multiprocessing.get_context("spawn")
    for title, backend in BACKENDS.items():
        with tempfile.TemporaryDirectory() as home:
            told: Queue[tuple[str, int, float]] = context.Queue()
            writers = [
                context.Process(target=write, args=(home, backend, name, told)) for name in RESTS
            ]
            for writer in writers:
                writer.start()
            for name, made, longest in sorted(told.get() for _ in writers):
                print(f"{title}: {name} made {made} transactions, longest wait {longest:.2f} s")
            for writer in writers:
                writer.join()


def write(home: str, backend: str, name: str, told: Queue[tuple[str, int, float]]) -> None:
    """Write for SECONDS as RESTS says; tell the count and the longest wait in seconds."""
    os.environ.update(XIUHUA_HOME=home, XIUHUA_DATABASE="")
    os.environ["DJANGO_SETTINGS_MODULE"] = "xiuhua.city.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection, connections, transaction

    settings.DATABASES["default"] |= {"ENGINE": backend, "NAME": Path(home, "turns.db")}
    connections.settings = connections.configure_settings(settings.DATABASES)
    del connections["default"]  # made by setup, with the backend as it was
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS told (who text)")
    made, longest, end = 0, 0.0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        asked = time.monotonic()
        with transaction.atomic(), connection.cursor() as cursor:
            longest = max(longest, time.monotonic() - asked)
            cursor.execute("INSERT INTO told VALUES (%s)", [name])
            time.sleep(HELD)
        made += 1
        time.sleep(RESTS[name])
    told.put((name, made, longest))


if __name__ == "__main__":
    main()
