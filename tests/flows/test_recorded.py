"""A whole real series goes through the house as a named device, and lies in history afterwards: in
order, once."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from tests.flows.conftest import Build
from xiuhua.log.database import open_reader

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "recorded"
SERIES = RECORDED / "ambient_temperature_system_failure.csv"
DEVICE = "tl01-bikeshed-0001"


@pytest.mark.skipif(not SERIES.exists(), reason=f"{SERIES} is not beside this checkout")
def test_a_real_series_lies_in_history_in_order_once(build: Build) -> None:
    house = build("gateway", "worker")
    house.command(
        "simulate", "--recorded", str(SERIES), "--device", DEVICE, "--field", "temperature",
        "--scale=0.5556,-17.78", "--shift", "now", "--speed", "1000000000",
        "--mqtt", f"127.0.0.1:{house.mqtt}",
        "--credentials", str(house.home / "demo" / "credentials.csv"),
    )  # fmt: skip
    house.end("gateway")
    with open_reader(house.environment["XIUHUA_LOG"] or house.home / "log.db") as log:
        house.wait_applied(log.head()[0])
    house.end("worker")
    with SERIES.open() as file:
        recorded = [float(row["value"]) * 0.5556 - 17.78 for row in csv.DictReader(file)]
    paths = [path for (path,) in house.rows("SELECT path FROM road_historypart")]
    kept = pl.concat(pl.read_parquet(house.home / "history" / path) for path in paths).sort("time")
    assert kept["device"].unique().to_list() == [DEVICE]
    assert kept["temperature"].to_list() == pytest.approx(recorded)
    assert kept["time"].is_unique().all()
    assert kept["position"].is_sorted()
    assert kept["late"].sum() == 0
