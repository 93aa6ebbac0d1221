"""One fire from the first reading to the closed case, each step by whose it is, in their own
browser, while the duty officer's page follows without being reloaded."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE, Enter
from tests.support.house import House

DEVICE, HOME = "tl04-smoke-0002", "15号 502室"
QUIET = {"device": DEVICE, "obscuration": 0.01, "temperature": 24.0, "battery": 3.1}
FIRE = QUIET | {"obscuration": 0.36, "temperature": 61.0}

expect.set_options(timeout=PATIENCE)


def photo() -> bytes:
    """A small photo, as a phone would send it."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#6b7f8f").save(out, "JPEG")
    return out.getvalue()


def matter(page: Page) -> Locator:
    """Our fire: what others' stories have left on the page is none of ours."""
    return page.locator(".matter", has_text=HOME).filter(has_text="疑似火情")


def do(page: Page, step: str, *, note: str = "") -> None:
    """Do a step of the case that stands on the page."""
    form = page.locator(f"form[data-step={step}]")
    if note:
        form.locator("textarea").fill(note)
    for proof in form.locator("input[name=after]").all():
        proof.set_input_files({"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    form.locator("button").click()
    page.wait_for_load_state()
    expect(page.locator(".note[role=alert]")).to_have_count(0)


def no_network_keeps_what_was_written(page: Page) -> None:
    """A phone without a network says so, and leaves the page and its words where they are."""
    form = page.locator("form[data-step=handle]")
    form.locator("textarea").fill("已扑灭")
    proof = {"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    form.locator("input[name=after]").set_input_files(proof)
    page.context.set_offline(True)
    form.locator("button").click()
    expect(form.locator(".note[role=alert]")).to_contain_text("没有网络")
    expect(form.locator("textarea")).to_have_value("已扑灭")
    page.context.set_offline(False)


def test_a_fire_is_seen_handled_inspected_and_closed(house: House, enter: Enter) -> None:
    officer = enter("duty01")
    expect(officer.locator("#live-map")).to_have_attribute("data-state", "drawn")
    others = officer.locator(".matter").first
    expect(officer.get_by_text("一切正常").or_(others)).to_be_visible()
    expect(matter(officer)).to_have_count(0)
    officer.evaluate("window.neverReloaded = true")

    house.say(QUIET, speaker=DEVICE)
    house.say(FIRE, speaker=DEVICE)
    expect(matter(officer)).to_contain_text("紧急")
    expect(matter(officer)).to_contain_text("待接单")
    expect(officer.locator("#live-urgent")).to_contain_text("疑似火情")

    officer.keyboard.press("j")
    expect(officer.locator(".matter a:focus")).to_have_count(1)
    matter(officer).locator("a").focus()
    officer.keyboard.press("Enter")
    sheet = officer.locator("#live-sheet")
    expect(sheet).to_contain_text("0.36")
    expect(sheet).to_contain_text("微型消防站")
    expect(officer.locator("#sheet-title")).to_be_focused()
    officer.keyboard.press(" ")
    expect(matter(officer)).to_contain_text("已确认")
    where = sheet.locator(".sheet-actions a").get_attribute("href")
    assert where

    fireman = enter("fire-west-01", width=390, height=844, at=where)
    do(fireman, "accept")
    expect(matter(officer)).to_contain_text("处置中")
    no_network_keeps_what_was_written(fireman)
    do(fireman, "handle", note="炒菜起火，已扑灭，无人受伤。")
    expect(sheet.locator(".badge")).to_contain_text("待核查")
    house.say(QUIET, speaker=DEVICE)

    officer_at_case = officer.context.new_page()
    officer_at_case.goto(where)
    do(officer_at_case, "write_up", note="独居老人家，微型消防站四分钟到场。")
    leader = enter("leader01", at=where)
    leader.locator("#approve input[name=true][value='1']").check()
    do(leader, "approve")
    do(leader, "close")
    expect(sheet.locator(".badge")).to_contain_text("已结案")
    assert officer.evaluate("window.neverReloaded") is True
