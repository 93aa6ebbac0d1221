"""Pictures of the live page for the documents, taken of the real thing when asked for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import SIZES, drawn, wear
from tests.support.house import House

expect.set_options(timeout=PATIENCE)


def readings(
    device: str, field: str, course: list[float], **rest: object
) -> list[dict[str, object]]:
    """A device's readings of the last minutes, one every 20 s, following that course until now."""
    now = round(time.time() * 1000)
    return [
        {"device": device, "time": now - 20_000 * (len(course) - 1 - at), field: value, **rest}
        for at, value in enumerate(course)
    ]


QUIET_NIGHT = [0.012, 0.014, 0.011, 0.013, 0.012, 0.015, 0.012, 0.013, 0.012, 0.014, 0.013, 0.012]
WARMING = [19, 19.4, 21, 25, 31, 37, 42, 45, 46.5, 47.1, 47.4, 47.8, 48, 48.2, 48.3, 48.5]
SCENE = [
    ("tl08-smoke-0002", "obscuration", [*QUIET_NIGHT, 0.03, 0.07, 0.14, 0.22, 0.31, 0.36],
     {"temperature": 44.0, "battery": 3.1}),
    ("tl07-bikeshed-0002", "temperature", WARMING,
     {"smoke": 0.01, "power": 3200.0, "charging": 9, "vehicles": 24}),
    ("street-manhole-0005", "tilt", [*[0.4] * 12, 23.0],
     {"level": 0.4, "open": False, "battery": 3.6}),
]  # fmt: skip


def test_pictures_for_the_documents(
    house: House, enter: Enter, request: pytest.FixtureRequest
) -> None:
    folder = request.config.getoption("--screenshots", default=None)
    if not folder:
        pytest.skip("renews pictures when asked by --screenshots DIR")
    for device, field, course, rest in SCENE:
        house.say(*readings(device, field, course, **rest), speaker=device)
    for size, (width, height) in SIZES.items():
        page = enter("duty01", width=width, height=height)
        expect(page.locator(".spark").first).to_be_visible(timeout=120_000)
        take_pictures(page, Path(folder), size)


def take_pictures(page: Page, folder: Path, size: str) -> None:
    """The live page in both cloths, and with its sheet open."""
    folder.mkdir(parents=True, exist_ok=True)
    for cloth in ("paper", "night"):
        wear(page, cloth)
        drawn(page)
        page.screenshot(path=folder / f"live-{size}-{cloth}.png")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#chart canvas")).to_be_visible()
    drawn(page)
    page.screenshot(path=folder / f"alert-{size}.png")
