"""A device speaks before it stands in the ledger: its words are kept, looked at, and replayed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import SIZES, wear
from tests.support.house import House
from tests.support.waiting import eventually

expect.set_options(timeout=PATIENCE)

DEVICE = "tl01-smoke-9999"
REGISTER = f"""
from xiuhua.city.devices.commands import NewDevice, put_devices
put_devices(devices=[NewDevice(id="{DEVICE}", kind="smoke", site="tl01", place="tl01-b004",
    lon=121.426, lat=31.172, zh="4号 新烟感", en="New smoke detector", under="tl01-gw-01")])
"""


def picture(page: Page, folder: str | None, name: str) -> None:
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for cloth in ("paper", "night"):
            wear(page, cloth)
            page.screenshot(path=Path(folder) / f"{name}-{cloth}.png", full_page=True)


def test_a_mend_is_replayed(house: House, enter: Enter, request: pytest.FixtureRequest) -> None:
    folder = request.config.getoption("--screenshots", default=None)
    for obscuration in (0.02, 0.03):
        house.say({"device": DEVICE, "obscuration": obscuration, "temperature": 24.1})
    house.say({"device": DEVICE, "obscuration": "thick"})
    width, height = SIZES["laptop"]
    page = enter("integrator", width=width, height=height, at="/devices/")

    page.get_by_role("link", name="被拒报文").click()
    expect(page.get_by_role("heading", name="被拒报文")).to_be_visible()
    page.get_by_label("设备", exact=True).fill(DEVICE)
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("共 3 条")).to_be_visible()
    picture(page, folder, "rejected-list")

    page.locator("tbody").last.get_by_role("link").first.click()
    page.get_by_label("查看原因").fill("烟感没有登记")
    page.get_by_role("button", name="查看内容").click()
    expect(page.locator("pre.sample")).to_contain_text('"obscuration": "thick"')
    picture(page, folder, "rejected-message")

    house.command("manage", "shell", "-c", REGISTER)
    known = {"device": DEVICE, "obscuration": 0.04}
    eventually(lambda: house.say(known).json()["accepted"], saying="it is never known")
    page.goto(f"/road/rejected/?device={DEVICE}")
    page.get_by_role("button", name="重放这").click()
    row = page.locator("tbody").first.locator("tr").first
    expect(row).not_to_contain_text("进行中")
    expect(page.get_by_role("cell", name="已重放").first).to_be_visible()
    expect(row.get_by_role("cell").nth(5)).to_contain_text("wrong_type")
    picture(page, folder, "rejected-replayed")

    said = house.command("rejected", "replay", "--device", DEVICE)
    assert "0 taken, 1 refused again." in said
    assert house.command("rejected", "--device", DEVICE).count("[replayed]") >= 2
    if folder:
        width, height = SIZES["phone"]
        at = f"/road/rejected/?device={DEVICE}"
        small = enter("integrator", width=width, height=height, at=at)
        small.context.add_cookies([{"name": "django_language", "value": "en", "url": small.url}])
        small.reload()
        picture(small, folder, "rejected-phone-en")
