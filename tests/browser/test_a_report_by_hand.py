"""A matter that people report, from the telephone to the file, in real browsers: zh and en, paper
and night. With --screenshots DIR it renews the documents' pictures of these pages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Enter
from tests.browser.pages import faults, wear

expect.set_options(timeout=PATIENCE)


def photo(colour: str, words: str) -> dict[str, object]:
    """A photo as a phone would send it."""
    image = Image.new("RGB", (640, 420), colour)
    ImageDraw.Draw(image).text((24, 24), words, fill="white")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def report(page: Page, source: str, words: str, picture: dict[str, object]) -> str:
    """Fill in the form of a source; returns where the case stands."""
    page.goto(f"/cases/new/{source}/")
    page.select_option("#report_case_class", "rubbish")
    page.select_option("#report_place", index=5)
    page.fill("#report_words", words)
    page.set_input_files("#report_before", picture)  # type: ignore[arg-type]
    page.fill("#report_name", "王阿姨")
    page.fill("#report_phone", "021-55550199")
    if source == "hotline":
        page.fill("#report_order", "12345-20261126-07")
    page.click("[data-new-case] .btn-primary")
    page.wait_for_url("**/cases/*-*/")
    return page.url


def test_a_report_by_hand(enter: Enter, request: pytest.FixtureRequest) -> None:
    folder = request.config.getoption("--screenshots", default=None)
    desk = enter("acceptor01", at="/cases/")
    first = report(desk, "phone", "楼下垃圾堆了三天，味道很大。", photo("#6b5b45", "phone"))
    report(desk, "hotline", "12345：同一处垃圾无人清运。", photo("#4d5b6b", "12345"))
    expect(desk.locator("#similar")).to_contain_text("50")
    if folder:
        desk.screenshot(path=Path(folder) / "case-similar.png", full_page=True)
    same = desk.locator(f"#similar form:has([name=other][value='{first.split('/')[-2]}'])")
    same.locator("button").click()  # one matter: the voices of both stay
    desk.goto(first)
    expect(desk.locator("#voices-title .badge")).to_have_text("2")
    desk.locator("[hx-post] button").first.click()
    expect(desk.locator("main")).to_contain_text("王阿姨")
    expect(desk.locator("[data-step=file]")).to_have_count(0)  # not before it was verified
    desk.click("[data-step=ask_verify] button")
    expect(desk.locator("#now strong")).to_have_text("待核实")
    grid = enter("grid-north", at=first, width=390, height=844)
    grid.click("[data-step=verify] button")
    desk.goto(first)
    desk.click("[data-step=file] .form-actions button")
    expect(desk.locator("#now strong")).to_contain_text("待派遣")
    axe_finds_nothing_wrong(enter, first)
    if folder:
        take_pictures(enter, Path(folder), first)


def axe_finds_nothing_wrong(enter: Enter, where: str) -> None:
    page = enter("leader01", width=1280, height=900)
    for cloth in ("paper", "night"):
        page.goto(where)
        wear(page, cloth)
        for fold in page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true }")
        assert faults(page) == [], cloth


def take_pictures(enter: Enter, folder: Path, where: str) -> None:
    for language, cloth in (("zh-hans", "paper"), ("en", "night")):
        page = enter("leader01", width=1280, height=900)
        spoken = {"name": "django_language", "value": language, "url": page.url}
        page.context.add_cookies([spoken])  # type: ignore[list-item]
        for name, path in {"case": where, "standards": "/cases/standards/"}.items():
            page.goto(path)
            wear(page, cloth)
            picture = folder / f"{name}-{language[:2]}-{cloth}.png"
            page.screenshot(path=picture, full_page=name == "case")
