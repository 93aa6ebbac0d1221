"""On SQLite who waits to write comes next, however quick the one who is writing."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from xiuhua.city import feed

LAST = 400  # rounds of the busy writer; Django's own backend lets the other in after all of them


@pytest.mark.django_db(transaction=True)
def test_a_busy_writer_does_not_starve_another() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite needs help to queue")
    begun, served = threading.Event(), threading.Event()
    rounds = 0

    def busy() -> None:
        nonlocal rounds
        while rounds < LAST and not served.is_set():
            with transaction.atomic():
                feed.tell("t", "busy", {})
                begun.set()
                served.wait(0.005)  # hold the database for a moment
            rounds += 1
        connection.close()

    writer = threading.Thread(target=busy)
    writer.start()
    begun.wait()
    with transaction.atomic():
        served.set()
        feed.tell("t", "page", {})
    writer.join()
    assert rounds < LAST
