"""What tests do with a page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

SIZES = {"wide": (1600, 900), "laptop": (1280, 720), "phone": (390, 844)}


def wear(page: Page, cloth: str) -> None:
    page.evaluate("cloth => document.querySelector(`[data-set-cloth=${cloth}]`).click()", cloth)
    expect(page.locator("html")).to_have_attribute("data-cloth", cloth)


def drawn(page: Page) -> None:
    """Wait until the map has nothing more to draw."""
    expect(page.locator("#live-map")).to_have_attribute("data-state", "drawn")
    expect(page.locator("#live-map")).to_have_attribute("data-idle", "true")
