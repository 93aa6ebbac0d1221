"""Search in real browsers: by words, on the map, by who reported; zh and en, paper and night."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import faults, wear

expect.set_options(timeout=PATIENCE)


def test_search(enter: Enter, request: pytest.FixtureRequest) -> None:
    folder = request.config.getoption("--screenshots", default=None)
    page = enter("duty01", width=1280, height=900, at="/cases/new/phone/")
    page.select_option("#report_case_class", "rubbish")
    page.select_option("#report_place", index=5)
    page.fill("#report_words", "门厅里漏水，地上很滑")
    page.fill("#report_name", "查找阿姨")
    page.click("[data-new-case] .btn-primary")
    page.wait_for_url("**/cases/*-*/")
    number = page.url.rstrip("/").rsplit("/", 1)[1]

    page.goto("/cases/search/")
    page.fill("#search_q", "漏水 门厅")
    page.press("#search_q", "Enter")
    page.wait_for_url("**/cases/search/?q=*")
    expect(page.get_by_role("link", name=number)).to_be_visible()
    assert faults(page) == []
    if folder:
        page.screenshot(path=Path(folder) / "case-search.png")

    page.get_by_role("link", name="地图", exact=True).click()
    expect(page.locator("[data-shown]")).to_be_visible()
    expect(page.locator("[data-island=casemap]")).to_have_attribute("data-idle", "true")
    expect(page.locator("[data-casemap-said]")).to_have_text("图上 1 件案卷")
    expect(page.locator(f"a.pin[href='/cases/{number}/']")).to_be_visible()
    wear(page, "night")
    assert faults(page) == []

    page = enter("duty01", width=390, height=844)
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])
    page.goto("/cases/search/")
    page.get_by_text("By who reported it", exact=True).click()
    page.fill("#reporter_name", "查找阿姨")
    page.fill("#reporter_reason", "call back")
    page.get_by_role("button", name="Look for it").click()
    expect(page.get_by_role("link", name=number)).to_be_visible()
    assert page.url.endswith("/cases/search/reporter")
    assert faults(page) == []
