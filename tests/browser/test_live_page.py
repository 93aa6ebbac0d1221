"""The live page for every hand, eye and line: keys, English, a broken line, small screens, axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import SIZES, faults, wear
from tests.support.house import House

LIDS = ["street-manhole-0003", "street-manhole-0005"]

expect.set_options(timeout=PATIENCE)


def lift(house: House, lid: str) -> None:
    """Somebody has moved a manhole's lid."""
    reading = {"device": lid, "tilt": 41.0, "level": 0.4, "open": True, "battery": 3.6}
    house.say(reading, speaker=lid)


@pytest.fixture(scope="package")
def danger(house: House) -> None:
    """Something stands on the page."""
    lift(house, LIDS[0])


@pytest.mark.usefixtures("danger")
@pytest.mark.parametrize("cloth", ["night", "paper"])
def test_axe_finds_nothing_wrong(enter: Enter, cloth: str) -> None:
    page = enter("duty01")
    wear(page, cloth)
    expect(page.locator(".matter").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#live-sheet .sheet-part").last).to_be_visible()
    assert faults(page) == []
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    wear(page, cloth)
    assert faults(page) == []


@pytest.mark.usefixtures("danger")
def test_everything_is_at_hand_by_keyboard(enter: Enter) -> None:
    page = enter("duty01")
    lid = page.locator(".matter", has_text="井盖移位").first
    expect(lid).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#live-help")).to_contain_text("确认")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("井盖移位")
    expect(page.locator(".found li").first).to_contain_text("井盖移位")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#live-sheet")).to_be_hidden()
    expect(lid.locator("a")).to_be_focused()


@pytest.mark.usefixtures("danger")
def test_the_reader_chooses_the_language(enter: Enter) -> None:
    page = enter("duty01")
    page.click(".menu summary")
    page.click("button[value=en]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".matters-head h1")).to_have_text("Needs a person")
    expect(page.locator(".matter", has_text="Manhole").first).to_be_visible()
    page.click(".menu summary")
    page.click("button[value=zh-hans]")
    expect(page.locator(".matters-head h1")).to_have_text("当前要事")


def test_a_broken_line_is_said_and_mended_without_loss(house: House, enter: Enter) -> None:
    page = enter("duty01")
    expect(page.locator(".picture-age")).to_have_attribute("data-fresh", "fresh")
    house.kill("web")
    banner = page.locator("#live-banner [role=alert]")
    expect(banner).to_contain_text("一条不丢")
    expect(page.locator(".picture-age")).to_have_attribute("data-fresh", "stale")
    lift(house, LIDS[1])
    house.start("web")
    expect(page.locator(".matter", has_text="柳荫路雨水井5号")).to_be_visible()
    expect(banner).to_have_count(0)


def test_a_worker_that_stands_still_shows_as_an_old_picture(house: House, enter: Enter) -> None:
    page = enter("duty01")
    expect(page.locator(".picture-age")).to_have_attribute("data-fresh", "fresh")
    house.kill("worker")
    expect(page.locator("#live-banner")).to_contain_text("分析比现场慢了")
    house.start("worker")
    expect(page.locator(".picture-age")).to_have_attribute("data-fresh", "fresh")


def test_who_may_not_look_is_told_so(enter: Enter) -> None:
    page = enter("fire-west-01", width=390, height=844, at="/cases/")
    answer = page.goto("/devices/")
    assert answer is not None and answer.status == 403
    expect(page.locator(".state")).to_contain_text("您的岗位不能打开这个页面")


@pytest.mark.usefixtures("danger")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("type_size", ["normal", "large"])
def test_nothing_hangs_over_the_edge(enter: Enter, size: str, type_size: str) -> None:
    width, height = SIZES[size]
    page = enter("duty01", width=width, height=height)
    expect(page.locator("#live-map")).to_have_attribute("data-state", "drawn")
    expect(page.locator(".matter").first).to_be_visible()
    if type_size == "large":
        page.click(".menu summary")
        page.click("[data-set-type=large]")
        page.click(".menu summary")
    hangs = page.locator(".menu, .matter").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().right > innerWidth).length"
    )
    assert hangs == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
