"""Many alerts of one cause: from a rule that somebody writes to one matter on the live page."""

from __future__ import annotations

import csv

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, ROOT, Enter
from tests.browser.test_live_page import faults
from tests.support.house import House

RULE = """[[rule]]
id = "camera-many"
kind = "camera"
zh = "多处聚集"
en = "Gatherings"
sentence.zh = "画面中有 {people} 人。"
sentence.en = "{people} people in the picture."
[rule.storm]
at_least = 3
within = "10m"
at = "site"
[[rule.level]]
level = "serious"
operator = "threshold"
when = "people >= 7"
"""

expect.set_options(timeout=PATIENCE)


def cameras(count: int) -> list[dict[str, str]]:
    """So many cameras of the old compound, as the ledger has them."""
    with (ROOT / "pilot" / "devices.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [row for row in rows if row["kind"] == "camera" and row["site"] == "tl04"][:count]


def see(house: House, camera: dict[str, str], people: int) -> None:
    said = house.say({"device": camera["id"], "people": people}, speaker=camera["under"])
    assert said.status_code == 202


def enact(enter: Enter) -> Page:
    """Somebody writes the rule, somebody else approves it, whose page this returns."""
    author = enter("integrator", at="/rules/new")
    author.fill("textarea", RULE)
    author.fill("input[name=note]", "节日")
    author.click("text=提交审核")
    leader = enter("leader01", at="/rules/")
    leader.click("text=批准")
    expect(leader.locator("h1")).to_contain_text("多处聚集")
    return leader


def test_a_storm_is_one_matter_with_all_of_it_one_key_away(house: House, enter: Enter) -> None:
    leader = enact(enter)
    expect(leader.locator(".badge-well").first).to_be_visible()
    gates = cameras(4)
    officer = enter("duty01")
    for camera in gates:
        see(house, camera, 9)
    storm = officer.locator(".matter", has_text="4 处，同一原因")
    expect(storm).to_be_visible()
    expect(officer.locator(".matter", has_text="多处聚集")).to_have_count(1)

    storm.locator("a").focus()
    officer.keyboard.press("Enter")
    parts = officer.locator("#live-sheet .timeline").first.locator("a")
    expect(parts).to_have_count(4)
    assert faults(officer) == []
    parts.first.focus()
    officer.keyboard.press("Enter")
    expect(officer.locator("#live-sheet")).to_contain_text("同一原因的其中一处")
    assert faults(officer) == []
    officer.keyboard.press("Escape")
    expect(storm.locator("a")).to_be_focused()

    see(house, gates[0], 0)
    expect(storm).to_contain_text("还有 3 处未解除")
    address = storm.locator("a").get_attribute("data-alert")
    officer.goto(f"/alerts/{address}/")
    expect(officer.locator("#belonging li")).to_have_count(4)
    assert faults(officer) == []

    leader.click("text=停用")
    officer.goto("/")
    expect(officer.locator("#live-header .clock")).to_be_visible()
    expect(officer.locator(".matter", has_text="多处聚集")).to_have_count(0)


def test_rain_is_one_button_above_the_rules(enter: Enter) -> None:
    officer = enter("duty01", at="/rules/")
    officer.get_by_role("button", name="下雨开始了").click()
    expect(officer.locator("#main")).to_contain_text("生效中")
    officer.get_by_role("button", name="下雨结束了").click()
    expect(officer.locator("#main")).to_contain_text("未生效")
    assert faults(officer) == []
    officer.get_by_role("link", name="节假日与调休上班日").click()
    expect(officer.locator("tbody tr")).to_have_count(39)
    assert faults(officer) == []
