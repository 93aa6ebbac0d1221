"""The engine by itself, and beside its peers: `make bench-engine`.

1. The hot path.
2. Thousands of rules, and millions of devices, each in a process of its own.
3. The same job in peers (peers/README.md).
"""

from __future__ import annotations

import argparse
import subprocess
import sys


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=2_200_000, help="of the many devices")
    parser.add_argument("--rules", type=int, default=8_000, help="of the many rules")
    parser.add_argument("--seconds", type=float, default=10, help="length of the many rules' run")
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    options = parser.parse_args()
    _run("bench.engine_hot")
    seconds = f"--seconds={options.seconds}"
    _run("bench.engine_scale", "rules", f"--rules={options.rules}", seconds)
    _run("bench.engine_scale", "devices", f"--devices={options.devices}")
    if not options.no_peers:
        _run("bench.peers.run")


def _run(module: str, *arguments: str) -> None:
    """One part; if it fails, it says so itself, and the others still run."""
    print(f"\n== {module} {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", module, *arguments])


if __name__ == "__main__":
    main()
