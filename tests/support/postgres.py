"""A PostgreSQL of our own for the tests: private folder, loopback, free port, stopped at the end.

`postgres_url` gives each test a fresh database. The server writes durably, as a real one does;
XIUHUA_FAST_POSTGRES=1 turns fsync off. XIUHUA_NO_POSTGRES=1 skips what needs a server.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.support.ports import free_ports
from tests.support.waiting import eventually

MISSING = (
    "PostgreSQL's initdb was found neither on PATH nor in /usr/lib/postgresql/*/bin. "
    "Install it (Debian: apt-get install postgresql), or set XIUHUA_NO_POSTGRES=1 to leave "
    "out every test that needs a server."
)
_libc = ctypes.CDLL(None)  # loaded before any fork

ROOT = (
    "PostgreSQL refuses to run as root, and there is no user 'postgres' or 'nobody' to run it as. "
    "Create one (adduser --system postgres), or run the tests as an ordinary user."
)


class Server:
    """One PostgreSQL server process and its folder."""

    def __init__(self, folder: Path, *, durable: bool, memory: str = "32MB") -> None:
        self.folder = folder
        self.durable = durable
        self.memory = memory
        [self.port] = free_ports(1)
        self._bin = _binaries()
        self._user = _unprivileged_user()
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, self._user)

    def url(self, database: str = "postgres") -> str:
        """Address of one database of this server."""
        return f"postgresql://xiuhua@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Lay out an empty cluster in the folder."""
        command = [str(self._bin / "initdb"), "--pgdata", str(self.folder / "data"), "--no-sync"]
        command += ["--username=xiuhua", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        result = subprocess.run(
            command, user=self._user, cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, f"initdb failed:\n{result.stdout}\n{result.stderr}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.folder / "data"), *self._settings()],
                user=self._user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
        eventually(
            self._answers,
            60,
            forgiving=psycopg.OperationalError,
            saying=f"PostgreSQL in {self.folder} starts",
        )

    def stop(self, *, crash: bool = False) -> None:
        """Stop the server; `crash` leaves recovery to the next start, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "on" if self.durable else "off",
            "max_connections": "60",
            "shared_buffers": self.memory,
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            said = (self.folder / "server.log").read_text(errors="replace")
            raise AssertionError(f"PostgreSQL ended at once:\n{said[-2000:]}")
        with psycopg.connect(self.url(), connect_timeout=2):
            return True


def _binaries() -> Path:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    if not versions:
        pytest.fail(MISSING, pytrace=False)
    return versions[-1].parent


def _unprivileged_user() -> str | None:
    """Whom to run the server as: nobody else unless we are root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    pytest.fail(ROOT, pytrace=False)


def _end_with_parent() -> None:
    """Have Linux stop the server when the tests are killed and cannot do it themselves. One call
    into libc that takes no lock, so that other threads of the tests do not matter."""
    pr_set_pdeathsig = 1
    _libc.prctl(pr_set_pdeathsig, signal.SIGINT)


def _wanted() -> None:
    if os.environ.get("XIUHUA_NO_POSTGRES") == "1":
        pytest.skip("XIUHUA_NO_POSTGRES=1")


def _own_server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="xiuhua-postgres-"))
    server = Server(folder, durable=os.environ.get("XIUHUA_FAST_POSTGRES") != "1")
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop(crash=True)  # its folder goes as well: nothing is to be saved
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The server that the tests of a session share; do not stop this one."""
    _wanted()
    yield from _own_server()


@pytest.fixture
def postgres_to_break() -> Iterator[Server]:
    """A server for one test alone, to be stopped, crashed and started again."""
    _wanted()
    yield from _own_server()


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """Address of a fresh database, gone after the test."""
    database = f"test_{uuid4().hex}"
    postgres_server.run(f"CREATE DATABASE {database}")
    try:
        yield postgres_server.url(database)
    finally:
        postgres_server.run(f"DROP DATABASE {database} WITH (FORCE)")
