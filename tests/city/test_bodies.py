"""Nobody lays gigabytes on the house's disk by sending them."""

from __future__ import annotations

from typing import Any

import pytest

from xiuhua.city.bodies import USUAL, WITH_PHOTOS, Bounded, Event, Receive, Scope, Send


class Inner:
    """An application that only notes that it was asked."""

    asked = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked = True


async def status(path: str, **headers: str) -> int:
    """What a request is turned away with; 0 where it is let through."""
    inner, said = Inner(), list[Event]()

    async def send(event: Event) -> None:
        said.append(event)

    async def receive() -> Event:
        raise AssertionError("nothing of it is read")

    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope: dict[str, Any] = {"type": "http", "path": path, "headers": named}
    await Bounded(inner)(scope, receive, send)
    assert inner.asked is not bool(said)
    return said[0]["status"] if said else 0


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/accounts/login/", USUAL),
        ("/cases/310104911-20261124-00001/", USUAL),
        ("/cases/310104911-20261124-00001/steps/handle/", WITH_PHOTOS),
        ("/api/cases/310104911-20261124-00001/steps/handle", WITH_PHOTOS),
    ],
)
async def test_more_than_a_page_takes_is_turned_away_unread(path: str, most: int) -> None:
    assert await status(path, content_length=str(most)) == 0
    assert await status(path, content_length=str(most + 1)) == 413
    assert await status(path) == 0


async def test_who_does_not_say_how_much_is_turned_away() -> None:
    assert await status("/accounts/login/", transfer_encoding="chunked") == 411
    assert await status("/accounts/login/", content_length="9" * 5000) == 413
