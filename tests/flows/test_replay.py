"""A changed rule is tried on what the house has heard, before it goes live."""

from __future__ import annotations

import json
from pathlib import Path

from tests.flows.conftest import Build
from tests.support.house import House
from tests.support.waiting import eventually

STRICTER = """
[[rule]]
id = "smoke-fire"
kind = "smoke"
zh = "疑似火情"
en = "Suspected fire"
life_safety = true
case = "fire"
sentence.zh = "烟雾 {obscuration} dB/m。"
sentence.en = "Smoke {obscuration} dB/m."
[[rule.level]]
level = "serious"
operator = "threshold"
when = "obscuration >= 0.03"
clear = "obscuration < 0.01"
"""


def test_a_stricter_rule_says_what_it_would_add(build: Build, tmp_path: Path) -> None:
    house = build("gateway", "worker")
    house.say({"device": "tl01-smoke-0001", "obscuration": 0.5, "temperature": 60.0})
    house.say({"device": "tl01-smoke-0002", "obscuration": 0.04, "temperature": 22.0})
    eventually(lambda: house.rows("SELECT 1 FROM alerts_alert"))
    house.end("gateway")
    house.end("worker")
    rules, out = tmp_path / "stricter.toml", tmp_path / "alerts.ndjson"
    rules.write_text(STRICTER)
    printed = house.command("replay", str(rules), "--only", "smoke-fire", "--out", str(out))
    heading, *lines = printed.splitlines()
    assert heading.split() == ["rule", "proposed", "live", "new", "gone", "earlier", "later"]
    assert [line.split() for line in lines] == [
        ["smoke-fire", "2", "1", "1", "0", "0", "0"],
        ["in", "all", "2", "1", "1", "0", "0", "0"],
    ]
    would_be = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(alert["subject"], alert["level"]) for alert in would_be] == [
        ("tl01-smoke-0001", "serious"), ("tl01-smoke-0002", "serious"),
    ]  # fmt: skip


def test_an_archive_is_held_against_its_truth_and_shown_on_a_page(tmp_path: Path) -> None:
    """No house has ever run here: a simulated afternoon, its ground truth, one page."""
    (tmp_path / "home").mkdir()
    house = House(tmp_path / "home")
    archive, truth, page = (str(tmp_path / name) for name in ("past", "truth.ndjson", "out.html"))
    simulated = ["--days", "0.1", "--schedule", "demo", "--speed", "10", "--only", "tl04"]
    house.command("simulate", "--parquet", archive, "--truth", truth, *simulated)
    alone = house.command("replay", archive, "--against", truth, "--processes", "1")
    asked = ("--against", truth, "--report", page, "--processes", "2")
    assert house.command("replay", archive, *asked) == alone
    lines = [line.split() for line in alone.splitlines()]
    fires = next(line for line in lines if line[:1] == ["fire-elder-alone"])
    assert fires[1] == fires[2]  # every one was found
    assert "独居老人家中起火" in Path(page).read_text()
