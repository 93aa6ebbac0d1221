"""A rule is changed, tried on the last hour, handed to a second person, approved, taken back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Enter
from tests.support.house import House
from tests.support.waiting import eventually

DEVICE = "tl04-arc-0003"
RULE = "arc-overload"
STRICT = f"""[[rule]]
kind = "arc"
id = "{RULE}"
zh = "用电过载"
en = "Overload"
sentence.zh = "电流 {{current}} A。"
sentence.en = "Current {{current}} A."
[[rule.level]]
level = "warn"
operator = "threshold"
when = "current >= 3.3 AND current < 3.5"
"""

expect.set_options(timeout=PATIENCE)


def hand_in_what_was_tried(page: Page) -> None:
    page.fill("textarea[name=text]", STRICT)
    page.select_option("select[name=period]", "hour")
    page.click("button[value=try]")
    expect(page.get_by_text("会有什么变化")).to_be_visible()
    expect(page.get_by_text("电流 3.4 A。")).to_be_visible()
    page.fill("#note", "冬天空调用电多")
    page.click("text=交给第二人审核")
    expect(page.get_by_text("冬天空调用电多")).to_be_visible()


def test_from_a_trial_to_the_second_person_and_one_click_back(house: House, enter: Enter) -> None:
    house.say({"device": DEVICE, "current": 3.4, "arcs": 0}, speaker="tl04-gw-01")
    written = "SELECT 1 FROM road_historypart WHERE kind = 'arc'"
    eventually(lambda: house.rows(written), 90, saying="history is never written")
    author = enter("integrator", at=f"/rules/{RULE}/edit")
    hand_in_what_was_tried(author)

    second = enter("leader01", at="/rules/")
    second.click("text=已试演，查看会有什么变化")
    expect(second.get_by_text("电流 3.4 A。")).to_be_visible()
    second.go_back()
    second.click("text=批准")
    expect(second.locator(".badge-well", has_text="第 2 版")).to_be_visible()
    second.click("text=退回到这一版")
    expect(second.locator(".badge-well", has_text="第 1 版")).to_be_visible()
