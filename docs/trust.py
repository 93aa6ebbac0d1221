"""Writes docs/reference/trust.md from docs/results/: what is promised, which command shows it, and
what that command printed when it was last run.

    python docs/trust.py            writes the page
    python docs/trust.py --check    says whether it is fresh

`leave` is how a command adds a line to docs/results/KIND.jsonl: its figures, with the moment, the
commit and the machine. Nothing on the page is written by hand but the promises themselves.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results"


def leave(kind: str, **figures: object) -> None:
    """Add a line to the results of this kind."""
    RESULTS.mkdir(exist_ok=True)
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": COMMIT,
            "machine": _machine()} | figures  # fmt: skip
    with (RESULTS / f"{kind}.jsonl").open("a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _commit() -> str:
    """The commit that the working tree stands on, with a + where it has been changed since."""
    asked = ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _machine() -> str:
    names = (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name"))
    return f"{next(names, platform.processor())}, {os.cpu_count()} cores"


COMMIT = _commit()
"""Asked once: a long run began with this one."""


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
