"""The real house for a test: gateway, worker, web and clock as processes, in their own home."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pysqlite3.dbapi2 as sqlite3

from .ports import free_ports
from .waiting import PATIENCE, eventually
from .warm import Forked, Nursery

PARTS = ("gateway", "worker", "web", "clock")


class House:
    """A house in `home`, on free ports of 127.0.0.1; SQLite unless addresses are given."""

    def __init__(self, home: Path, *, database: str = "", log: str = "", **more: str) -> None:
        self.home = home
        self.database = database
        self.web, self.mqtt, self.http = free_ports(3)
        self.running: dict[str, subprocess.Popen[bytes] | Forked] = {}
        self._nursery: Nursery | None = None
        self.environment = os.environ | {
            "XIUHUA_HOME": str(home), "XIUHUA_DEMO": "1", "XIUHUA_DATABASE": database,
            "XIUHUA_LOG": log, "XIUHUA_WEB_PORT": str(self.web),
            "XIUHUA_MQTT_PORT": str(self.mqtt), "XIUHUA_HTTP_PORT": str(self.http),
            "PYTHONUNBUFFERED": "1", **more,
        }  # fmt: skip

    def command(self, *words: str) -> str:
        """Run `xiuhua WORDS` to its end and return what it printed; a failure is an error."""
        argv = [sys.executable, "-m", "xiuhua", *words]
        done = subprocess.run(argv, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def load(self, folder: Path) -> House:
        """Bring a neighbourhood in."""
        self.command("load", "pilot", str(folder))
        return self

    def warm(self) -> House:
        """From now on parts start at once: see `Nursery`."""
        self._nursery = Nursery(self.environment)
        return self

    def start(self, *parts: str, wait: bool = True) -> House:
        """Start these parts, and wait until the doors and pages among them answer."""
        for part in parts:
            self.running[part] = self._start(part)
        for part in parts if wait else ():
            if part in {"gateway", "web"}:
                self.answers(part)
        return self

    def _start(self, part: str) -> subprocess.Popen[bytes] | Forked:
        path = self.home / f"{part}.out"
        with path.open("ab") as out:
            if self._nursery is not None and part in PARTS:
                return self._nursery.start(part, path)
            return subprocess.Popen(
                [sys.executable, "-m", "xiuhua", part],
                env=self.environment, stdout=out, stderr=out,
            )  # fmt: skip

    def answers(self, part: str) -> None:
        """Wait until a part answers: gateway, web, or `up` when both do."""
        if part in {"gateway", "up"}:
            self._answers(part, f"http://127.0.0.1:{self.http}/health")
        if part in {"web", "up"}:
            self._answers(part, f"http://127.0.0.1:{self.web}/accounts/login/")

    def _answers(self, part: str, url: str) -> None:
        def asked() -> bool:
            assert self.running[part].poll() is None, self.output(part)
            return client.get(url).status_code < 500

        with httpx.Client(timeout=2, verify=False) as client:
            eventually(
                asked, 60, every=0.1, forgiving=httpx.HTTPError, saying=f"{part} does not answer"
            )

    def kill(self, part: str) -> None:
        """Kill -9, as a power cut would."""
        process = self.running.pop(part)
        process.kill()
        process.wait()

    def end(self, part: str) -> int:
        """SIGTERM, and what it returned."""
        process = self.running.pop(part)
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout=PATIENCE)

    def stop(self) -> None:
        """End everything that runs, the gateway last."""
        for part in sorted(self.running, key=PARTS.index, reverse=True):
            self.running[part].send_signal(signal.SIGTERM)
        for process in self.running.values():
            process.wait(timeout=PATIENCE)
        self.running.clear()
        if self._nursery is not None:
            self._nursery.close()

    def output(self, part: str) -> str:
        """What a part has printed so far."""
        return (self.home / f"{part}.out").read_text()

    def secrets(self) -> dict[str, str]:
        """The secrets of all speakers, by id."""
        with (self.home / "demo" / "credentials.csv").open() as file:
            return {row["id"]: row["secret"] for row in csv.DictReader(file)}

    def logins(self) -> dict[str, str]:
        """The passwords of all accounts, by user name."""
        with (self.home / "demo" / "logins.csv").open() as file:
            return {row["username"]: row["password"] for row in csv.DictReader(file)}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query on the rooms' database gives."""
        if self.database:
            with psycopg.connect(self.database) as connection:
                return connection.execute(sql).fetchall()  # type: ignore[call-overload]
        connection = sqlite3.connect(
            f"file:{self.home / 'city.db'}?mode=ro", uri=True, timeout=PATIENCE
        )
        try:
            return list(connection.execute(sql))
        finally:
            connection.close()

    def wait_applied(self, position: int) -> None:
        """Until the worker has applied the log up to there."""
        applied = f"SELECT 1 FROM road_progress WHERE applied >= {position}"
        try:
            eventually(lambda: self.rows(applied), 120, saying=f"{position} is never applied")
        except AssertionError as late:
            late.add_note(f"the worker said at last:\n{self.output('worker')[-3000:]}")
            raise

    def page(self, path: str) -> httpx.Response:
        """A page, as a stranger gets it."""
        return httpx.get(f"http://127.0.0.1:{self.web}{path}", timeout=PATIENCE)

    def say(self, *readings: dict[str, Any], speaker: str = "tl01-gw-01") -> httpx.Response:
        """Send readings through the HTTP door as a gateway."""
        return httpx.post(
            f"http://127.0.0.1:{self.http}/intake", json=list(readings),
            auth=(speaker, self.secrets()[speaker]), timeout=PATIENCE,
        )  # fmt: skip


@contextmanager
def running(house: House, *parts: str) -> Iterator[House]:
    """The house with these parts running, all ended afterwards."""
    try:
        yield house.start(*parts)
    finally:
        house.stop()
