"""Stories through the whole house, on the database that `--database` names."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.house import House, running
from tests.support.village import write_village

Build = Callable[..., House]


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small neighbourhood's folder."""
    return write_village(tmp_path_factory.mktemp("village") / "pilot")


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, village: Path) -> Path:
    """A home with the village loaded on SQLite, to be copied: making passwords takes seconds."""
    home = tmp_path_factory.mktemp("furnished")
    House(home).load(village)
    return home


@pytest.fixture(scope="module")
def build(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, village: Path
) -> Iterator[Build]:
    """A function that gives a house with the village loaded and the named parts running, until
    the module's last story is told."""
    with ExitStack() as open_houses:

        def built(*parts: str, folder: Path | None = None, **settings: str) -> House:
            home = tmp_path_factory.mktemp("house") / "home"
            if request.config.getoption("--database") == "postgres":
                settings |= _fresh_databases(request)
            elif folder is None:
                shutil.copytree(request.getfixturevalue("furnished"), home)
            home.mkdir(exist_ok=True)
            house = House(home, **settings)
            if "database" in settings or folder is not None:
                house.load(folder or village)
            return open_houses.enter_context(running(house, *parts))

        yield built


def _fresh_databases(request: pytest.FixtureRequest) -> dict[str, str]:
    """Two that nobody has used: a session that the last house has left open is in nobody's way."""
    server = request.getfixturevalue("postgres_server")
    names = [f"flow_{what}_{uuid4().hex}" for what in ("city", "log")]
    for name in names:
        server.run(f"CREATE DATABASE {name}")
    return dict(zip(("database", "log"), map(server.url, names), strict=True))
