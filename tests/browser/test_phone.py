"""The page that a message's link opens, on the smallest phone: 360 px wide, one big button."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import faults

expect.set_options(timeout=PATIENCE)
NARROW = {"width": 360, "height": 740}


def test_one_press_at_360_px(enter: Enter, request: pytest.FixtureRequest) -> None:
    folder = request.config.getoption("--screenshots", default=None)
    desk = enter("duty01", at="/cases/danger/", **NARROW)
    desk.locator("[name=look]").press_sequentially("12村1号")
    expect(desk.locator("[name=place] option:checked")).to_have_text("田园十二村 1号")
    flats = desk.locator("[name=flat] option")
    expect(flats).not_to_have_count(1)  # "not known" alone
    desk.fill("[name=words]", "三楼冒烟")
    desk.click("button[value=fire]")
    desk.wait_for_url("**/alerts/*-*/")
    alert = desk.url
    officer = enter("duty02", at=f"{alert}go/", **NARROW)  # logs in, and is brought here
    assert officer.url == f"{alert}go/"
    button = officer.locator(".btn-whole")
    box = button.bounding_box()
    assert box
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    assert box["width"] > 280 and box["height"] >= 96
    assert box["y"] + box["height"] <= 740, "it is in sight without scrolling"
    assert officer.evaluate("document.documentElement.scrollWidth") <= 360
    assert faults(officer) == []
    if folder:
        officer.screenshot(path=Path(folder) / "alert-phone.png")
    button.click()
    expect(officer.locator("[role=status]").first).to_be_visible()
    expect(button).to_have_count(0)
    assert officer.evaluate("document.documentElement.scrollWidth") <= 360
