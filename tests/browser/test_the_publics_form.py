"""A resident's report from a phone of 360 px: with and without scripts, by map, by keyboard; and a
patrol's, whose network goes. With --screenshots DIR it renews the documents' pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import faults, wear
from tests.browser.test_a_report_by_hand import photo
from tests.support.house import House
from tests.support.waiting import eventually

expect.set_options(timeout=PATIENCE)

Visit = Callable[..., Page]
AT_HOME = {"longitude": 121.426314, "latitude": 31.166887}
"""A house of the compound tl08."""


@pytest.fixture
def visit(house: House, chromium: Browser) -> Iterator[Visit]:
    """A stranger's browser on a narrow phone, at the public's first page."""
    with ExitStack() as leaving:

        def visit(*, language: str = "zh-hans", width: int = 360, **more: Any) -> Page:
            base = f"http://127.0.0.1:{house.web}"
            context = chromium.new_context(
                base_url=base, viewport={"width": width, "height": 780}, geolocation=AT_HOME,
                permissions=["geolocation"], reduced_motion="reduce", **more,
            )  # fmt: skip
            leaving.callback(context.close)
            context.set_default_timeout(PATIENCE)
            context.add_cookies([{"name": "django_language", "value": language, "url": base}])
            page = context.new_page()
            page.goto("/public/")
            return page

        yield visit


def fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, page.url


def wait_as_a_person_would(page: Page) -> None:
    """Until the form is old enough to have been read: the trap counts whole seconds."""
    eventually(lambda: page.evaluate("performance.now()") > 3500)


def test_a_resident_reports_and_follows(visit: Visit, request: pytest.FixtureRequest) -> None:
    page = visit()
    folder = request.config.getoption("--screenshots", default=None)
    if folder:
        page.screenshot(path=Path(folder) / "public-start.png")
    expect(page.locator("a[href='tel:119']")).to_be_in_viewport()
    page.click("a[href*='matter=rubbish']")
    page.click("[data-picker-here]")
    expect(page.locator("#matter_place")).to_have_value("tl08-b001")
    expect(page.locator("[data-picker-said]")).to_contain_text("网格")
    page.fill("#matter_words", "楼下垃圾堆了三天。")
    page.set_input_files("#matter_before", photo("#6b5b45", "phone"))  # type: ignore[arg-type]
    wait_as_a_person_would(page)
    if folder:
        page.screenshot(path=Path(folder) / "public-report.png", full_page=True)
    page.click("main .btn-primary")
    number, code = (page.locator(f"[{of}]").inner_text() for of in ("data-number", "data-code"))
    assert faults(page) == []
    page.goto("/public/find/")
    page.fill("#find_number", number)
    page.fill("#find_code", code)
    page.click("main .btn-primary")
    expect(page.locator("[data-stage]")).to_have_attribute("data-stage", "reported")
    assert faults(page) == []
    assert code not in page.url
    fits(page)


def test_without_scripts_the_list_and_the_words_do(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    page.click("a[href*='matter=parking']")
    expect(page.locator("[data-picker]")).to_be_hidden()
    page.fill("#matter_where", "菜场门口")
    page.fill("#matter_words", "车乱停")
    page.click("main .btn-primary")  # at once: asked to look again, nothing lost
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("#matter_words")).to_have_value("车乱停")


def test_a_spot_is_picked_by_keyboard(visit: Visit, request: pytest.FixtureRequest) -> None:
    page = visit(language="en", width=1280)
    page.click("a[href*='matter=rubbish']")
    expect(page.locator("[data-picker-open]")).to_be_visible()  # what is hidden takes no focus
    page.focus("[data-picker-open]")
    page.keyboard.press("Enter")
    shown = page.locator("[data-picker-map]")
    expect(shown).to_have_attribute("data-idle", "true")
    for _ in range(3):
        page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.focus("[data-picker-take]")
    page.keyboard.press("Enter")
    expect(page.locator("#matter_lon")).not_to_have_value("")
    expect(page.locator("[data-picker-said]")).not_to_be_empty()
    assert faults(page) == []
    if folder := request.config.getoption("--screenshots", default=None):
        page.screenshot(path=Path(folder) / "public-map.png", full_page=True)


@pytest.mark.parametrize("look", [("zh-hans", "paper", 360), ("en", "night", 1280)])
def test_each_page_in_each_dress(visit: Visit, look: tuple[str, str, int]) -> None:
    language, cloth, width = look
    page = visit(language=language, width=width)
    for address in ("/public/", "/public/report/?matter=fire", "/public/find/"):
        page.goto(address)
        wear(page, cloth)
        for fold in page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true }")
        assert faults(page) == [], address
        fits(page)


def test_a_patrol_without_a_network(enter: Enter) -> None:
    page = enter("grid-north", at="/cases/new/patrol/", width=360, height=780)
    page.select_option("#report_case_class", "rubbish")
    page.select_option("#report_place", "tl08-b001")
    page.fill("#report_words", "楼道口一堆旧家具")
    page.context.set_offline(True)
    page.click("[data-new-case] .btn-primary")
    expect(page.locator("[role=alert]")).to_be_visible()
    assert "旧家具" not in page.evaluate("JSON.stringify(localStorage)")
    page.context.set_offline(False)
    key = page.input_value("#report_key")
    page.reload()
    expect(page.locator("#report_place")).to_have_value("tl08-b001")
    assert page.input_value("#report_key") == key
    page.fill("#report_words", "楼道口一堆旧家具")
    fits(page)
    assert faults(page) == []
    page.click("[data-new-case] .btn-primary")
    page.wait_for_url("**/cases/*-*/")
    assert page.evaluate("localStorage.getItem('xiuhua-patrol')") is None
    fits(page)
