"""The change feed: one order, no gaps, nothing told that was rolled back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests.support.waiting import eventually
from xiuhua.city import feed


class Regret(Exception):
    """A command changes its mind."""


@pytest.mark.django_db
def test_rows_come_in_the_order_they_were_told() -> None:
    with transaction.atomic():
        feed.tell("case", "C1", {"stage": "filed"})
        feed.tell_many([("alert", "A1", {}), ("alert", "A2", {"zh": "烟"})])
    start = feed.head() - 3
    assert [(e.topic, e.key, e.body) for e in feed.after(start)] == [
        ("case", "C1", '{"stage":"filed"}'),
        ("alert", "A1", "{}"),
        ("alert", "A2", '{"zh":"烟"}'),
    ]
    assert [e.key for e in feed.after(start + 1, limit=1)] == ["A1"]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_told() -> None:
    @transaction.atomic
    def regretted() -> None:
        feed.tell("case", "C1", {})
        raise Regret

    with pytest.raises(Regret):
        regretted()
    with transaction.atomic():
        feed.tell("case", "C2", {})
    assert [e.key for e in feed.after(0)] == ["C2"]


@pytest.mark.django_db(transaction=True)
def test_telling_outside_a_transaction_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="inside a transaction"):
        feed.tell("case", "C1", {})


@pytest.mark.django_db(transaction=True)
def test_two_writers_leave_no_gap_and_a_reader_that_tails_misses_nothing() -> None:
    def write(name: str) -> None:
        for at in range(40):
            with transaction.atomic():
                feed.tell_many([("t", f"{name}{at}", {}), ("t", f"{name}{at}+", {})])
        connection.close()

    seen: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, "a"), pool.submit(write, "b")]

        def read_until_written() -> bool:
            seen.extend(event.id for event in feed.after(seen[-1] if seen else 0))
            return all(writer.done() for writer in writers)

        eventually(read_until_written, every=0.001)
        for writer in writers:
            writer.result()
    seen += [event.id for event in feed.after(seen[-1] if seen else 0)]
    assert seen == list(range(1, 161))


@pytest.mark.django_db
def test_a_page_that_was_away_too_long_must_start_afresh() -> None:
    with transaction.atomic():
        feed.tell_many([("t", str(at), {}) for at in range(5)])
    newest = feed.head()
    feed.FeedRow.objects.filter(id__lte=newest - 3).update(at=1)
    assert feed.trim(before=2) == 2
    assert feed.reaches(newest - 3)
    assert not feed.reaches(newest - 4)
    assert feed.reaches(newest)
    assert not feed.reaches(newest + 1)  # a database put back to an earlier state
