"""The rooms' database under test: SQLite, or PostgreSQL with `--database postgres`.

One run uses one of them, as a house does; `make test` runs the city's tests once with each. SQLite
gives what a query asks for in no order from its end: what hangs on an order that nobody asked for
is found by the first run, not by PostgreSQL on a bad day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db.backends.signals import connection_created
from django.dispatch import receiver

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from tests.support.postgres import Server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres"],
        default="sqlite",
        help="Database that the city's tests run on.",
    )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Before pytest-django makes its test database: put ours in the place of SQLite."""
    if request.config.getoption("--database") == "postgres":
        server: Server = request.getfixturevalue("postgres_server")
        server.run("CREATE DATABASE city")
        _use_database(server.url("city"))


@receiver(connection_created)
def _read_from_the_end(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA reverse_unordered_selects = ON")


def _use_database(url: str) -> None:
    from django.conf import settings
    from django.db import connections

    from xiuhua.city.settings import postgres_database

    settings.DATABASES["default"] = postgres_database(url)
    connections.settings = connections.configure_settings(settings.DATABASES)
    if hasattr(connections._connections, "default"):
        del connections["default"]
