"""What the pilot costs at its natural rate: 1,680 sensors, all processes, embedded default.
`make bench-natural`, or `python -m bench.natural --seconds 60`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.machine import Cost, describe
from tests.support.house import PARTS, House, running
from tests.support.village import PILOT


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="length of the measure")
    parser.add_argument("--settle", type=float, default=45, help="seconds before it, to settle")
    options = parser.parse_args()
    print(describe(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder)).load(PILOT)
        with running(house, *PARTS):
            _simulated(house, options.settle, options.seconds)


def _simulated(house: House, settle: float, seconds: float) -> None:
    argv = [sys.executable, "-m", "xiuhua", "simulate", "--mqtt", f"127.0.0.1:{house.mqtt}"]
    argv += ["--credentials", str(house.home / "demo" / "credentials.csv")]
    simulator = subprocess.Popen(
        argv, env=house.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(settle)
        before = _readings(house)
        cost = Cost({name: process.pid for name, process in house.running.items()})
        began = time.perf_counter()
        time.sleep(seconds)
        passed = time.perf_counter() - began
        rate = (_readings(house) - before) / passed
        print(f"1,680 sensors at their natural rate: {rate:.0f} readings/s over {passed:.0f} s")
        print("\n".join(cost.lines(passed)))
    finally:
        simulator.terminate()
        simulator.wait(30)


def _readings(house: House) -> int:
    """How many readings stand in the log."""
    import pysqlite3.dbapi2 as sqlite3

    connection = sqlite3.connect(f"file:{house.home / 'log.db'}?mode=ro", uri=True)
    try:
        return int(
            connection.execute("SELECT coalesce(sum(count), 0) FROM log_record").fetchone()[0]
        )
    finally:
        connection.close()


if __name__ == "__main__":
    main()
