"""The real house, and real people in real browsers: Debian's chromium through Playwright.

`pytest tests/browser --screenshots docs/images` also renews the pictures of the documents.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.house import House, running

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
]
PATIENCE = 30_000
"""Milliseconds that the page may take for anything; two busy cores draw maps slowly."""

Enter = Callable[..., Page]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", metavar="DIR", help="Write pictures of the pages here.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def house() -> Iterator[House]:
    """The pilot neighbourhood, all four processes running."""
    assert (ROOT / "web/dist/.vite/manifest.json").is_file(), "build the pages first: npm run build"
    home = Path(tempfile.mkdtemp(prefix="xiuhua-browser-"))
    with running(House(home).load(ROOT / "pilot"), "gateway", "worker", "web", "clock") as house:
        yield house
    shutil.rmtree(home)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def enter(house: House, chromium: Browser) -> Iterator[Enter]:
    """`enter("duty01", width=390, height=844)`: that person's own browser, logged in."""
    with ExitStack() as leaving:

        def enter(
            name: str, *, width: int = 1600, height: int = 900, locale: str = "zh-CN", at: str = "/"
        ) -> Page:
            context = chromium.new_context(
                base_url=f"http://127.0.0.1:{house.web}",
                viewport={"width": width, "height": height},
                locale=locale,
                reduced_motion="reduce",
            )
            leaving.callback(context.close)
            context.set_default_timeout(PATIENCE)
            return log_in(context, name, house.logins()[name], at)

        yield enter


def log_in(context: BrowserContext, name: str, password: str, at: str = "/") -> Page:
    """Fill in the login page that stands before `at`."""
    page = context.new_page()
    page.goto(at)
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", password)
    page.click("main button")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    return page
