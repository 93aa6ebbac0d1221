"""The feed on its way to the pages: everything once, in order, and a slow page is let go."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connections, transaction

from tests.city.alerts.world import NOW, change
from tests.support.waiting import PATIENCE
from xiuhua.city import feed
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import commands as cases
from xiuhua.city.command import hub as hubs
from xiuhua.city.command.hub import Hub
from xiuhua.city.staff import commands as staff

pytestmark = pytest.mark.django_db(transaction=True)

Event = tuple[str, dict[str, Any], int | None]


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    """A hub of one's own; its thread, and that of the test's own asking, let go of the database
    before the tables are emptied."""
    hub = Hub()
    yield hub
    await hub._ask(connections.close_all)
    await sync_to_async(connections.close_all)()


@pytest.fixture
def record(people: dict[str, User]) -> Callable[..., Any]:
    return sync_to_async(lambda *changes: alerts.record(changes, NOW))


def parsed(frame: bytes) -> Event:
    lines = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
    mark = lines.get("id")
    return lines["event"], json.loads(lines["data"]), int(mark) if mark else None


async def until(page: AsyncIterator[bytes], wanted: str) -> list[Event]:
    """What comes up to and with the first event of that sort."""
    heard: list[Event] = []
    async with asyncio.timeout(PATIENCE):
        async for frame in page:
            if frame == hubs.RETRY:
                continue
            heard += [parsed(one) for one in frame.split(b"\n\n") if one]
            if wanted in (event for event, _, _ in heard):
                return heard
    raise AssertionError(f"the stream ended without {wanted}: {heard}")


async def test_what_is_told_reaches_every_page(
    hub: Hub, people: dict[str, User], record: Callable[..., Any]
) -> None:
    async with (
        aclosing(hub.follow(0, people["officer"])) as one,
        aclosing(hub.follow(0, people["officer"])) as other,
    ):
        await asyncio.gather(until(one, "beat"), until(other, "beat"))
        await record(change())
        for page in (one, other):
            heard = await until(page, "alert")
            card = next(card for event, card, _ in heard if event == "alert")
            assert card["name"]["zh"] == "疑似火情"


async def test_a_page_that_comes_back_hears_what_it_missed(
    hub: Hub, people: dict[str, User], record: Callable[..., Any]
) -> None:
    await record(change(), change(device=8))
    async with aclosing(hub.follow(0, people["officer"])) as page:
        heard = await until(page, "counts")
    names = [event for event, _, _ in heard]
    assert names == ["alert", "alert", "counts"]
    marks = [mark for _, _, mark in heard]
    assert marks == [None, None, await sync_to_async(feed.head)()]


async def test_what_it_has_heard_already_is_not_told_again(
    hub: Hub, people: dict[str, User], record: Callable[..., Any]
) -> None:
    await record(change())
    async with aclosing(hub.follow(await sync_to_async(feed.head)(), people["officer"])) as page:
        heard = await until(page, "beat")
    assert "alert" not in [event for event, _, _ in heard]


async def test_a_page_from_before_the_feed_was_trimmed_starts_afresh(
    hub: Hub, people: dict[str, User], record: Callable[..., Any]
) -> None:
    await record(change(), change(device=8))
    await sync_to_async(feed.trim)(10**15)
    async with aclosing(hub.follow(1, people["officer"])) as page:
        (first, *_) = await until(page, "reload")
    assert first[0] == "reload"


async def test_a_page_that_missed_a_great_deal_starts_afresh(
    hub: Hub, people: dict[str, User], record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page's long past is not drawn while all the others wait."""
    monkeypatch.setattr(hubs, "MISSED", 1)
    await record(change(), change(device=8))
    async with aclosing(hub.follow(0, people["officer"])) as page:
        (first, *_) = await until(page, "reload")
    assert first[0] == "reload"


async def test_one_person_opens_only_so_many_pages(
    hub: Hub, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "OF_ONE_MOST", 1)
    async with aclosing(hub.follow(0, people["officer"])) as page:
        await until(page, "beat")
        assert [frame async for frame in hub.follow(0, people["officer"])] == [hubs.LATER]
        async with aclosing(hub.follow(0, people["leader"])) as another:
            await until(another, "beat")
    async with aclosing(
        hub.follow(0, people["officer"])
    ) as page:  # when the first has gone there is room
        await until(page, "beat")


async def test_while_one_page_catches_up_the_others_hear_the_news(
    hub: Hub, people: dict[str, User], record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    catching_up, let_go = threading.Event(), threading.Event()

    def slow(after: int, head: int, who: User) -> list[bytes]:
        catching_up.set()
        assert let_go.wait(PATIENCE)
        return []

    async with (
        aclosing(hub.follow(0, people["officer"])) as page,
        aclosing(hub.follow(0, people["officer"])) as behind,
    ):
        await until(page, "beat")
        monkeypatch.setattr(hubs, "_missed", slow)
        late = asyncio.create_task(until(behind, "beat"))
        await asyncio.to_thread(catching_up.wait, PATIENCE)
        await record(change())
        await until(page, "alert")
        let_go.set()
        await late


async def test_a_page_that_does_not_keep_up_is_let_go(
    hub: Hub, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "QUEUE", 2)
    async with aclosing(hub.follow(0, people["officer"])) as slow:
        await until(slow, "beat")
        for word in (b"one", b"two", b"three"):
            hub._send([word])
        assert [frame async for frame in slow] == [hubs.RELOAD]


async def test_the_poller_rests_when_nobody_watches(hub: Hub, people: dict[str, User]) -> None:
    async with aclosing(hub.follow(0, people["officer"])) as page:
        await until(page, "beat")
        poller = hub._task
        assert poller is not None
    with pytest.raises(asyncio.CancelledError):
        await poller


async def test_what_is_rolled_back_is_never_told(hub: Hub, people: dict[str, User]) -> None:
    def think_better_of_it() -> None:
        with transaction.atomic():
            alerts.record([change()], NOW)
            transaction.set_rollback(True)

    async with aclosing(hub.follow(0, people["officer"])) as page:
        await until(page, "beat")
        await sync_to_async(think_better_of_it)()
        heard = await until(page, "beat")
    assert "alert" not in [event for event, _, _ in heard]


async def test_who_only_watches_hears_of_the_alert_and_not_of_its_case(
    hub: Hub, people: dict[str, User]
) -> None:
    def both() -> User:
        staff.put_member(username="chief", role="station_head", zh="站长", en="Head")
        for one in (change("smoke-battery"), change(device=8)):
            alerts.record([one], NOW)
            cases.open_for([one], NOW)
        return User.objects.get(username="chief")

    chief = await sync_to_async(both)()
    heard = {}
    for who in (people["officer"], chief):
        async with aclosing(hub.follow(0, who)) as page:
            told = await until(page, "counts")
        heard[who] = {
            card["rule"]: card["case"] is not None for event, card, _ in told if event == "alert"
        }
    assert heard[people["officer"]] == {"smoke-battery": True, "smoke-fire": True}
    assert heard[chief] == {"smoke-battery": False, "smoke-fire": True}
