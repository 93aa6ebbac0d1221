"""What the kernel sees: the log is synced before an acknowledgement leaves the socket."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.waiting import PATIENCE
from xiuhua.gateway.mqtt.packets import Publish

from .support import mqtt
from .support.house import FixedLedger, soon
from .support.mqtt import client
from .support.people import SECRET, SMOKE
from .support.process import gateway

pytestmark = pytest.mark.slow
START = 1_780_000_000_000
MESSAGES = 12
CALLS = "openat,pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg"
LINE = re.compile(r"(?P<pid>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?P<rest>.*)")


@pytest.fixture
def strace(tmp_path: Path) -> tuple[list[str], Path]:
    """The words that run a program under strace, and where its account goes."""
    found = shutil.which("strace")
    assert found, "strace is missing: apt-get install strace"
    tried = subprocess.run([found, "-o", "/dev/null", "true"], capture_output=True, text=True)
    if tried.returncode and "ptrace" in tried.stderr:
        pytest.skip(f"ptrace is not permitted here: {tried.stderr.strip()}")
    account = tmp_path / "account"
    words = ["-D", "-f", "-y", "-s", "9000", "-e", f"trace={CALLS}", "-o", str(account)]
    return [found, *words], account


async def test_the_log_is_synced_before_an_acknowledgement_leaves(
    strace: tuple[list[str], Path], tmp_path: Path
) -> None:
    under, account = strace
    folder = tmp_path / "log"
    folder.mkdir()
    async with gateway(folder / "log.db", FixedLedger(), under=under) as (process, ports):
        async with client(ports["mqtt"]) as there:
            for number in range(MESSAGES):
                payload = b'{"time":%d,"battery":3}' % (START + number)
                there.send(mqtt.publish(Publish(f"up/{SMOKE}", payload, 1, number + 1)))
                assert await there.packet() == (0x40, (number + 1).to_bytes(2))
        url = f"http://127.0.0.1:{ports['http']}/intake"
        async with httpx.AsyncClient(auth=(SMOKE, SECRET), timeout=PATIENCE) as web:
            for number in range(MESSAGES, 2 * MESSAGES):
                said = {"time": START + number, "battery": 3}
                assert (await web.post(url, json=said)).status_code == 202
        process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE)
    over = re.compile(rf"^{process.pid} +\+\+\+ exited", re.MULTILINE)
    await soon(lambda: over.search(account.read_text()[-2000:]))
    wal = str(folder / "log.db-wal")
    seen = list(happenings(account.read_text(), wal, str(folder)))
    assert seen.index("folder") < seen.index("synced")
    for number in range(2 * MESSAGES):
        ack = f"PUBACK {number + 1}" if number < MESSAGES else f"202 {number - MESSAGES}"
        written, left = seen.index(f"written {START + number}"), seen.index(ack)
        assert written < left
        assert "synced" in seen[written:left], f"{ack} left before its sync came back"


def happenings(account: str, wal: str, folder: str) -> Iterator[str]:
    """What matters, in order: "written TIME" (of readings, into the WAL), "synced" (the sync of the
    WAL has come back), "folder" (its folder's has), "PUBACK n" and "202 n" (begin to leave)."""
    syncing, answers = dict[str, str](), 0
    for match in filter(None, map(LINE.match, account.splitlines())):
        pid, name, rest = match["pid"], match["name"], match["rest"]
        if name in {"fsync", "fdatasync"}:
            what = syncing.pop(pid) if "resumed" in rest else rest
            if rest.endswith("<unfinished ...>"):
                syncing[pid] = rest
            elif rest.endswith("= 0"):
                yield from (word for path, word in _synced(wal, folder) if f"<{path}>" in what)
        elif name == "pwrite64" and f"<{wal}>" in rest:
            yield from (f"written {time}" for time in re.findall(r'\\"time\\":(\d{13}),', rest))
        elif puback := re.search(r'"@\\2\\0(\\[0-7]+|\\.)"', rest):
            yield f"PUBACK {int_of(puback[1])}"
        elif '"HTTP/1.1 202' in rest:
            yield f"202 {answers}"
            answers += 1


def _synced(wal: str, folder: str) -> tuple[tuple[str, str], ...]:
    return (wal, "synced"), (folder, "folder")


def int_of(escaped: str) -> int:
    """The byte behind C's escape for it."""
    named = {r"\a": 7, r"\b": 8, r"\t": 9, r"\n": 10, r"\v": 11, r"\f": 12, r"\r": 13}
    return named[escaped] if escaped in named else int(escaped[1:], 8)
