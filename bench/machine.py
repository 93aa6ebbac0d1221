"""What every benchmark prints beside its figures: the machine, the versions, the processes."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
from pathlib import Path

import psutil

from xiuhua import sqlite

PACKAGES = ("django", "numba", "numpy", "polars", "msgspec", "uvloop", "uvicorn", "psycopg")


def describe() -> str:
    """Machine and versions, one line each."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return (
        f"machine: {model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.platform()}\n"
        f"versions: Python {platform.python_version()}, {versions}, "
        f"SQLite {'.'.join(map(str, sqlite.version()))}"
    )


def others() -> str:
    """How much else the machine has to do, before we begin: figures are to be read with it."""
    return f"load average before: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores"


class Cost:
    """CPU seconds of processes since it was made, and their memory now."""

    def __init__(self, pids: dict[str, int]) -> None:
        self.processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self.before = {name: self._cpu(process) for name, process in self.processes.items()}

    @staticmethod
    def _cpu(process: psutil.Process) -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    def lines(self, seconds: float) -> list[str]:
        """Per process: percent of one core over `seconds`, and resident memory."""
        return [
            f"  {name:8} {100 * (self._cpu(process) - self.before[name]) / seconds:6.1f} % of one "
            f"core, {process.memory_info().rss / 2**20:6.0f} MiB"
            for name, process in self.processes.items()
        ]


def quantiles(values: list[float]) -> str:
    """Median, 99th percentile and worst of seconds, in ms."""
    if not values:
        return "no value"
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return (
        f"p50 {1000 * statistics.median(ordered):.0f} ms, p99 {1000 * p99:.0f} ms, "
        f"worst {1000 * ordered[-1]:.0f} ms, n {len(ordered)}"
    )
