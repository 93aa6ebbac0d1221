"""What the front doors take on this machine: `make bench-doors`, or `python -m bench.doors --help`.

Load and door are two processes that share the machine. An acknowledgement counts when the load has
read it; then the log is read from its beginning and must hold exactly as many readings as were
acknowledged, or more by what was still under way. Then the same with the log on three NATS nodes
of this machine, and then the same single readings go to two peers.
`--keep` adds the figures to docs/results, which docs/reference/trust.md is written from.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import psutil

from bench.doors import peers
from bench.doors.load import Job, Result
from bench.doors.ours import SECRET, Ours, ours
from bench.machine import describe
from docs import trust

IDLE = 10_000


@dataclass(frozen=True)
class Case:
    """One load, and what we had set ourselves: readings/s."""

    title: str
    protocol: str
    connections: int
    window: int
    readings: int
    aim: int


CASES = (
    Case("MQTT QoS 1, 1,680 connections, window 1", "mqtt", 1_680, 1, 1, 25_000),
    Case("MQTT QoS 1, 50 connections, window 20", "mqtt", 50, 20, 1, 80_000),
    Case("MQTT QoS 1, arrays of 50, 50 connections, window 20", "mqtt", 50, 20, 50, 500_000),
    Case("HTTP, NDJSON of 1,000, 8 connections", "http", 8, 1, 1_000, 500_000),
)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="counted time of each case")
    parser.add_argument("--case", type=int, action="append", help="only this one (0 to 3)")
    parser.add_argument("--log", choices=["sqlite", "nats"], help="only with the log there")
    parser.add_argument("--no-peers", action="store_true", help="only our own doors")
    parser.add_argument("--no-idle", action="store_true", help="no 10,000 idle connections")
    parser.add_argument("--keep", action="store_true", help="add the figures to docs/results")
    options = parser.parse_args()
    print(describe(), flush=True)
    asyncio.run(everything(options))


async def everything(options: argparse.Namespace) -> None:
    """All that was asked for."""
    cases = [CASES[n] for n in options.case] if options.case else CASES
    for log in [options.log] if options.log else ["sqlite", "nats"]:
        for case in cases:
            keep(options, await our_case(case, options.seconds, on_nats=log == "nats"))
    if not options.no_idle:
        await idle(options)
    if not options.no_peers:
        for case in [case for case in cases if case.readings == 1]:
            for peer in peers.PEERS:
                await peer_case(peer, case, options)


def keep(options: argparse.Namespace, figures: dict[str, object]) -> None:
    """Add a line to docs/results, if asked to."""
    if options.keep:
        trust.leave("doors", **figures)


@dataclass(frozen=True)
class Spent:
    """CPU while a case was counted, in cores: the server's, and of all that are no part of it."""

    server: float
    others: float


async def our_case(case: Case, seconds: float, *, on_nats: bool = False) -> dict[str, object]:
    """One case through our door. On NATS there is no aim: three nodes sync to one disk here."""
    with tempfile.TemporaryDirectory(prefix="doors-") as folder:
        async with ours(Path(folder), case.connections, on_nats=on_nats) as gateway:
            port = gateway.mqtt if case.protocol == "mqtt" else gateway.http
            job = job_of(case, case.protocol, port, seconds, SECRET)
            sync = fdatasync(Path(folder))
            result, spent = await measured(job, *gateway.pids)
            stored = await asyncio.to_thread(gateway.stored)
        acknowledged = result.all_messages * case.readings
        under_way = (result.unanswered) * case.readings
        assert acknowledged <= stored <= acknowledged + under_way, (acknowledged, stored, under_way)
        title, aim = (
            (f"Log on three NATS nodes: {case.title}", 0) if on_nats else (case.title, case.aim)
        )
        return said(title, case, result, spent, sync, stored, aim)


def job_of(case: Case, protocol: str, port: int, seconds: float, secret: str) -> Job:
    """The load of a case, at one door; it warms up for two seconds at most."""
    return Job(protocol, port, case.connections, case.window, case.readings, seconds, secret,
               warm=min(2.0, seconds))  # fmt: skip


async def peer_case(peer: peers.Peer, case: Case, options: argparse.Namespace) -> None:
    """The same load at a peer."""
    with tempfile.TemporaryDirectory(prefix="doors-") as folder:
        try:
            async with peer.start(Path(folder)) as there:
                job = job_of(case, peer.protocol, there.port, options.seconds, "x")
                sync = fdatasync(Path(folder))
                result, spent = await measured(job, *there.pids)
                at_once = await there.stored()
                stored = await settled(there)
        except peers.CannotRun as error:
            print(f"\n{peer.title}: skipped, {error}", flush=True)
            return
    title = f"{peer.title}: {case.title}"
    figures = said(title, case, result, spent, sync, stored, 0)
    print(f"  when the last acknowledgement was in, {at_once:,} were stored")
    print(f"  {peer.promise}", flush=True)
    keep(options, figures | {"promise": peer.promise, "stored_at_once": at_once})


async def settled(there: peers.Running) -> int:
    """How many are stored once that no longer changes."""
    before = -1
    while (found := await there.stored()) != before:
        before = found
        await asyncio.sleep(1.0)
    return found


async def measured(job: Job, *pids: int) -> tuple[Result, Spent]:
    """The load's result, and what everybody took meanwhile."""
    processes = [psutil.Process(pid) for pid in pids]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.doors.load",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    work = asyncio.create_task(child.communicate(msgspec.json.encode(job)))
    await asyncio.sleep(job.warm + job.seconds / 8)
    began, before, all_before = time.perf_counter(), busy(processes), busy_machine()
    await asyncio.sleep(job.seconds * 3 / 4)
    seconds = time.perf_counter() - began
    server, machine = busy(processes) - before, busy_machine() - all_before
    out, _ = await work
    assert child.returncode == 0, "the load failed"
    result = msgspec.json.decode(out, type=Result)
    others = max(0.0, machine / seconds - server / seconds - result.cpu)
    return result, Spent(server / seconds, others)


def busy_machine() -> float:
    """CPU seconds of everybody so far."""
    times = psutil.cpu_times()
    return float(sum(times[:8]) - times.idle - times.iowait)


def busy(processes: list[psutil.Process]) -> float:
    """CPU seconds so far."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def said(
    title: str, case: Case, result: Result, spent: Spent, sync: str, stored: int, aim: int
) -> dict[str, object]:
    """Print a case's figures, and give them as they are kept."""
    rate = result.messages * case.readings / result.seconds
    acknowledged = result.all_messages * case.readings
    wanted = f" (aim {aim:,}: {'met' if rate >= aim else 'MISSED'})" if aim else ""
    print(f"\n{title}: {rate:,.0f} readings/s acknowledged{wanted}")
    print(
        f"  acknowledgement p50 {result.p50:.0f} ms, p99 {result.p99:.0f} ms, worst "
        f"{result.worst:.0f} ms; stalls over 150 ms: "
        + (", ".join(f"{stall:.0f} ms" for stall in result.stalls) or "none")
    )
    print(
        f"  acknowledged {acknowledged:,}, still awaited at the end {result.unanswered}, "
        f"stored {stored:,}"
    )
    print(
        f"  CPU, in % of one core: server {100 * spent.server:.0f}, load {100 * result.cpu:.0f}, "
        f"others on this machine {100 * spent.others:.0f}; "
        f"{rate / max(spent.server, 0.01):,.0f} readings a CPU second of the server; {sync}",
        flush=True,
    )
    return {
        "case": title, "per_second": round(rate), "aim": aim, "p50_ms": round(result.p50, 1),
        "p99_ms": round(result.p99, 1), "worst_ms": round(result.worst, 1),
        "stalls": len(result.stalls), "acknowledged": acknowledged, "stored": stored,
        "server_cpu": round(spent.server, 2), "load_cpu": round(result.cpu, 2),
        "others_cpu": round(spent.others, 2), "disk": sync,
    }  # fmt: skip


def fdatasync(folder: Path, times: int = 200) -> str:
    """How long this disk takes to make 4 KiB durable."""
    took = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            took.append(1000 * (time.perf_counter() - began))
    (folder / "probe").unlink()
    p50, p99 = np.quantile(took, (0.5, 0.99))
    return f"fdatasync p50 {p50:.2f} ms, p99 {p99:.2f} ms"


async def idle(options: argparse.Namespace) -> None:
    """Memory of so many connections that are in and say nothing."""
    with tempfile.TemporaryDirectory(prefix="doors-") as folder:
        async with ours(Path(folder), IDLE) as gateway:
            before = psutil.Process(gateway.pids[0]).memory_info().rss
            held = await asyncio.to_thread(hold, gateway)
            after = psutil.Process(gateway.pids[0]).memory_info().rss
            for one in held:
                one.close()
    each = (after - before) / len(held) / 1024
    print(
        f"\n{len(held):,} idle connections: {after / 2**20:.0f} MiB, {before / 2**20:.0f} before; "
        f"{each:.1f} KiB each",
        flush=True,
    )
    keep(options, {"case": f"{len(held):,} idle connections", "mib": after >> 20,
                   "kib_each": round(each, 1)})  # fmt: skip


def hold(gateway: Ours) -> list[peers.Socket]:
    """All of them, each let in."""
    job = Job("mqtt", gateway.mqtt, 1, 1, 1, 0, SECRET)
    return [peers.logged_in(job, number) for number in range(IDLE)]


if __name__ == "__main__":
    main()
