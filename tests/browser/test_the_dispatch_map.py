"""The dispatch page's map and list point at each other, by mouse, by keyboard and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import faults, wear
from tests.browser.test_every_page import STICKING_OUT
from tests.support.house import House

expect.set_options(timeout=PATIENCE)

WAIT = """
from datetime import UTC, datetime
from django.contrib.auth.models import User
from xiuhua.city.cases import commands, reporting
from xiuhua.city.cases.models import Source
now = datetime.now(UTC)
grid, desk = (User.objects.get(username=name) for name in ("grid-north", "acceptor01"))
for where in ("tl01-b004", "tl01-b007"):
    told = reporting.Report(source=Source.PATROL, case_class="notice-board", place=where,
                            words="巡查")
    case = reporting.report(told, by=grid, now=now)
    if case.stage == "reported":
        row = case.case_class.standards.order_by("code").last().code
        commands.do(case.number, commands.Step.FILE, by=desk, version=case.version, now=now,
                    standard=row)
print(case.number)
"""


@pytest.fixture(scope="module")
def last(house: House) -> str:
    """Two orders wait for a dispatcher, not for the clock; the number of the second."""
    return house.command("manage", "shell", "-v", "0", "-c", WAIT).split()[-1]


def drawn(page: Page) -> Locator:
    """The map, with nothing more to draw."""
    found = page.locator("[data-dispatch-map]")
    expect(found).to_have_attribute("data-idle", "true")
    return found


def test_list_and_map_point_at_each_other(enter: Enter, last: str) -> None:
    page = enter("dispatcher01", width=1280, height=900, at="/dispatch/")
    shown = drawn(page)
    card = page.locator(f"[data-order='{last}']")
    pin = shown.get_by_role("button", name="曲溪新村 7号")
    line = shown.locator("line.best")
    expect(pin).to_have_count(1)
    expect(line).to_be_hidden()

    card.hover()
    expect(pin).to_have_attribute("data-lit", "")
    expect(line).to_be_visible()
    page.mouse.move(1, 1)
    expect(line).to_be_hidden()

    card.get_by_role("button", name="看地图").press("Enter")
    expect(pin).to_be_focused()
    expect(line).to_be_visible()
    page.keyboard.press("Home")
    expect(pin).not_to_be_focused()
    page.keyboard.press("Tab")
    expect(shown.locator("button:focus")).to_have_count(0)  # all pins are one stop

    pin.click()
    expect(card).to_be_focused()
    expect(card).to_have_attribute("data-lit", "")
    shown.locator("button[data-person]").first.press("Enter")
    expect(page.locator("tr[data-person]:focus")).to_have_count(1)
    for cloth in ("paper", "night"):
        wear(page, cloth)
        assert faults(page) == []


def test_on_a_phone_the_map_is_above_the_list_and_stays_folded(enter: Enter, last: str) -> None:
    page = enter("dispatcher01", width=360, height=780, at="/dispatch/")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])
    page.reload()
    box, card = drawn(page).bounding_box(), page.locator(f"[data-order='{last}']").bounding_box()
    assert box and card
    assert box["y"] + box["height"] < card["y"]
    assert box["height"] < 780 / 2
    assert page.evaluate("document.documentElement.scrollWidth") == 360, page.evaluate(STICKING_OUT)
    assert faults(page) == []

    page.get_by_text("Map", exact=True).click()
    expect(page.locator("[data-dispatch-map]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-dispatch]")).to_be_visible()
    expect(page.locator("[data-dispatch-map]")).to_be_hidden()
    page.locator(f"[data-order='{last}']").get_by_role("button", name="On the map").click()
    expect(drawn(page).get_by_role("button", name="No. 7, Quxi New Village")).to_be_focused()
