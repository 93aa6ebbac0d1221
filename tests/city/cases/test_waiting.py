"""A page of the inbox holds the same tasks, in the same order, as the whole of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.city.alerts import world
from tests.city.alerts.world import NOW, change, storm
from xiuhua.city.alerts import commands as alerts
from xiuhua.city.cases import pages, waiting
from xiuhua.city.cases.opening import open_for


@pytest.fixture
def many(people: dict[str, User]) -> dict[str, User]:
    """Fires, a storm with a fire's own case in it, and single weak batteries."""
    told = [*storm(), *storm("smoke-fire", devices=(1, 2, 3, 4), level="serious")]
    told += [change("smoke-battery", device=n, level="warn", after=n) for n in range(20, 26)]
    alerts.record(told, NOW)
    open_for(told, NOW)
    return people


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("who", ["officer", "fireman", "acceptor", "nurse"])
def test_pages_put_together_are_the_whole(many: dict[str, User], who: str, size: int) -> None:
    for listed in (waiting.inbox, waiting.board):
        whole = listed(many[who])
        pages_: list[waiting.Task] = []
        while part := listed(many[who], start=len(pages_), most=size):
            pages_ += part
        assert pages_ == whole
    assert who == "nurse" or any(task.under for task in waiting.board(many["officer"]))


def test_the_page_goes_on(many: dict[str, User], client: Client, monkeypatch: object) -> None:
    assert isinstance(monkeypatch, pytest.MonkeyPatch)
    monkeypatch.setattr(pages, "SHOWN", 2)
    client.force_login(many["officer"])
    first = client.get("/cases/?stage=all").content.decode()
    assert "?stage=all&amp;from=2" in first
    last = client.get("/cases/?stage=all&from=6").content.decode()
    assert 'rel="next"' not in last
    assert world.storm_id() not in first
