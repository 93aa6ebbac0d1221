"""Where the benchmark's foreign packages lie: peers in an environment of their own, and packages
that are only there for the data they ship, unpacked without what they depend on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
TOOLS = ROOT / ".tools" / "detecting"
PYTHON = TOOLS / "peers" / "bin" / "python"
DATA = TOOLS / "data"


def prepare() -> list[str]:
    """Install what is pinned (by hash) unless it is there; says what could not be had."""
    uv = str(ROOT / ".ci" / "uv")
    steps = {
        "the peers": (
            PYTHON, HERE / "peers.txt", [uv, "venv", "--quiet", "--clear", str(TOOLS / "peers")],
            ["--python", str(PYTHON)],
        ),
        "the packages with data": (
            DATA / "aeon", HERE / "data.txt", [], ["--no-deps", "--target", str(DATA)],
        ),
    }  # fmt: skip
    missing = []
    for what, (there, pins, first, where) in steps.items():
        stamp = TOOLS / pins.name
        if there.exists() and stamp.exists() and stamp.read_text() == pins.read_text():
            continue
        install = [uv, "pip", "install", "--quiet", "--require-hashes", "-r", str(pins), *where]
        try:
            for command in filter(None, (first, install)):
                subprocess.run(command, cwd=ROOT, check=True)
        except subprocess.CalledProcessError:
            missing.append(what)
        else:
            stamp.write_text(pins.read_text())
    return missing


def ask_peers(source: Path, target: Path, names: list[str]) -> bool:
    """Have the peers score a file of series into another; whether that worked."""
    command = [str(PYTHON), str(HERE / "peers.py"), str(source), str(target), *names]
    return subprocess.run(command, cwd=ROOT, stdout=sys.stdout).returncode == 0
