"""The tests' own PostgreSQL does what its fixtures say."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.postgres import Server
from tests.support.waiting import eventually


def test_each_test_gets_an_empty_database_of_its_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE mine (a int)")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == [("mine",)]


def test_a_crashed_server_starts_again_with_what_was_committed(postgres_to_break: Server) -> None:
    with psycopg.connect(postgres_to_break.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS a")
    postgres_to_break.stop(crash=True)
    postgres_to_break.start()
    with psycopg.connect(postgres_to_break.url()) as connection:
        assert connection.execute("SELECT a FROM kept").fetchall() == [(7,)]


def test_eventually_returns_the_first_true_answer() -> None:
    answers = iter([0, 0, 5])
    assert eventually(lambda: next(answers), every=0) == 5


def test_eventually_says_what_it_waited_for() -> None:
    with pytest.raises(AssertionError, match="the moon rises: not within 0 s; last: False"):
        eventually(lambda: False, 0, saying="the moon rises")
