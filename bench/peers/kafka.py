"""A Kafka broker for the peers that need one: a single node on loopback, from Maven Central's jars,
with its data in a temporary folder."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.ports import free_ports

POM = Path(__file__).with_suffix(".xml")
CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"
SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


class NoKafka(Exception):
    """Why there is no broker here."""


@dataclass
class Broker:
    """A running broker: where, and what it costs."""

    address: str
    process: subprocess.Popen[bytes]

    def memory(self) -> float:
        """MiB resident."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 2**20)

    def load(self, python: Path, topic: str, readings: Path) -> None:
        """Put a file on a new topic, with the Kafka client of that environment."""
        argv = [python, "-m", "bench.peers.kafka_load", self.address, topic, readings]
        subprocess.run(argv, check=True)


@contextmanager
def broker(home: Path) -> Iterator[Broker]:
    """A broker with nothing in it. Raises NoKafka."""
    jars = _jars(home)
    with tempfile.TemporaryDirectory() as folder:
        port, controller = free_ports(2)
        settings = Path(folder) / "server.properties"
        settings.write_text(SETTINGS.format(port=port, controller=controller, folder=folder))
        java = ["java", "-Xmx1g", "-cp", f"{jars}/*"]
        with (home / "broker.log").open("wb") as log:
            out = {"stdout": log, "stderr": log}
            storage = [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", settings]
            subprocess.run(storage, check=True, **out)
            process = subprocess.Popen([*java, "kafka.Kafka", settings], **out)
            try:
                _wait(process, port)
                yield Broker(f"127.0.0.1:{port}", process)
            finally:
                process.terminate()
                process.wait(60)


def _jars(home: Path) -> Path:
    """The folder of the broker's jars, fetched once."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise NoKafka(f"{program} is not installed, so there is no Kafka broker")
    jars = home / "jars"
    if not jars.exists():
        home.mkdir(parents=True, exist_ok=True)
        argv = [
            "mvn", "-q", "-B", "-f", POM, "dependency:copy-dependencies",
            "-DincludeScope=runtime", f"-DoutputDirectory={jars.resolve()}",
        ]  # fmt: skip
        fetched = subprocess.run(argv, capture_output=True, text=True)
        if fetched.returncode:
            shutil.rmtree(jars, ignore_errors=True)
            raise NoKafka(f"Maven brought no broker: {fetched.stdout.strip()[:200]}")
    return jars


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise NoKafka("the Kafka broker did not start; see broker.log")
