"""Pictures of the rooms at work, for `docs/guide/screens.md`: a house of its own with months of
invented cases, each screen in Chinese on paper and in English by night. Only with --screenshots."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE, ROOT, log_in
from tests.browser.pages import wear
from tests.support.house import House, running

expect.set_options(timeout=PATIENCE)

FILL = """
from datetime import UTC, datetime, timedelta
from django.contrib.auth.models import User
from django.db import transaction
from bench.cases.fill import fill
from xiuhua.city.cases import commands, reporting
from xiuhua.city.cases.models import Source
now = datetime.now(UTC)
with transaction.atomic():
    fill(4000, now - timedelta(days=1))
grid, desk = (User.objects.get(username=name) for name in ("grid-north", "acceptor01"))
for sort, where in (("rubbish", "tl01-b004"), ("billboard", "tl04-b012"), ("drain", "tl02-b003"),
                    ("parking", "tl03-b002"), ("notice-board", "tl01-b007"), ("lift", "tl05-b002")):
    told = reporting.Report(source=Source.PATROL, case_class=sort, place=where, words="巡查发现。")
    case = reporting.report(told, by=grid, now=now)
    if case.stage == "reported":
        row = case.case_class.standards.order_by("code").last().code
        commands.do(case.number, commands.Step.FILE, by=desk, version=case.version, now=now,
                    standard=row)
"""
SCREENS = {
    "desk": ("leader01", "/desk/"),
    "inbox": ("duty01", "/cases/"),
    "search": ("leader01", "/cases/search/?q=垃圾"),
    "dispatch": ("dispatcher01", "/dispatch/"),
    "matrix": ("leader01", "/dispatch/matrix/"),
    "indicators": ("leader01", "/evaluation/"),
    "report": ("leader01", "/evaluation/report/"),
    "duty": ("leader01", "/staff/"),
    "channels": ("sysadmin", "/alerts/channels/"),
    "keeping": ("secadmin", "/archive/"),
}
LOOKS = (("zh-hans", "paper"), ("en", "night"))


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest) -> Iterator[tuple[House, Path]]:
    folder = request.config.getoption("--screenshots", default=None)
    if not folder:
        pytest.skip("renews pictures when asked by --screenshots DIR")
    home = Path(tempfile.mkdtemp(prefix="xiuhua-gallery-"))
    house = House(home, PYTHONPATH=str(ROOT)).load(ROOT / "pilot")
    house.command("manage", "shell", "-c", FILL)
    with running(house, "web"):
        yield house, Path(folder)
    shutil.rmtree(home)


def test_pictures_of_the_rooms(filled: tuple[House, Path], chromium: Browser) -> None:
    house, folder = filled
    folder.mkdir(parents=True, exist_ok=True)
    for name, (who, path) in SCREENS.items():
        for language, cloth in LOOKS:
            at = f"http://127.0.0.1:{house.web}"
            context = chromium.new_context(
                base_url=at,
                viewport={"width": 1280, "height": 900},
                locale="zh-CN",
                reduced_motion="reduce",
            )
            context.set_default_timeout(PATIENCE)
            spoken = {"name": "django_language", "value": language, "url": at}
            context.add_cookies([spoken])  # type: ignore[list-item]
            page = log_in(context, who, house.logins()[who], path)
            wear(page, cloth)
            expect(page.locator("h1")).to_have_count(1)
            expect(page.locator("[data-idle=false]")).to_have_count(0)  # a map that is still drawn
            for order in page.locator("[data-order] a").all()[:1]:
                order.focus()  # with the lines on the map
            page.screenshot(path=folder / f"{name}-{language[:2]}-{cloth}.png")
            context.close()
