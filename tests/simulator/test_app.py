"""`xiuhua simulate`, as it is called."""

import csv
import signal
import subprocess
import sys

import msgspec
import pytest
from typer.testing import CliRunner

from tests.gateway.support.house import lines_in
from xiuhua.log.database import open_reader
from xiuhua.simulator.app import app
from xiuhua.simulator.progress import Progress, summary
from xiuhua.simulator.transports import Counters

from .gateway import gateway, pilot, secrets

COMMAND = (sys.executable, "-m", "xiuhua", "simulate")
DRY = ("--only", "smoke", "--only", "arc", "--only", "camera")


def simulate(*options):
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=120)


@pytest.fixture
def credentials(tmp_path):
    path = tmp_path / "credentials.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "secret"), *secrets(pilot()).items()])
    return path


def test_it_writes_readings_and_the_truth_beside_them(tmp_path):
    truth = tmp_path / "truth.ndjson"
    ended = simulate(
        *("--stdout", "--schedule", "demo", "--speed", "20", "--days", "1"),
        *("--readings", "5000", "--truth", str(truth), *DRY),
    )
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert len(lines) == 5_000
    assert {"device", "time"} <= set(msgspec.json.decode(lines[0]))
    assert "5000 readings sent, 5000 acknowledged." in ended.stderr
    facts = [msgspec.json.decode(line) for line in truth.read_bytes().splitlines()]
    fire = next(fact for fact in facts if fact.get("incident") == "fire-elder-alone")
    assert fire["start"] < fire["end"]
    assert fire["expected"] == ["smoke-fire", "arc-fault", "home-fire"]
    assert not fire["lookalike"]
    assert len({fact["id"] for fact in facts if fact["sort"] == "incident"}) == len(
        [fact for fact in facts if fact["sort"] == "incident"]
    )


def test_ctrl_c_ends_it_cleanly():
    with subprocess.Popen(
        [*COMMAND, "--stdout", *DRY], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read().decode()
        process.stdout.read()
    assert process.returncode == 0
    assert "acknowledged" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("way", ["mqtt", "http"])
async def test_a_recorded_series_goes_through_the_doors_in_order_once(tmp_path, credentials, way):
    series = tmp_path / "series.csv"
    rows = [
        f"2026-01-{1 + at // 1440:02} {at // 60 % 24:02}:{at % 60:02}:00,{at / 100}"
        for at in range(4_000)
    ]
    series.write_text("\n".join(["timestamp,value", *rows]))
    async with gateway(tmp_path / "log.db") as (_, ports):
        door = {
            "mqtt": ("--mqtt", f"127.0.0.1:{ports['mqtt']}"),
            "http": ("--http", f"http://127.0.0.1:{ports['http']}"),
        }[way]
        ended = simulate(
            *("--recorded", str(series), "--device", "tl04-arc-0001", "--field", "temperature"),
            *("--speed", "1000000", "--scale", "0.5,10", "--credentials", str(credentials), *door),
        )
    assert ended.returncode == 0, ended.stderr
    assert "4000 readings sent, 4000 acknowledged." in ended.stderr
    with open_reader(tmp_path / "log.db") as log:
        readings = [msgspec.json.decode(line) for line in lines_in(log)]
    assert [one["temperature"] for one in readings] == [at / 200 + 10 for at in range(4_000)]
    start = 1_767_225_600_000
    assert [one["time"] for one in readings] == [start + 60_000 * at for at in range(4_000)]


async def test_the_whole_pilot_speaks_through_its_gateways_and_radios(tmp_path, credentials):
    async with gateway(tmp_path / "log.db") as (_, ports):
        ended = simulate(
            *("--mqtt", f"127.0.0.1:{ports['mqtt']}", "--credentials", str(credentials)),
            *("--readings", "8000", "--speed", "1000", "--faults", "none", "--seed", "5"),
            *("--standing", "50", *DRY, "--only", "manhole"),
        )
    assert ended.returncode == 0, ended.stderr
    assert "8000 readings sent, 8000 acknowledged." in ended.stderr
    with open_reader(tmp_path / "log.db") as log:
        lines = lines_in(log)
    devices = {msgspec.json.decode(line)["device"] for line in lines}
    speaking = {"smoke", "arc", "camera", "manhole"}
    assert len(lines) == 8_000
    assert len(devices) > 0.9 * sum(one.kind in speaking for one in pilot().devices)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--pilot", "nowhere"], ["nowhere cannot be loaded"]),
        ([], ["give --credentials FILE"]),
        (["--credentials", "absent.csv"], ["absent.csv cannot be read", "nothing was sent"]),
        (["--stdout", "--faults", "awful"], ["'awful'", "none, usual, rough"]),
        (["--stdout", "--only", "mars"], ["--only mars"]),
        (["--stdout", "--only", "smoke", "--schedule", "absent.toml"], ["absent.toml"]),
        (["--recorded", "x.csv", "--device", "mars-1"], ["'mars-1'", "devices.csv"]),
        (
            ["--recorded", "absent.csv", "--device", "tl04-arc-0001"],
            ["absent.csv", "cannot be played"],
        ),
        (["--mqtt", "here"], ["HOST:PORT"]),
        (["--scale", "two", "--recorded", "x", "--device", "y"], ["two numbers"]),
        (["--shift", "then", "--recorded", "x", "--device", "y"], ["only `now`"]),
    ],
)
def test_what_cannot_be_done_is_said(options, words):
    ended = CliRunner().invoke(app, options)
    assert ended.exit_code != 0
    said = " ".join(ended.output.replace("│", " ").split())
    assert all(word in said for word in words), said


def test_progress_counts_by_the_second_and_names_what_comes_next(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    counters = Counters(handed=100, acknowledged=90)
    progress = Progress(counters, lambda: 0, lambda: "in 5 s: Fire")
    assert progress.line() == (
        "01-01 08:00:00 · 100/s sent, 90/s acknowledged, 10 waiting · in 5 s: Fire"
    )
    counters.acknowledged, counters.turned_away = 100, 3
    assert "0/s sent, 10/s acknowledged, 0 waiting" in (line := progress.line())
    assert "3 log-ins refused: check --credentials" in line


def test_the_summary_says_what_is_lost():
    said = summary(Counters(handed=10, acknowledged=7, broken=1, again=2))
    assert "3 not acknowledged and not kept" in said
    assert "1 connections broke, 2 readings were sent again" in said
