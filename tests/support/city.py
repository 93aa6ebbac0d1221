"""The rooms' database under test: SQLite, or PostgreSQL with `--database postgres`.

One run uses one of them, as a house does; `make test` runs the city's tests once with each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
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


def _use_database(url: str) -> None:
    from django.conf import settings
    from django.db import connections

    from xiuhua.city.settings import postgres_database

    settings.DATABASES["default"] = postgres_database(url)
    connections.settings = connections.configure_settings(settings.DATABASES)
    if hasattr(connections._connections, "default"):
        del connections["default"]
