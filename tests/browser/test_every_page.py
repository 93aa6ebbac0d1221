"""Every page can be clicked to, and is right for a desk (Chinese, paper) and for a phone (English,
night, large type): axe finds nothing, nothing sticks out at the side."""

from __future__ import annotations

import re
import time
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import faults, wear
from tests.browser.test_a_report_by_hand import photo, report
from tests.support.house import House
from xiuhua.city.doors import doors

expect.set_options(timeout=PATIENCE)

PEOPLE = ("leader01", "duty01", "integrator", "auditor", "sysadmin")
"""Who clicks through the house; each page is looked at by the first who gets there."""
LINK = re.compile(r'<a [^>]*href="([/?][^"#]*)')
ELSEWHERE = ("admin/", "accounts/", "^accounts/")
PLAIN = {door.path[1:] for door in doors() if door.method == "page" and "<" not in door.path}
ENDLESS = {"live/feed"}
STICKING_OUT = """[...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth)
    .filter(one => !one.closest(".nav, .table-wrap, pre"))
    .map(one => "sticks out: " + one.outerHTML.slice(0, 120))"""
LOOKS = (("zh-hans", "paper", "normal", 1280, 900), ("en", "night", "large", 390, 844))


@pytest.fixture(scope="module")
def scene(house: House) -> None:
    """A lid that was moved, and smoke in a stair: alerts with their cases."""
    lid = {
        "device": "street-manhole-0005",
        "tilt": 23.0,
        "level": 0.4,
        "open": False,
        "battery": 3.6,
    }
    house.say(lid, speaker=str(lid["device"]))
    smoke = "tl08-smoke-0002"
    for ago in range(300, -1, -20):
        at = round(time.time() * 1000) - ago * 1000
        house.say(
            {"device": smoke, "time": at, "obscuration": 0.3, "temperature": 44.0, "battery": 3.1},
            speaker=smoke,
        )


def route(address: str) -> str | None:
    """Which door of the URL table an address belongs to; None when it is none of the rooms'."""
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return None


def clicked_through(page: Page) -> dict[str, str]:
    """Where links lead from where the page stands: one address for each door."""
    found: dict[str, str] = {}
    waiting = [page.url]
    while waiting:
        address = waiting.pop(0)
        door = route(address)
        if door is None or door in found or door.startswith(ELSEWHERE):
            continue
        if text := whole(page, address):
            found[door] = address
            waiting += [urljoin(address, unescape(link)) for link in LINK.findall(text)]
    return found


def whole(page: Page, address: str) -> str:
    """The page that stands there; "" when it is a file, a picture or a part of a page."""
    answer = page.request.get(address)
    html = answer.ok and "text/html" in answer.headers.get("content-type", "")
    text = answer.text() if html else ""
    return text if "<html" in text else ""


def wrong_with(page: Page, address: str) -> list[str]:
    page.goto(address)
    expect(page.locator("h1"), address).to_have_count(1)
    for fold in page.locator("main details").all():
        fold.evaluate("fold => { fold.open = true }")
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*faults(page), *(page.evaluate(STICKING_OUT) if wide else [])]


@pytest.mark.usefixtures("scene")
def test_every_page(enter: Enter) -> None:
    report(enter("acceptor01"), "phone", "楼下垃圾堆了三天。", photo("#6b5b45", "phone"))
    known: dict[str, str] = {}
    wrong: dict[tuple[str, str], list[str]] = {}
    hidden: set[str] = set()
    for person in PEOPLE:
        page = enter(person)
        found = clicked_through(page)
        new = {door: found[door] for door in sorted(found.keys() - known.keys())}
        hidden |= {path for path in PLAIN - ENDLESS - found.keys() if whole(page, f"/{path}")}
        for look in LOOKS:
            dress(page, *look)
            for door, address in new.items():
                if bad := wrong_with(page, address):
                    wrong[door, f"{person} {look}"] = bad
        known |= new
        page.context.close()
    assert not wrong, "\n".join(f"{where}: {bad}" for where, bad in wrong.items())
    assert not hidden - known.keys(), "nobody can click to these pages"
    assert len(known) >= 28, sorted(known)


def dress(page: Page, language: str, cloth: str, size: str, width: int, height: int) -> None:
    """What somebody chooses who reads so."""
    spoken = {"name": "django_language", "value": language, "url": urljoin(page.url, "/")}
    page.context.add_cookies([spoken])  # type: ignore[list-item]
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/accounts/email/")
    wear(page, cloth)
    page.evaluate("size => document.querySelector(`[data-set-type=${size}]`).click()", size)
