"""What tests do with a page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()
SIZES = {"wide": (1600, 900), "laptop": (1280, 720), "phone": (390, 844)}


def wear(page: Page, cloth: str) -> None:
    page.evaluate("cloth => document.querySelector(`[data-set-cloth=${cloth}]`).click()", cloth)
    expect(page.locator("html")).to_have_attribute("data-cloth", cloth)


def drawn(page: Page) -> None:
    """Wait until the map has nothing more to draw."""
    expect(page.locator("#live-map")).to_have_attribute("data-state", "drawn")
    expect(page.locator("#live-map")).to_have_attribute("data-idle", "true")


def faults(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands."""
    page.evaluate(AXE)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [
        f"{wrong['id']}: {node['html'][:160]} – {node['failureSummary'][:300]}"
        for wrong in found["violations"]
        for node in wrong["nodes"]
    ]
